#include "leaving/personal_data.hpp"

namespace postmypost::leaving {
namespace {

using enum Category;
using enum Retention;
using enum Reason;

constexpr auto kDeclared = std::to_array<Declared>({
    columns("withdrawal", "delivery_id account_id", kId),
    columns("withdrawal", "user_id",
            {.category = kPersonNumber, .retention = kAccount, .note = "gone when the account is: before an export would say more than its list"}),
    columns("withdrawal", "state tries problem", kState),
    columns("withdrawal", "next_at", kTime),
    columns("removal", "delivery_id publication_id project_id account_id", kId),
    columns("removal", "user_id",
            {.category = kPersonNumber, .retention = kPublication, .erasure = Erasure::kNull, .exported = "publications.json"}),
    columns("removal", "scope state tries problem", kState),
    columns("removal", "next_at", kTime),
    columns("removal", "asked_at", {.category = kActivity, .retention = kPublication, .exported = "publications.json"}),
});

constexpr auto kBelongs = std::to_array<Belongs>({
    {"withdrawal", Owner::kAccount, "account_id = $1"},
    {"removal", Owner::kPublication, "publication_id = $1"},
    {"removal", Owner::kPerson, "user_id = $1", "user_id = 0"},
    {"withdrawal", Owner::kPublication, "delivery_id in (select id from delivery where publication_id = $1)"},
});

}  // namespace

constinit const PersonalData kPersonalData{"leaving", kDeclared, {}, {}, kBelongs};

}  // namespace postmypost::leaving
