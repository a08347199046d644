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
    columns("publication", "kind late_policy stage", kState),
    columns("publication", "rubric_id", kId),
    columns("publication", "ending_at", kTime),
    columns("publication", "wall_time zone instant",
            {.category = kActivity, .retention = kPublication, .exported = "publications.json"}),
    columns("publication", "language",
            {.category = kPreference, .retention = kPublication, .exported = "publications.json"}),
    columns("publication", "created_at updated_at deleted_at delete_at gone_at",
            {.category = kActivity, .retention = kPublication, .exported = "publications.json"}),

    columns("publication_account", "publication_id account_id", kId),
    columns("publication_account", "position", kMeasure),

    columns("detail", "id project_id publication_id account_id", kId),
    columns("detail", "kind", kState),
    columns("detail", "content link title first_comment options",
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

    columns("rubric", "id project_id", kId),
    columns("rubric", "name",
            {.category = kContent, .kept = kSealed, .retention = kProject, .erasure = kShredKey, .exported = "projects.json"}),
    columns("rubric", "created_at", {.category = kActivity, .retention = kProject, .exported = "projects.json"}),
    columns("publication_count", "project_id", kId),
    columns("publication_count", "slot listed", kMeasure),
});

constexpr auto kSealedColumns = std::to_array<SealedColumn>({
    {"detail", "content", KeyScope::kProject, "project_id"},
    {"detail", "link", KeyScope::kProject, "project_id"},
    {"detail", "title", KeyScope::kProject, "project_id"},
    {"detail", "first_comment", KeyScope::kProject, "project_id"},
    {"detail", "options", KeyScope::kProject, "project_id"},
    {"rubric", "name", KeyScope::kProject, "project_id"},
    {"detail_picture", "alt", KeyScope::kProject,
     "(select d.project_id from detail d where d.id = detail_id)", "detail_id * 64 + position", "detail_id"},
});

constexpr auto kBelongs = std::to_array<Belongs>({
    {"detail_picture", Owner::kPublication, "detail_id in (select id from detail where publication_id = $1)"},
    {"detail", Owner::kPublication, "publication_id = $1"},
    {"publication_account", Owner::kPublication, "publication_id = $1"},
    {"publication", Owner::kPublication, "id = $1"},
    {"rubric", Owner::kProject, "project_id = $1"},
    {"publication_count", Owner::kProject, "project_id = $1"},
    {"publication", Owner::kPerson, "author_id = $1", "author_id = 0", true},
});

}  // namespace

constinit const PersonalData kPersonalData{"publications", kDeclared, {}, kSealedColumns, kBelongs};

}  // namespace postmypost::publications
