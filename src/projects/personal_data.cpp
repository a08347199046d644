#include "projects/personal_data.hpp"

namespace postmypost::projects {
namespace {

using enum Category;
using enum Kept;
using enum Retention;
using enum Erasure;
using enum Reason;

constexpr auto kDeclared = std::to_array<Declared>({
    columns("project", "id", kId),
    columns("project", "name",
            {.category = kContent,
             .kept = kSealed,
             .retention = kProject,
             .erasure = kShredKey,
             .exported = "projects.json"}),
    columns("project", "zone", {.category = kPreference, .retention = kProject, .exported = "projects.json"}),
    columns("project", "created_at", {.category = kActivity, .retention = kProject, .exported = "projects.json"}),

    columns("member", "project_id", kId),
    columns("member", "user_id", {.category = kPersonNumber, .exported = "projects.json"}),
    columns("member", "access", {.category = kAccess, .exported = "projects.json"}),
    columns("member", "created_at", {.category = kActivity, .exported = "projects.json"}),

    columns("account", "id project_id", kId),
    columns("account", "channel", {.category = kProfile, .retention = kProject, .exported = "accounts.json"}),
    columns("account", "profile",
            {.category = kProfile,
             .kept = kSealed,
             .retention = kAccount,
             .erasure = kShredKey,
             .exported = "accounts.json"}),
    columns(
        "account", "secrets",
        {.category = kCredential, .kept = kSealed, .retention = kAccount, .erasure = kShredKey, .note = "a secret"}),
    columns("account", "secrets_version", kMeasure),
    columns("account", "state problem", kState),
    columns("account", "connected_at disconnected_at",
            {.category = kActivity, .retention = kProject, .exported = "accounts.json"}),
    columns("account", "verified_at", kTime),
});

constexpr auto kSealedColumns = std::to_array<SealedColumn>({
    {"project", "name", KeyScope::kProject, "id"},
    {"account", "profile", KeyScope::kAccount, "id"},
    {"account", "secrets", KeyScope::kAccount, "id"},
});

constexpr auto kBelongs = std::to_array<Belongs>({
    {"member", Owner::kPerson, "user_id = $1"},
    {"member", Owner::kProject, "project_id = $1"},
    {"account", Owner::kAccount, "id = $1", "profile = null, secrets = null, problem = null"},
    {"account", Owner::kProject, "project_id = $1"},
    {"project", Owner::kProject, "id = $1"},
});

}  // namespace

constinit const PersonalData kPersonalData{"projects", kDeclared, {}, kSealedColumns, kBelongs};

}  // namespace postmypost::projects
