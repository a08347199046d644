#include "accounts/personal_data.hpp"

namespace postmypost::accounts {
namespace {

using enum Category;
using enum Kept;
using enum Retention;
using enum Erasure;
using enum Reason;

constexpr auto kDeclared = std::to_array<Declared>({
    columns("pending_connect", "id session_id project_id account_id", kId),
    columns("pending_connect", "state_hash", kMachine, "finds the connect that a network's page comes back to"),
    columns("pending_connect", "user_id",
            {.category = kPersonNumber, .retention = kShort, .note = "gone before an export is made"}),
    columns("pending_connect", "channel",
            {.category = kProfile, .retention = kShort, .note = "gone before an export is made"}),
    columns("pending_connect", "remembered",
            {.category = kCredential,
             .kept = kSealed,
             .retention = kShort,
             .erasure = kShredKey,
             .note = "a secret, gone before an export is made"}),
    columns("pending_connect", "expires_at", kTime),

    columns("network_app", "id", kId),
    columns("network_app", "channel host registered", kMachine,
            "this server's own registration at a network, for all its people; sealed"),
    columns("network_app", "created_at", kTime),
});

constexpr auto kSealedColumns = std::to_array<SealedColumn>({
    {"pending_connect", "remembered", KeyScope::kUser, "user_id"},
    {"network_app", "registered", KeyScope::kInstance, "0"},
});

constexpr auto kBelongs = std::to_array<Belongs>({
    {"pending_connect", Owner::kPerson, "user_id = $1"},
    {"pending_connect", Owner::kProject, "project_id = $1"},
});

}  // namespace

constinit const PersonalData kPersonalData{"accounts", kDeclared, {}, kSealedColumns, kBelongs};

}  // namespace postmypost::accounts
