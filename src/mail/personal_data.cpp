#include "mail/personal_data.hpp"

namespace postmypost::mail {
namespace {

using enum Category;
using enum Kept;
using enum Retention;
using enum Erasure;
using enum Reason;

constexpr auto kDeclared = std::to_array<Declared>({
    columns("letter", "id disclosure_id", kId),
    columns("letter", "user_id", {.category = kPersonNumber, .retention = kLetter, .exported = "letters.json"}),
    columns("letter", "kind about made_at ended_at", {.category = kActivity, .retention = kLetter, .exported = "letters.json"}),
    columns("letter", "locale", {.category = kPreference, .retention = kLetter, .exported = "letters.json"}),
    columns("letter", "address",
            {.category = kEmail,
             .kept = kSealed,
             .retention = kLetter,
             .erasure = kShredKey,
             .exported = "letters.json",
             .note = "emptied when the letter is sent or given up"}),
    columns("letter", "secret",
            {.category = kAccess,
             .kept = kSealed,
             .retention = kLetter,
             .erasure = kShredKey,
             .note = "the link in it, a secret; emptied when the letter is sent or given up"}),
    columns("letter", "message_id", kId, "random, the same at each try"),
    columns("letter", "state problem", kState),
    columns("letter", "tries", kMeasure),
    columns("letter", "tried_at next_at", kTime),

    columns("letter_link", "id", kId),
    columns("letter_link", "user_id", {.category = kPersonNumber, .retention = kLetter, .exported = "letters.json"}),
    columns("letter_link", "kind made_at used_at",
            {.category = kActivity, .retention = kLetter, .exported = "letters.json"}),
    columns("letter_link", "token_hash", {.category = kAccess, .kept = kHashed, .retention = kLetter, .note = "a secret"}),
    columns("letter_link", "address",
            {.category = kEmail,
             .kept = kSealed,
             .retention = kLetter,
             .erasure = kShredKey,
             .exported = "letters.json",
             .note = "emptied when the link is used"}),
    columns("letter_link", "expires_at", kTime),

    columns("letter_notice", "user_id", {.category = kPersonNumber, .exported = "letters.json"}),
    columns("letter_notice", "token_hash", {.category = kAccess, .kept = kHashed, .note = "of the link that ends them, a secret"}),
    columns("letter_notice", "since told_until", {.category = kActivity, .exported = "letters.json"}),

    columns("letter_day", "*", kMeasure, "how many letters were asked for on a day, by nobody in particular"),
});

constexpr auto kEnds = std::to_array<Ends>({
    {kLetter, "letter", "ended_at < $1"},
    {kLetter, "letter_link", "expires_at < $1"},
});

constexpr auto kSealedColumns = std::to_array<SealedColumn>({
    {"letter", "address", KeyScope::kUser, "user_id"},
    {"letter", "secret", KeyScope::kUser, "user_id"},
    {"letter_link", "address", KeyScope::kUser, "user_id"},
});

constexpr auto kBelongs = std::to_array<Belongs>({
    {"letter", Owner::kPerson, "user_id = $1"},
    {"letter_link", Owner::kPerson, "user_id = $1"},
    {"letter_notice", Owner::kPerson, "user_id = $1"},
});

}  // namespace

constinit const PersonalData kPersonalData{"mail", kDeclared, kEnds, kSealedColumns, kBelongs};

}  // namespace postmypost::mail
