#include "leaving/removing.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <set>

#include "base/error_json.hpp"
#include "base/log.hpp"
#include "publishing/overview.hpp"

namespace postmypost::leaving {
namespace {

using accounts::Withdrawal;
using publications::Publication;
using publishing::Delivery;
using publishing::State;
using storage::Transaction;

constexpr std::int64_t kAtOnce = 50, kMostTries = 8;
constexpr Duration kPatience = seconds(5);  // of who waits for an answer

Error error(ErrorKind kind, std::string code, std::string detail, std::string fix) {
  return {.kind = kind, .code = std::move(code), .detail = std::move(detail), .field = "/account_ids", .how_to_fix = std::move(fix)};
}

RemovalState state_of(const std::string& text) {
  return text == "gone" ? RemovalState::kGone : text == "refused" ? RemovalState::kRefused : RemovalState::kWaiting;
}

bool is_in_flight(State state) {
  return publishing::is_leased(state) || state == State::kUnknown;
}

// The one that counts for an account: a person may have planned it anew after an earlier one was cancelled.
std::map<std::int64_t, Delivery> newest_by_account(const std::vector<Delivery>& deliveries) {
  std::map<std::int64_t, Delivery> newest;
  for (const Delivery& delivery : deliveries) newest.insert_or_assign(delivery.account_id, delivery);
  return newest;
}

Instant next_try(Instant now, std::int64_t tries) {
  return now + seconds(30) * (std::int64_t{1} << std::min<std::int64_t>(tries, 10));
}

}  // namespace

struct Removing::Due {
  std::int64_t delivery, publication, account, project, user, tries;
  accounts::PublishedPost post;
};

std::map<std::int64_t, Removal> Removing::of(Transaction& tx, std::int64_t publication_id) {
  std::map<std::int64_t, Removal> all;
  tx.each("select delivery_id, account_id, state, problem from removal where publication_id=$1", {publication_id},
          [&](const storage::Row& row) {
            Removal removal{.delivery_id = row.integer(0), .account_id = row.integer(1), .state = state_of(row.text(2))};
            if (!row.is_null(3)) removal.problem = error_from_json(row.text(3));
            all[removal.delivery_id] = std::move(removal);
          });
  return all;
}

Result<> Removing::begin(Transaction& tx, const Publication& publication, std::span<const std::int64_t> account_ids,
                         RemovalScope scope, std::int64_t user_id) const {
  const auto deliveries = newest_by_account(publishing::deliveries_of(tx, publication.id));
  const auto removals = of(tx, publication.id);
  std::size_t gone = 0, never = 0;
  for (const std::int64_t account : account_ids) {
    const auto found = deliveries.find(account);
    const Delivery* delivery = found == deliveries.end() ? nullptr : &found->second;
    if (delivery && is_in_flight(delivery->state)) {
      return fail(error(ErrorKind::kConflict, "publication.being_sent", "This publication is being sent at this moment.",
                        "Wait until its status is no longer 2, then delete it."));
    }
    if (delivery && publishing::is_undecided(*delivery) && scope != RemovalScope::kHere) {
      return fail(error(ErrorKind::kConflict, "publication.undecided", "This post may be in the network; nobody can know yet.",
                        "Decide about it first, or delete it only here."));
    }
    const bool is_out = delivery && delivery->state == State::kPublished;
    const auto removal = delivery ? removals.find(delivery->id) : removals.end();
    if (removal != removals.end() && removal->second.state == RemovalState::kGone) ++gone;
    else if (!is_out) ++never;
  }
  if (scope == RemovalScope::kThere && gone == account_ids.size()) return not_found("publication");
  if (scope == RemovalScope::kThere && gone + never == account_ids.size()) {
    return fail(error(ErrorKind::kConflict, "publication.nothing_there", "This was not published, so there is nothing to delete in a network.",
                      "Delete it only here."));
  }
  for (const std::int64_t account : account_ids) {
    const auto found = deliveries.find(account);
    const bool is_out = found != deliveries.end() && found->second.state == State::kPublished;
    if (is_out && scope != RemovalScope::kHere) {
      ask(tx, found->second, scope, user_id);
      continue;
    }
    if (scope == RemovalScope::kThere) continue;
    if (!is_out && found != deliveries.end() && found->second.state != State::kCancelled) {
      Delivery delivery = found->second;
      TRY(with_.planning.cancel(tx, delivery));
    }
    with_.publications.drop_account(tx, publication.id, account);
  }
  settle(tx, publication.id);
  return {};
}

// What is gone already stays gone; what was refused is tried anew.
void Removing::ask(Transaction& tx, const Delivery& delivery, RemovalScope scope, std::int64_t user_id) const {
  const Instant now = with_.clock.now();
  tx.execute(
      "insert into removal (delivery_id, publication_id, project_id, account_id, user_id, scope, state, next_at, asked_at) values "
      "($1,$2,$3,$4,$5,$6,'waiting',$7,$7) on conflict (delivery_id) do update set scope=excluded.scope, user_id=excluded.user_id, "
      "asked_at=excluded.asked_at, tries=0, problem=null, next_at=case when removal.state='gone' then null else excluded.next_at end, "
      "state=case when removal.state='gone' then 'gone' else 'waiting' end",
      delivery.id, delivery.publication_id, delivery.project_id, delivery.account_id, user_id,
      scope == RemovalScope::kEverywhere ? "everywhere" : "there", now);
}

// Accounts whose post is gone leave the publication when they were to; it ends with the last one, and is gone when all that was out is.
void Removing::settle(Transaction& tx, std::int64_t publication_id) const {
  for (const auto& [account] : tx.rows<std::int64_t>(
           "select account_id from removal where publication_id=$1 and state='gone' and scope='everywhere'", publication_id)) {
    with_.publications.drop_account(tx, publication_id, account);
  }
  const auto left = tx.rows<std::int64_t>("select account_id from publication_account where publication_id=$1", publication_id);
  if (left.empty()) return with_.publications.mark_deleted(tx, publication_id);
  const auto deliveries = newest_by_account(publishing::deliveries_of(tx, publication_id));
  const auto removals = of(tx, publication_id);
  bool any_gone = false;
  for (const auto& [account] : left) {
    const auto delivery = deliveries.find(account);
    if (delivery == deliveries.end()) return;
    const auto removal = removals.find(delivery->second.id);
    const bool is_gone = removal != removals.end() && removal->second.state == RemovalState::kGone;
    if (!is_gone && delivery->second.state != State::kCancelled) return;
    any_gone = any_gone || is_gone;
  }
  if (any_gone) with_.publications.mark_gone(tx, publication_id);
}

std::vector<Removing::Due> Removing::due(Transaction& tx, std::string_view condition, std::int64_t argument) const {
  std::vector<Due> all;
  tx.each("select r.delivery_id, r.publication_id, r.account_id, r.project_id, r.user_id, r.tries, d.uid, d.remote_id, d.progress from "
          "removal r join delivery d on d.id = r.delivery_id where r.state='waiting' and " +
              std::string(condition) + " order by r.next_at, r.delivery_id limit $2",
          {argument, kAtOnce}, [&](const storage::Row& row) {
            all.push_back({.delivery = row.integer(0),
                           .publication = row.integer(1),
                           .account = row.integer(2),
                           .project = row.integer(3),
                           .user = row.integer(4),
                           .tries = row.integer(5),
                           .post = {.publication_id = row.integer(1),
                                    .uid = row.text(6),
                                    .remote_id = row.is_null(7) ? "" : row.text(7),
                                    .published = boost::json::parse(row.text(8)).as_object()}});
          });
  return all;
}

// An own page is here: its entry goes with the row. Without an id over there nobody can name the post to its network.
Withdrawal Removing::withdraw(const Due& one) const {
  const auto row = with_.database.read([&](Transaction& tx) { return with_.accounts.find(tx, one.project, one.account); });
  if (!row || row->state == projects::AccountState::kDisconnected) {
    return {.end = Withdrawal::End::kRefused,
            .why = Error{.kind = ErrorKind::kConflict, .code = "account.gone", .detail = "The account was disconnected.",
                         .how_to_fix = "Delete the post in the network."}};
  }
  if (row->channel == "own_page") {
    with_.database.write([&](Transaction& tx) { with_.pages.remove(tx, one.account, std::atoll(one.post.remote_id.c_str())); });
    return {.end = Withdrawal::End::kGone};
  }
  if (one.post.remote_id.empty()) {
    return {.end = Withdrawal::End::kRefused,
            .why = Error{.kind = ErrorKind::kConflict, .code = "removal.id_unknown",
                         .detail = "The network took the post and never said its id.", .how_to_fix = "Delete the post in the network."}};
  }
  return with_.connections.withdraw(one.user, *row, one.post);
}

void Removing::write_down(Transaction& tx, const Due& one, const Withdrawal& seen) const {
  const Instant now = with_.clock.now();
  const bool waits = seen.end == Withdrawal::End::kLater && seen.not_before;  // asking to wait is no failed try
  const bool gives_up = seen.end == Withdrawal::End::kLater && !waits && one.tries + 1 >= kMostTries;
  const bool is_gone = seen.end == Withdrawal::End::kGone;
  const bool is_over = is_gone || gives_up || seen.end == Withdrawal::End::kRefused;
  std::optional<Instant> next;
  if (!is_over) next = waits ? *seen.not_before : next_try(now, one.tries);
  const auto changed = tx.execute(
      "update removal set state=$2, tries=tries+$3, next_at=$4, problem=$5 where delivery_id=$1 and state='waiting'", one.delivery,
      is_gone ? "gone" : is_over ? "refused" : "waiting", waits ? 0 : 1, next, seen.why ? std::optional(to_json(*seen.why)) : std::nullopt);
  if (changed != 1 || !is_over) return;
  if (const auto delivery = publishing::load_delivery(tx, one.delivery)) {
    publishing::note(tx, *delivery, is_gone ? "removed_there" : "not_removed_there", {}, now);
  }
  settle(tx, one.publication);
}

void Removing::work_through(const std::vector<Due>& all, const std::function<bool()>& stops) const {
  std::set<std::int64_t> waiting;  // accounts whose network asks to wait
  for (const Due& one : all) {
    if (stops()) return;
    if (waiting.contains(one.account)) continue;
    const Withdrawal seen = withdraw(one);
    with_.database.write([&](Transaction& tx) { write_down(tx, one, seen); });
    if (seen.end == Withdrawal::End::kLater && seen.not_before) waiting.insert(one.account);
  }
}

void Removing::work_on(std::int64_t publication_id) const {
  const auto all = with_.database.read([&](Transaction& tx) { return due(tx, "r.publication_id=$1 and r.tries=0", publication_id); });
  const Duration until = with_.clock.since_boot() + kPatience;
  work_through(all, [&] { return with_.clock.since_boot() > until; });
}

void Removing::work(const std::atomic<bool>& stop) const {
  begin_due(stop);
  work_through(with_.database.read([&](Transaction& tx) { return due(tx, "r.next_at <= $1", with_.clock.now().us); }),
               [&] { return stop.load(); });
}

void Removing::begin_due(const std::atomic<bool>& stop) const {
  const auto ended = with_.database.read([&](Transaction& tx) {
    return tx.rows<std::int64_t>("select id from publication where delete_at <= $1 and delete_at is not null and ending_at is null and "
                                 "deleted_at is null and kind <> 'draft' order by delete_at limit $2",
                                 with_.clock.now(), kAtOnce);
  });
  for (const auto& [id] : ended) {
    if (stop) return;
    with_.database.write([&, publication = id](Transaction& tx) { return end_at_its_time(tx, publication); });
  }
}

// What is on its way is waited for; what nobody can know is out stays a person's to decide. False: not yet.
bool Removing::end_at_its_time(Transaction& tx, std::int64_t publication_id) const {
  const auto publication = with_.publications.load(tx, publication_id);
  if (!publication || publication->deleted_at || !publication->delete_at || *publication->delete_at > with_.clock.now()) return false;
  const auto deliveries = newest_by_account(publishing::deliveries_of(tx, publication_id));
  if (std::ranges::any_of(deliveries, [](const auto& one) { return is_in_flight(one.second.state); })) return false;
  for (const auto& [account, found] : deliveries) {
    Delivery delivery = found;
    if (std::ranges::find(publication->account_ids, account) == publication->account_ids.end()) continue;
    if (delivery.state == State::kPublished) ask(tx, delivery, RemovalScope::kThere, publication->author_id);
    else if (delivery.state == State::kScheduled || delivery.state == State::kRetryWait) static_cast<void>(with_.planning.cancel(tx, delivery));
  }
  tx.execute("update publication set ending_at=$2 where id=$1", publication_id, with_.clock.now());
  settle(tx, publication_id);
  return true;
}

}  // namespace postmypost::leaving
