// Deleting over there what was published, before an account is disconnected (leaving.hpp).
//
// Deleting may be repeated, so a kill between the network's answer and our row costs a second request and nothing else. What
// a network refuses for good stays there, and the account goes all the same. Each such account has one row of its own besides those
// of its posts, under a number that no delivery has: so it is found when no post is left, or when there was none.
#include <boost/json.hpp>
#include <set>

#include "base/error_json.hpp"
#include "leaving/leaving.hpp"

namespace postmypost::leaving {
namespace {

using accounts::Withdrawal;
using storage::Transaction;

constexpr std::int64_t kAtOnce = 50, kMostTries = 8;

Error withdrawing() {
  return {.kind = ErrorKind::kConflict,
          .code = "account.withdrawing",
          .detail = "What was published in this account is being deleted; then it is disconnected.",
          .how_to_fix = "Nothing to do."};
}

struct Due {
  std::int64_t delivery, account, project, user, tries;
  accounts::PublishedPost post;
};

std::vector<Due> due_at(Transaction& tx, Instant now) {
  std::vector<Due> all;
  tx.each("select w.delivery_id, w.account_id, d.project_id, w.user_id, w.tries, d.publication_id, d.uid, d.remote_id, d.progress "
          "from withdrawal w join delivery d on d.id = w.delivery_id where w.state = 'waiting' and w.next_at <= $1 and d.remote_id is "
          "not null order by w.next_at, w.delivery_id limit $2",
          {now.us, kAtOnce}, [&](const storage::Row& row) {
            all.push_back({.delivery = row.integer(0),
                           .account = row.integer(1),
                           .project = row.integer(2),
                           .user = row.integer(3),
                           .tries = row.integer(4),
                           .post = {.publication_id = row.integer(5),
                                    .uid = row.text(6),
                                    .remote_id = row.text(7),
                                    .published = boost::json::parse(row.text(8)).as_object()}});
          });
  return all;
}

// A network that asks to wait means the account, not this post; and asking is no failed try.
bool has_to_wait(Transaction& tx, const Due& due, const Withdrawal& seen) {
  if (seen.end != Withdrawal::End::kLater || !seen.not_before) return false;
  tx.execute("update withdrawal set next_at=$2 where account_id=$1 and state='waiting' and next_at < $2", due.account,
             *seen.not_before);
  return true;
}

// Half a minute, then twice as long each time.
Instant next_try(Instant now, std::int64_t tries) {
  return now + seconds(30) * (std::int64_t{1} << std::min<std::int64_t>(tries, 10));
}

void write_down(Transaction& tx, const Due& due, const Withdrawal& seen, Instant now) {
  const bool gives_up = seen.end == Withdrawal::End::kLater && due.tries + 1 >= kMostTries;
  const std::string_view state = seen.end == Withdrawal::End::kGone ? "gone"
                                 : seen.end == Withdrawal::End::kRefused || gives_up ? "refused"
                                                                                     : "waiting";
  const auto problem = seen.why ? std::optional(to_json(*seen.why)) : std::nullopt;
  tx.execute("update withdrawal set state=$2, tries=tries+1, next_at=$3, problem=$4 where delivery_id=$1", due.delivery, state,
             next_try(now, due.tries), problem);
}

}  // namespace

// An account without posts has nothing to wait for: the job ends it at once.
Result<std::int64_t> Leaving::withdraw(std::int64_t user, std::int64_t project, std::int64_t account) const {
  return with_.database.write([&](Transaction& tx) -> Result<std::int64_t> {
    TRY_ASSIGN(const projects::AccountRow row, with_.accounts.find(tx, project, account));
    TRY(with_.planning.account_disconnected(tx, row.id));
    with_.accounts.needs_reconnect(tx, row.id, withdrawing());
    tx.execute("insert into withdrawal (delivery_id, account_id, user_id, state, next_at) values ($1, $2, $3, 'gone', $4) on "
               "conflict do nothing",
               -row.id, row.id, user, with_.clock.now());
    tx.execute("insert into withdrawal (delivery_id, account_id, user_id, state, next_at) select id, account_id, $2, 'waiting', $3 "
               "from delivery where account_id = $1 and state = 'published' and remote_id is not null on conflict do nothing",
               row.id, user, with_.clock.now());
    return tx.value<std::int64_t>("select count(*) from withdrawal where account_id=$1 and state='waiting'", row.id).value_or(0);
  });
}

void Leaving::withdraw_due(const std::atomic<bool>& stop) const {
  const auto due = with_.database.read([&](Transaction& tx) { return due_at(tx, with_.clock.now()); });
  std::set<std::int64_t> waiting;  // accounts
  for (const Due& one : due) {
    if (stop) return;
    if (waiting.contains(one.account)) continue;
    const auto row = with_.database.read([&](Transaction& tx) { return with_.accounts.find(tx, one.project, one.account); });
    if (!row) continue;
    const Withdrawal seen = with_.connections.withdraw(one.user, *row, one.post);
    const bool waits = with_.database.write([&](Transaction& tx) {
      const bool has_to = has_to_wait(tx, one, seen);
      if (!has_to) write_down(tx, one, seen, with_.clock.now());
      return has_to;
    });
    if (waits) waiting.insert(one.account);
  }
}

void Leaving::finish_withdrawn(const std::atomic<bool>& stop) const {
  const auto ended = with_.database.read([](Transaction& tx) {
    return tx.rows<std::int64_t, std::int64_t>(
        "select account_id, min(user_id) from withdrawal w group by account_id having sum(case when state='waiting' then 1 else 0 "
        "end) = 0");
  });
  for (const auto& [account, user] : ended) {
    if (stop) return;
    const auto row = with_.database.read([&, id = account](Transaction& tx) { return with_.accounts.load(tx, id); });
    if (!row || row->state == projects::AccountState::kDisconnected) continue;
    with_.connections.say_goodbye(user, *row);
    static_cast<void>(erase_account(account, row->channel, privacy::ActReason::kOwnWish));
  }
}

}  // namespace postmypost::leaving
