// Being one of several workers on a store: signing on, showing that one lives, ending the leases of those who don't.
#include <boost/asio/co_spawn.hpp>

#include "base/log.hpp"
#include "publishing/engine.hpp"
#include "publishing/stories.hpp"

namespace postmypost::publishing {

namespace {

constexpr std::size_t kPiece = 100;                  // leases ended in one write
constexpr Duration kJournalKept = days(facts_of(Retention::kJournal).days);
constexpr std::int64_t kBeatsBetweenTidying = 1800;
constexpr std::int64_t kBeatsBetweenSweeps = 10;

std::map<std::string, std::int64_t> id_marks(storage::Transaction& tx) {
  std::map<std::string, std::int64_t> marks;
  for (const auto& [name, next] : tx.rows<std::string, std::int64_t>("select name, next from id_block")) marks[name] = next;
  return marks;
}

// A server has a clock of its own; a file has ours.
std::optional<Instant> clock_of_server(storage::Transaction& tx) {
  if (tx.dialect() != storage::Dialect::kPostgresql) return std::nullopt;
  return tx.value<Instant>("select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)");
}

}  // namespace

// Before the loop, in the starting thread: nothing is claimed yet.
void Dispatcher::Engine::sign_on_after_start() {
  const auto last_alive = with_.database.read([](storage::Transaction& tx) { return last_sign_of_life(tx); });
  policies_.begin(last_alive);
  silences_ = with_.database.read([&](storage::Transaction& tx) {
    return silences(tx, with_.clock.now() - options_.claims.late_window, with_.clock.now());
  });
  const std::size_t settled = settle_from_journal(with_);
  if (settled > 0) log::warning("engine.settled_from_journal", {{"deliveries", settled}});
  const auto known = with_.database.read([&](storage::Transaction& tx) { return last_beat(tx, with_.journal.id()); });
  beat_ = (known ? known->number : 0) + 1;
  const Beat first{.number = beat_, .head = with_.journal.head()};
  worker_ = with_.database.write(
      [&](storage::Transaction& tx) {
        if (options_.is_alone) tx.execute("update worker set ended_at=$1 where ended_at is null", now());
        return sign_on(tx, options_.worker_name, with_.journal.id(), first, now());
      },
      storage::Queue::kEngine);
  const Whose whose = options_.is_alone ? Whose::kEverybody : Whose::kEnded;
  std::size_t recovered = 0;
  for (std::size_t ended = kPiece; ended == kPiece; recovered += ended) {
    ended = with_.database.write([&](storage::Transaction& tx) { return recover(tx, whose, now(), quiet_time_, kPiece); },
                                 storage::Queue::kEngine);
  }
  if (recovered > 0) log::warning("engine.recovered", {{"deliveries", recovered}});
}

Async<void> Dispatcher::Engine::keep_beating() {
  while (!stopping_) {
    co_await sleep(options_.beat);
    if (stopping_) co_return;
    try {
      if (!co_await beat()) co_return;
      if (!options_.is_alone) co_await bury_the_dead();
      if (beat_ % kBeatsBetweenSweeps == 0) co_await end_stray_leases();
      if (beat_ % kBeatsBetweenTidying == 0) co_await tidy();
    } catch (const storage::DatabaseError& failure) {
      // No beat, no proof of life: others may end our leases, and our gates will fail. The next beat tries again.
      log::warning("engine.beat_failed", {{"what", failure.what()}});
    }
  }
}

Async<void> Dispatcher::Engine::tidy() {
  const Instant before = now() - kJournalKept;
  with_.journal.drop_before(before);
  co_await write([&](storage::Transaction& tx) { forget_ended(tx, before); });
}

journal::Entry Dispatcher::Engine::beat_entry(std::map<std::string, std::int64_t> marks) const {
  return {.kind = journal::Kind::kBeat,
          .at = now(),
          .step = newest_timeline_,
          .incarnation = incarnation_,
          .beat = beat_,
          .marks = std::move(marks)};
}

// The database first, then the journal: a journal that knows a later beat than the database proves that the database is older.
// False: this database is not the one that we worked on; nothing is claimed any more.
Async<bool> Dispatcher::Engine::beat() {
  const Beat next{.number = beat_ + 1, .head = with_.journal.head()};
  std::map<std::string, std::int64_t> marks;
  std::string timeline;
  std::optional<Instant> database_time;
  const bool shown = co_await storage::written(with_.database, storage::Queue::kEngine, [&](storage::Transaction& tx) {
    marks = id_marks(tx);
    timeline = timeline_of(tx);
    database_time = clock_of_server(tx);
    return !is_behind(timeline, newest_timeline_) && show_beat(tx, worker_, next, now());
  });
  if (!shown) co_return co_await sign_on_again();
  if (database_time) policies_.hear_database(*database_time);
  beat_ = next.number;
  newest_timeline_ = timeline;
  co_await journaled(beat_entry(marks));
  co_return true;
}

// Is this store what we left behind? Where several workers share it, ours can tell what it lost of us.
Origin Dispatcher::Engine::examined() {
  const std::string timeline = with_.database.read([](storage::Transaction& tx) { return timeline_of(tx); });
  newest_timeline_ = std::max(newest_timeline_, newest_timeline(with_.journal, known_number(with_.database, with_.journal)));
  if (is_behind(timeline, newest_timeline_)) {
    log::error("engine.old_primary", {{"timeline", timeline}, {"newest", newest_timeline_}});
    return Origin::kOlder;
  }
  const Origin origin = examine(with_.database, with_.journal, options_.is_alone);
  const bool is_ours_to_tell = !options_.is_alone && origin == Origin::kOlder;
  if (origin == Origin::kGenuine || (is_ours_to_tell && believe_own_journal(with_, quiet_time_))) return Origin::kGenuine;
  log::error("engine.not_genuine", {{"origin", to_string(origin)}});
  return origin;
}

// The server is another one than before: nobody claims until every worker has compared its journal.
Async<void> Dispatcher::Engine::meet_new_timeline() {
  const std::string timeline = with_.database.read([](storage::Transaction& tx) { return timeline_of(tx); });
  if (is_behind(timeline, newest_timeline_)) {
    log::error("engine.old_primary", {{"timeline", timeline}, {"newest", newest_timeline_}});
    origin_ = Origin::kOlder;
    co_return;
  }
  if (std::exchange(believed_timeline_, timeline) != timeline) {
    log::warning("engine.timeline_changed");
    if (!believe_own_journal(with_, quiet_time_)) {
      origin_ = Origin::kOlder;
      co_return;
    }
  }
  // Before anything is claimed here the journal knows of it, so that no earlier server is ever taken for this one.
  newest_timeline_ = timeline;
  co_await journaled(beat_entry({}));
  const bool accepted = co_await write([&](storage::Transaction& tx) { return accept_timeline(tx, worker_); });
  origin_ = accepted ? Origin::kGenuine : Origin::kFailedOver;
}

// Somebody has ended our row: we slept too long, and sign on anew. Or the database has lost our beat: it is an older one.
Async<bool> Dispatcher::Engine::sign_on_again() {
  origin_ = examined();
  if (origin_ != Origin::kGenuine) co_return false;
  log::warning("engine.presumed_dead");
  const Beat next{.number = beat_ + 1, .head = with_.journal.head()};
  worker_ = co_await storage::written(with_.database, storage::Queue::kEngine, [&](storage::Transaction& tx) {
    return sign_on(tx, options_.worker_name, with_.journal.id(), next, now());
  });
  beat_ = next.number;
  co_return true;
}

// A claim whose COMMIT got no answer may have leased what nobody here carries. Two looks, because a claim may be on its way.
Async<void> Dispatcher::Engine::end_stray_leases() {
  const auto leases = with_.database.read([&](storage::Transaction& tx) { return leases_of(tx, worker_); });
  std::set<std::int64_t> stray;
  for (const std::int64_t id : leases) {
    if (carried_.contains(id)) continue;
    if (!stray_.contains(id)) {
      stray.insert(id);
      continue;
    }
    log::warning("engine.stray_lease", {{"delivery", id}});
    co_await write([&](storage::Transaction& tx) { recover_one(tx, id, std::nullopt, now(), quiet_time_); });
  }
  stray_ = std::move(stray);
}

Async<void> Dispatcher::Engine::bury_the_dead() {
  const auto [alive, is_on_timeline, has_orphans] = with_.database.read(
      [](storage::Transaction& tx) { return std::tuple(living(tx), is_on_its_timeline(tx), has_leases_of_the_ended(tx)); });
  if (!is_on_timeline) co_return co_await meet_new_timeline();
  for (const std::int64_t dead : watch_.dead(alive, with_.clock.since_boot(), options_.presumed_dead)) {
    if (dead == worker_) continue;
    // On a new timeline only its own journal can tell what it did last: it stays until it comes back, or the operator decides.
    const bool is_buried = co_await write([&](storage::Transaction& tx) {
      const bool may_bury = is_on_its_timeline(tx);
      if (may_bury) sign_off(tx, dead, now());
      return may_bury;
    });
    if (!is_buried) co_return;
    log::warning("engine.worker_died", {{"worker", dead}});
    co_await end_leases_of_the_ended();
  }
  if (has_orphans) co_await end_leases_of_the_ended();
}

Async<void> Dispatcher::Engine::end_leases_of_the_ended() {
  std::size_t recovered = 0;
  for (std::size_t ended = kPiece; ended == kPiece; recovered += ended) {
    ended = co_await write([&](storage::Transaction& tx) { return recover(tx, Whose::kEnded, now(), quiet_time_, kPiece); });
  }
  if (recovered > 0) wake();
}

}  // namespace postmypost::publishing
