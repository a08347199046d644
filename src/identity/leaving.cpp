// A person who leaves: what the rows about them say meanwhile.
#include "identity/identity.hpp"

namespace postmypost::identity {

namespace {

void end_access(storage::Transaction& tx, std::int64_t user, std::int64_t kept, Instant now) {
  tx.execute("update session set ended_at=$3 where user_id=$1 and id<>$2 and ended_at is null", user, kept, now);
  tx.execute("update access_token set revoked_at=$2 where user_id=$1 and revoked_at is null", user, now);
}

}  // namespace

void Identity::begin_leaving(storage::Transaction& tx, std::int64_t user, std::int64_t kept) const {
  tx.execute("update person set leaving_at=coalesce(leaving_at, $2) where id=$1", user, clock_.now());
  end_access(tx, user, kept, clock_.now());
}

// Of somebody whom a restore brought back too: they are leaving nothing, so no week begins.
void Identity::end_all_access(storage::Transaction& tx, std::int64_t user) const { end_access(tx, user, 0, clock_.now()); }

bool Identity::stay(storage::Transaction& tx, std::int64_t user) const {
  return tx.execute("update person set leaving_at=null where id=$1 and leaving_at is not null", user) == 1;
}

std::optional<Instant> Identity::leaving_since(storage::Transaction& tx, std::int64_t user) {
  return tx.value<std::optional<Instant>>("select leaving_at from person where id=$1", user).value_or(std::nullopt);
}

std::vector<std::int64_t> Identity::leaving_before(storage::Transaction& tx, Instant instant) {
  std::vector<std::int64_t> people;
  for (const auto& [user] :
       tx.rows<std::int64_t>("select id from person where leaving_at is not null and leaving_at < $1 order by id", instant)) {
    people.push_back(user);
  }
  return people;
}

Result<> Identity::may_leave(storage::Transaction& tx, std::int64_t user) {
  const bool is_operator = tx.value<std::string>("select role from person where id=$1", user) == "operator";
  const bool has_other = tx.value<int>("select 1 from person where role='operator' and id<>$1 and leaving_at is null limit 1", user)
                             .has_value();
  if (!is_operator || has_other) return {};
  return fail({.kind = ErrorKind::kConflict,
               .code = "person.last_operator",
               .detail = "This server would have no operator.",
               .how_to_fix = "Make another operator first (postmypost admin create-user --role operator), or stop the server and "
                             "delete its data folder."});
}

}  // namespace postmypost::identity
