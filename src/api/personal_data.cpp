#include "api/personal_data.hpp"

namespace postmypost::api {
namespace {

using enum Category;
using enum Kept;
using enum Retention;
using enum Erasure;
using enum Reason;

constexpr auto kDeclared = std::to_array<Declared>({
    columns("stored_answer", "id", kId),
    columns("stored_answer", "user_id", {.category = kPersonNumber, .retention = kAnswer, .note = "whose repeated request it is; goes with the answer"}),
    columns("stored_answer", "request_key", kId, "hash of who asked, for what, and the name they gave the request"),
    columns("stored_answer", "request_digest",
            {.category = kContent, .kept = kHashed, .retention = kAnswer, .note = "tells a repeated request from another one"}),
    columns("stored_answer", "status", kState),
    columns("stored_answer", "answer",
            {.category = kContent,
             .subject = Subject::kMentioned,
             .kept = kSealed,
             .retention = kAnswer,
             .erasure = kShredKey,
             .note = "a copy of what the export holds, so that a repeated request changes nothing"}),
    columns("stored_answer", "at", kTime),
});

constexpr auto kEnds = std::to_array<Ends>({{kAnswer, "stored_answer", "at < $1"}});

constexpr auto kSealedColumns = std::to_array<SealedColumn>({{"stored_answer", "answer", KeyScope::kUser, "user_id"}});

constexpr auto kBelongs = std::to_array<Belongs>({{"stored_answer", Owner::kPerson, "user_id = $1"}});

}  // namespace

constinit const PersonalData kPersonalData{"api", kDeclared, kEnds, kSealedColumns, kBelongs};

}  // namespace postmypost::api
