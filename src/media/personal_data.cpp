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
    columns("upload", "id project_id file_id", kId),
    columns("upload", "form_key", kMachine, "names the form that one file is sent to"),
    columns("upload", "user_id", {.category = kPersonNumber, .retention = kAfterEnd, .erasure = kNull, .exported = "files.json"}),
    columns("upload", "name source",
            {.category = kContent, .kept = kSealed, .retention = kAfterEnd, .erasure = kShredKey, .exported = "files.json"}),
    columns("upload", "state problem", kState),
    columns("upload", "announced tries", kMeasure),
    columns("upload", "next_at expires_at", kTime),
    columns("upload", "created_at ended_at", {.category = kActivity, .retention = kAfterEnd, .exported = "files.json"}),
    items(Medium::kFile, "media/*/*",
          {.category = kContent,
           .subject = Subject::kMentioned,
           .retention = kPublication,
           .exported = "media/",
           .note = "pictures, without position and camera data; not sealed: kept as files of a random name"}),
});

constexpr auto kSealedColumns = std::to_array<SealedColumn>({{"file", "name", KeyScope::kProject, "project_id"},
                                                             {"upload", "name", KeyScope::kProject, "project_id"},
                                                             {"upload", "source", KeyScope::kProject, "project_id"}});

// The work on uploads ends them before, when it takes a file with them that nobody used.
constexpr auto kEnds = std::to_array<Ends>({{kAfterEnd, "upload", "ended_at < $1"}});

constexpr auto kBelongs = std::to_array<Belongs>({
    {"upload", Owner::kProject, "project_id = $1"},
    {"file", Owner::kProject, "project_id = $1", {}, true},
    {"upload", Owner::kPerson, "user_id = $1", "user_id = 0", true},
});

}  // namespace

constinit const PersonalData kPersonalData{"media", kDeclared, kEnds, kSealedColumns, kBelongs};

}  // namespace postmypost::media
