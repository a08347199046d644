#include "cabinet/personal_data.hpp"

namespace postmypost::cabinet {
namespace {

using enum Category;
using enum Kept;
using enum Retention;
using enum Erasure;
using enum Reason;

constexpr auto kDeclared = std::to_array<Declared>({
    columns("person_export", "id file", kId),
    columns("person_export", "user_id", {.category = kPersonNumber, .retention = kAfterEnd, .exported = "cabinet.json"}),
    columns("person_export", "state problem", kState),
    columns("person_export", "bytes", kMeasure),
    columns("person_export", "file_key",
            {.category = kAccess, .kept = kSealed, .retention = kExport, .erasure = kShredKey,
             .note = "a secret: opens the finished archive, and goes with it"}),
    columns("person_export", "requested_at touched_at ready_at ended_at",
            {.category = kActivity, .retention = kAfterEnd, .exported = "cabinet.json"}),

    columns("person_import", "id file", kId),
    columns("person_import", "user_id", {.category = kPersonNumber, .retention = kAfterEnd, .exported = "cabinet.json"}),
    columns("person_import", "state problem taken", kState),
    columns("person_import", "bytes pieces received", kMeasure),
    columns("person_import", "file_key",
            {.category = kAccess, .kept = kSealed, .retention = kExport, .erasure = kShredKey,
             .note = "a secret: opens what was sent, until it is taken in"}),
    columns("person_import", "requested_at touched_at ended_at",
            {.category = kActivity, .retention = kAfterEnd, .exported = "cabinet.json"}),

    items(Medium::kFile, "exports/* imports/*",
          {.category = kContent, .subject = Subject::kMentioned, .kept = kSealed, .retention = kExport, .erasure = kShredKey,
           .note = "archives of a person, on their way out or in; an archive holds no archives"}),
});

constexpr auto kEnds = std::to_array<Ends>({
    {kExport, "person_export", "ready_at < $1 and length(file_key) > 0", "file_key"},
    {kExport, "person_import", "requested_at < $1 and length(file_key) > 0", "file_key"},
    {kAfterEnd, "person_export", "ended_at < $1"},
    {kAfterEnd, "person_import", "ended_at < $1"},
});

constexpr auto kSealedColumns = std::to_array<SealedColumn>({
    {"person_export", "file_key", KeyScope::kUser, "user_id"},
    {"person_import", "file_key", KeyScope::kUser, "user_id"},
});

constexpr auto kBelongs = std::to_array<Belongs>({
    {"person_export", Owner::kPerson, "user_id = $1"},
    {"person_import", Owner::kPerson, "user_id = $1"},
});

}  // namespace

constinit const PersonalData kPersonalData{"cabinet", kDeclared, kEnds, kSealedColumns, kBelongs};

}  // namespace postmypost::cabinet
