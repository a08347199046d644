#include "media/personal_data.hpp"

namespace postmypost::media {
namespace {

using enum Category;
using enum Kept;
using enum Retention;
using enum Erasure;
using enum Reason;

constexpr auto kDeclared = std::to_array<Declared>({
    columns("file", "id project_id original_blob thumbnail_blob", kId),
    columns("file", "name",
            {.category = kContent,
             .kept = kSealed,
             .retention = kPublication,
             .erasure = kShredKey,
             .exported = "files.json"}),
    columns("file", "mime width height bytes removed", kMeasure),
    columns("file", "created_at deleted_at",
            {.category = kActivity, .retention = kPublication, .exported = "files.json"}),
    items(Medium::kFile, "media/*/*",
          {.category = kContent,
           .subject = Subject::kMentioned,
           .retention = kPublication,
           .exported = "media/",
           .note = "pictures, without position and camera data; not sealed: kept as files of a random name"}),
});

constexpr auto kSealedColumns = std::to_array<SealedColumn>({{"file", "name", KeyScope::kProject, "project_id"}});

constexpr auto kBelongs = std::to_array<Belongs>({{"file", Owner::kProject, "project_id = $1", {}, true}});

}  // namespace

constinit const PersonalData kPersonalData{"media", kDeclared, {}, kSealedColumns, kBelongs};

}  // namespace postmypost::media
