// Correction of an address, and restriction: what a person decides about the data that is kept of them (clause 4.1).
#include "identity/identity.hpp"

namespace postmypost::identity {
namespace {

using vault::Category;
using vault::KeyScope;

Error taken() {
  return {.kind = ErrorKind::kConflict,
          .code = "email.not_possible",
          .detail = "The address can't be changed to this one.",
          .field = "/email",
          .rule = "unique",
          .how_to_fix = "Use another address, or ask the operator."};
}

}  // namespace

Result<Person> Identity::change_email(std::int64_t user, std::int64_t session, const std::string& email, const std::string& password) {
  TRY(confirm_password(user, password, "/password"));
  TRY_ASSIGN(const std::string fresh, normalised_email(email));
  const std::string index = index_of(fresh);
  TRY(database_.write([&](storage::Transaction& tx) -> Result<> {
    if (tx.value<std::int64_t>("select id from person where email_index=$1 and id<>$2", storage::Blob{index}, user)) return fail(taken());
    const auto sealed = vault_.seal<Category::kEmail>({"person", "email", user, KeyScope::kUser, user}, fresh);
    tx.execute("update person set email=$2, email_index=$3, email_confirmed_at=$4, email_confirmed_by=case email_confirmed_by when "
               "'unconfirmed' then email_confirmed_by else 'self' end where id=$1", user,
               storage::Blob{sealed.bytes}, storage::Blob{index}, clock_.now());
    tx.execute("update session set ended_at=$3 where user_id=$1 and id<>$2 and ended_at is null", user, session, clock_.now());
    return {};
  }));
  database_.sweep();  // the address before leaves the write-ahead log as well
  auto changed = person(user);
  if (!changed) return not_found("person");
  return std::move(*changed);
}

bool Identity::restrict(storage::Transaction& tx, std::int64_t user) const {
  return tx.execute("update person set restricted_at=$2 where id=$1 and restricted_at is null", user, clock_.now()) == 1;
}

bool Identity::lift_restriction(storage::Transaction& tx, std::int64_t user) const {
  return tx.execute("update person set restricted_at=null where id=$1 and restricted_at is not null", user) == 1;
}

// Whoever was let in by an invitation, at set-up or by the operator is known; whoever signed up by themselves is not, until the
// operator says so or they open the link of a letter (clause 2.2.1).
Result<> Identity::may_plan(storage::Transaction& tx, std::int64_t user) {
  TRY(may_publish(tx, user));
  if (tx.value<std::string>("select case email_confirmed_by when 'awaited' then 'unconfirmed' else email_confirmed_by end from person "
                            "where id=$1",
                            user) != "unconfirmed") return {};
  return fail({.kind = ErrorKind::kForbidden,
               .code = "person.unconfirmed",
               .detail = "Nobody has confirmed this person's e-mail address yet, so nothing of theirs is published.",
               .how_to_fix = "Open the link in the letter; where the server sends none, the operator confirms it. What was written stays as a draft."});
}

Result<> Identity::confirm_address(const std::string& email) {
  const auto user = find_by_email(email);
  if (!user) return not_found("person");
  database_.write([&](storage::Transaction& tx) {
    tx.execute("update person set email_confirmed_by='operator', email_confirmed_at=$2 where id=$1 and email_confirmed_by in "
               "('unconfirmed', 'awaited', 'self', 'unknown')",
               *user, clock_.now());
  });
  return {};
}

Result<> Identity::may_publish(storage::Transaction& tx, std::int64_t user) {
  const auto since = tx.value<std::optional<Instant>>("select restricted_at from person where id=$1", user).value_or(std::nullopt);
  if (!since) return {};
  return fail({.kind = ErrorKind::kConflict,
               .code = "person.restricted",
               .detail = "The processing of this person's data is paused by their own wish, so nothing of theirs is sent.",
               .how_to_fix = "They resume it in their personal cabinet, under Pause."});
}

}  // namespace postmypost::identity
