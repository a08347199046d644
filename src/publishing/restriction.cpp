#include "publishing/restriction.hpp"

#include <algorithm>
#include <span>
#include <string>

#include "publishing/transitions.hpp"

namespace postmypost::publishing {
namespace {

using storage::Transaction;

constexpr Duration kLateWindow = minutes(30);
constexpr std::int64_t kLookedAt = 5000;
constexpr std::size_t kAtOnce = 20;

// Ids of deliveries of the person's publications for which `condition` is true of d, a piece of the table at a time.
template <class F>
void each_of_author(storage::Database& database, std::int64_t user, std::string_view condition, F use) {
  for (std::int64_t behind = 0;;) {
    const auto last = database.read([&](Transaction& tx) {
      return tx.value<std::optional<std::int64_t>>(
          "select max(id) from (select id from delivery where id > $1 order by id limit $2) piece", behind, kLookedAt);
    });
    if (!last || !*last) return;
    const auto found = database.read([&](Transaction& tx) {
      return tx.rows<std::int64_t>("select d.id from delivery d join publication p on p.id=d.publication_id where d.id > $1 and d.id <= $2 and "
                                   "p.author_id=$3 and " + std::string(condition) + " order by d.id",
                                   behind, **last, user);
    });
    for (std::size_t at = 0; at < found.size(); at += kAtOnce) use(std::span(found).subspan(at, std::min(kAtOnce, found.size() - at)));
    behind = **last;
  }
}

}  // namespace

std::int64_t hold_restricted(storage::Database& database, std::int64_t user, Instant now) {
  std::int64_t held = 0;
  each_of_author(database, user, "d.state in ('scheduled','retry_wait')", [&](std::span<const std::tuple<std::int64_t>> ids) {
    held += database.write([&](Transaction& tx) {
      std::int64_t count = 0;
      for (const auto& [id] : ids) {
        auto delivery = load_delivery(tx, id);
        if (!delivery || (delivery->state != State::kScheduled && delivery->state != State::kRetryWait)) continue;  // claimed: held there
        move(tx, *delivery, {.to = State::kHeld, .code = "person_restricted", .reason = reason::kRestricted}, now);
        ++count;
      }
      return count;
    });
  });
  return held;
}

std::int64_t resume_restricted(storage::Database& database, std::int64_t user, Instant now) {
  std::int64_t resumed = 0;
  each_of_author(database, user, "d.state='held' and d.reason='restricted'", [&](std::span<const std::tuple<std::int64_t>> ids) {
    resumed += database.write([&](Transaction& tx) {
      std::int64_t count = 0;
      for (const auto& [id] : ids) {
        auto delivery = load_delivery(tx, id);
        if (!delivery || delivery->state != State::kHeld || delivery->reason != reason::kRestricted) continue;
        move(tx, *delivery, {.to = State::kScheduled, .code = "restriction_lifted", .ready_at = delivery->due}, now);
        if (delivery->due + kLateWindow < now) move(tx, *delivery, {.to = State::kHeld, .code = "missed", .reason = reason::kMissed}, now);
        ++count;
      }
      return count;
    });
  });
  return resumed;
}

}  // namespace postmypost::publishing
