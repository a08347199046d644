#include "privacy/retention.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>

#include "base/log.hpp"

namespace postmypost::privacy {
namespace {

using storage::Transaction;

constexpr std::int64_t kLookedAt = 500;   // rows in one read
constexpr std::size_t kEndedAtOnce = 100;  // rows in one write
constexpr std::chrono::seconds kAfterStart{60}, kBetween{6 * 3600};

// A piece of a table by its ids: the last one, and which of its rows are over.
struct Piece {
  std::optional<std::int64_t> last;
  std::vector<std::int64_t> over;
};

Piece look(Transaction& tx, const Ends& rule, Instant before, std::int64_t behind) {
  Piece piece;
  const std::string sql = "select id, case when " + std::string(rule.is_over) + " then 1 else 0 end from " +
                          std::string(rule.table) + " where id > $2 order by id limit $3";
  for (const auto& [id, is_over] : tx.rows<std::int64_t, std::int64_t>(sql, before, behind, kLookedAt)) {
    piece.last = id;
    if (is_over == 1) piece.over.push_back(id);
  }
  return piece;
}

// Judged again inside the write: meanwhile it may have come to life.
std::string ending_of(const Ends& rule) {
  const std::string table(rule.table), column(rule.emptied);
  const std::string what = column.empty() ? "delete from " + table
                                          : "update " + table + " set " + column + "=substr(" + column + ", 1, 0)";
  return what + " where id=$2 and (" + std::string(rule.is_over) + ")";
}

std::int64_t end(storage::Database& database, const Ends& rule, Instant before, std::span<const std::int64_t> over) {
  const std::string sql = ending_of(rule);
  return database.write([&](Transaction& tx) {
    std::int64_t ended = 0;
    for (const std::int64_t id : over) ended += tx.execute(sql, before, id);
    return ended;
  });
}

std::int64_t end_by(storage::Database& database, const Ends& rule, Instant before, const std::atomic<bool>& stop) {
  std::int64_t ended = 0, behind = 0;
  while (!stop) {
    const Piece piece = database.read([&](Transaction& tx) { return look(tx, rule, before, behind); });
    if (!piece.last) break;
    behind = *piece.last;
    for (std::size_t at = 0; at < piece.over.size() && !stop; at += kEndedAtOnce) {
      const std::size_t count = std::min(kEndedAtOnce, piece.over.size() - at);
      ended += end(database, rule, before, std::span(piece.over).subspan(at, count));
    }
  }
  return ended;
}

}  // namespace

std::int64_t end_what_is_over(storage::Database& database, const Registry& registry, Instant now,
                              const std::atomic<bool>& stop) {
  std::int64_t ended = 0;
  for (const PersonalData& room : registry.rooms()) {
    for (const Ends& rule : room.ends) ended += end_by(database, rule, now - days(facts_of(rule.retention).days), stop);
  }
  return ended;
}

RetentionJob::RetentionJob(storage::Database& database, const Registry& registry, const Clock& clock)
    : database_(database), registry_(registry), clock_(clock), thread_([this] { run(); }) {}

RetentionJob::~RetentionJob() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_one();
  thread_.join();
}

void RetentionJob::run() {
  std::unique_lock lock(mutex_);
  for (auto pause = kAfterStart; !stopped_.wait_for(lock, pause, [this] { return stopping_.load(); }); pause = kBetween) {
    lock.unlock();
    try {
      const std::int64_t ended = end_what_is_over(database_, registry_, clock_.now(), stopping_);
      if (ended > 0) log::info("retention.ended", {{"rows", ended}});
    } catch (const storage::DatabaseError& failure) {  // full, busy or away: the next run goes on
      log::warning("retention.failed", {{"what", failure.what()}});
    }
    lock.lock();
  }
}

}  // namespace postmypost::privacy
