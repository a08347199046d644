#include "publications/personal_data.hpp"

namespace postmypost::publications {
namespace {

using enum Category;
using enum Kept;
using enum Retention;
using enum Erasure;
using enum Reason;

constexpr auto kDeclared = std::to_array<Declared>({
    columns("publication", "id project_id", kId),
    columns("publication", "author_id",
            {.category = kPersonNumber, .retention = kPublication, .erasure = kNull, .exported = "publications.json"}),
    columns("publication", "version", kMeasure),
    columns("publication", "kind late_policy", kState),
    columns("publication", "wall_time zone instant",
            {.category = kActivity, .retention = kPublication, .exported = "publications.json"}),
    columns("publication", "language",
            {.category = kPreference, .retention = kPublication, .exported = "publications.json"}),
    columns("publication", "created_at updated_at deleted_at",
            {.category = kActivity, .retention = kPublication, .exported = "publications.json"}),

    columns("publication_account", "publication_id account_id", kId),
    columns("publication_account", "position", kMeasure),

    columns("detail", "id project_id publication_id account_id", kId),
    columns("detail", "content",
            {.category = kContent,
             .subject = Subject::kMentioned,
             .kept = kSealed,
             .retention = kPublication,
             .erasure = kShredKey,
             .exported = "publications.json"}),

    columns("detail_picture", "detail_id file_id", kId),
    columns("detail_picture", "position", kMeasure),
    columns("detail_picture", "alt",
            {.category = kContent,
             .subject = Subject::kMentioned,
             .kept = kSealed,
             .retention = kPublication,
             .erasure = kShredKey,
             .exported = "publications.json"}),
});

constexpr auto kSealedColumns = std::to_array<SealedColumn>({
    {"detail", "content", KeyScope::kProject, "project_id"},
    {"detail_picture", "alt", KeyScope::kProject,
     "(select d.project_id from detail d where d.id = detail_id)", "detail_id * 64 + position", "detail_id"},
});

constexpr auto kBelongs = std::to_array<Belongs>({
    {"detail_picture", Owner::kPublication, "detail_id in (select id from detail where publication_id = $1)"},
    {"detail", Owner::kPublication, "publication_id = $1"},
    {"publication_account", Owner::kPublication, "publication_id = $1"},
    {"publication", Owner::kPublication, "id = $1"},
    {"publication", Owner::kPerson, "author_id = $1", "author_id = 0", true},
});

}  // namespace

constinit const PersonalData kPersonalData{"publications", kDeclared, {}, kSealedColumns, kBelongs};

}  // namespace postmypost::publications
