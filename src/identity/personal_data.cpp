#include "identity/personal_data.hpp"

#include "identity/identity.hpp"

namespace postmypost::identity {
namespace {

using enum Category;
using enum Kept;
using enum Retention;
using enum Erasure;
using enum Reason;

constexpr auto kDeclared = std::to_array<Declared>({
    columns("setting", "name", kMachine),
    columns("setting", "value",
            {.category = kPublished,
             .subject = Subject::kOperator,
             .retention = kServer,
             .erasure = kKeep,
             .note = "the operator's name and contact, shown to everybody, beside settings of the server"}),

    columns("person", "id", {.category = kPersonNumber, .exported = "person.json"}),
    columns("person", "name", {.category = kName, .kept = kSealed, .erasure = kShredKey, .exported = "person.json"}),
    columns("person", "email", {.category = kEmail, .kept = kSealed, .erasure = kShredKey, .exported = "person.json"}),
    columns("person", "email_index",
            {.category = kEmail,
             .kept = kHashed,
             .note = "finds an address without opening any; the address itself is exported"}),
    columns("person", "password_hash", {.category = kAccess, .kept = kHashed, .note = "a secret"}),
    columns("person", "role", {.category = kAccess, .exported = "person.json"}),
    columns("person", "locale theme", {.category = kPreference, .exported = "person.json"}),
    columns("person", "leaving_at", {.category = kActivity, .exported = "person.json"}),
    columns("person", "created_at", {.category = kActivity, .exported = "person.json"}),
    columns("person", "restricted_at email_confirmed_at", {.category = kActivity, .exported = "person.json"}),
    columns("person", "email_confirmed_by", {.category = kAccess, .exported = "person.json"}),

    columns("session", "id", kId),
    columns("session", "token_hash",
            {.category = kAccess, .kept = kHashed, .retention = kAfterEnd, .note = "a secret"}),
    columns("session", "user_id", {.category = kPersonNumber, .retention = kAfterEnd, .exported = "sessions.json"}),
    columns("session", "device", {.category = kDevice, .retention = kAfterEnd, .exported = "sessions.json"}),
    columns("session", "ip",
            {.category = kIpAddress,
             .kept = kSealed,
             .retention = kAddress,
             .erasure = kShredKey,
             .exported = "sessions.json"}),
    columns("session", "created_at last_seen_at ended_at",
            {.category = kActivity, .retention = kAfterEnd, .exported = "sessions.json"}),

    columns("access_token", "id", kId),
    columns("access_token", "token_hash",
            {.category = kAccess, .kept = kHashed, .retention = kAfterEnd, .note = "a secret"}),
    columns("access_token", "user_id",
            {.category = kPersonNumber, .retention = kAfterEnd, .exported = "access_tokens.json"}),
    columns("access_token", "label scopes",
            {.category = kAccess, .retention = kAfterEnd, .exported = "access_tokens.json"}),
    columns("access_token", "created_at last_used_at expires_at revoked_at",
            {.category = kActivity, .retention = kAfterEnd, .exported = "access_tokens.json"}),

    columns("invitation", "id project_id", kId),
    columns("invitation", "token_hash", kMachine, "of a link that says nothing about its guest"),
    columns("invitation", "created_by",
            {.category = kPersonNumber, .retention = kAfterEnd, .exported = "invitations.json"}),
    columns("invitation", "created_at used_at revoked_at",
            {.category = kActivity, .retention = kAfterEnd, .exported = "invitations.json"}),
    columns("invitation", "expires_at", kTime),

    columns("set_up_link", "*", kMachine, "the link of the first start, before there are people"),

    columns("acknowledgement", "id", kId),
    columns("acknowledgement", "user_id",
            {.category = kPersonNumber,
             .retention = kProof,
             .erasure = kKeep,
             .exported = "acknowledgements.json",
             .note = "proof of what was shown at sign-up; leads to nobody once the person's row is gone"}),
    columns("acknowledgement", "document version sha256 locale at",
            {.category = kAgreement,
             .retention = kProof,
             .erasure = kKeep,
             .exported = "acknowledgements.json",
             .note = "proof of what was shown at sign-up"}),

    columns("choice", "id number", kId),
    columns("choice", "user_id",
            {.category = kPersonNumber,
             .retention = kProof,
             .erasure = kKeep,
             .exported = "choices.json",
             .note = "proof of what was decided; leads to nobody once the person's row is gone"}),
    columns("choice", "purpose choice version sha256 locale screen control policy_version at proof",
            {.category = kAgreement,
             .retention = kProof,
             .erasure = kKeep,
             .exported = "choices.json",
             .note = "proof of what was decided, and of the text that was shown"}),
});

// A session that nobody ended is over by its own rules.
static_assert(kLongestIdle == days(14) && kLongestSession == days(30), "the conditions below name them in microseconds");

constexpr auto kEnds = std::to_array<Ends>({
    {kAddress, "session", "created_at < $1 and length(ip) > 0", "ip"},
    {kAfterEnd, "session", "ended_at < $1 or last_seen_at < $1 - 1209600000000 or created_at < $1 - 2592000000000"},
    {kProof, "acknowledgement", "at < $1 and not exists (select 1 from person p where p.id = user_id)"},
    {kProof, "choice", "at < $1 and not exists (select 1 from person p where p.id = user_id)"},
    {kAfterEnd, "access_token", "revoked_at < $1 or expires_at < $1"},
    {kAfterEnd, "invitation", "used_at < $1 or revoked_at < $1 or expires_at < $1"},
});

constexpr auto kSealedColumns = std::to_array<SealedColumn>({
    {"person", "name", KeyScope::kUser, "id"},
    {"person", "email", KeyScope::kUser, "id"},
    {"session", "ip", KeyScope::kUser, "user_id"},
});

constexpr auto kBelongs = std::to_array<Belongs>({
    {"session", Owner::kPerson, "user_id = $1"},
    {"access_token", Owner::kPerson, "user_id = $1"},
    {"invitation", Owner::kPerson, "created_by = $1", {}, true},
    {"person", Owner::kPerson, "id = $1"},
});

}  // namespace

constinit const PersonalData kPersonalData{"identity", kDeclared, kEnds, kSealedColumns, kBelongs};

}  // namespace postmypost::identity
