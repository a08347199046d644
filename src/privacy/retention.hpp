// Retention: what the rooms declare to be over is ended by one job (docs/privacy.md).
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/clock.hpp"
#include "privacy/registry.hpp"

namespace postmypost::privacy {

// Ends all that is over at `now`; how many rows it deleted or emptied. Looks with readers and writes a hundred rows at a
// time, so people and the engine never wait for it. Stops early when `stop` turns true. Throws storage::DatabaseError;
// what was ended until then stays so, and the next run goes on.
std::int64_t end_what_is_over(storage::Database& database, const Registry& registry, Instant now,
                              const std::atomic<bool>& stop);

// Runs it a minute after the start and every six hours. Several processes on one store may all have one: a row is ended
// once.
class RetentionJob {
 public:
  RetentionJob(storage::Database& database, const Registry& registry, const Clock& clock);
  ~RetentionJob();
  RetentionJob(const RetentionJob&) = delete;
  RetentionJob& operator=(const RetentionJob&) = delete;

 private:
  void run();

  storage::Database& database_;
  const Registry& registry_;
  const Clock& clock_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable stopped_;
  std::thread thread_;
};

}  // namespace postmypost::privacy
