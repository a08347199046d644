#include "storage/sqlite/checkpointer.hpp"

#include <chrono>
#include <utility>

#include "base/log.hpp"

namespace postmypost::storage::sqlite {
namespace {

constexpr std::chrono::milliseconds kPause{200};
constexpr std::chrono::seconds kLongestCut{5};
constexpr int kFrameBytes = 4096 + 24;
constexpr int kLargeFrames = 64 * 1024 * 1024 / kFrameBytes;

}  // namespace

Checkpointer::Checkpointer(const std::filesystem::path& file)
    : connection_(file, Role::kCheckpointer),
      restart_at_(kLargeFrames),
      thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Checkpointer::wake() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(grown_, true)) return;
  }
  changed_.notify_one();
}

void Checkpointer::run() {
  std::unique_lock lock(mutex_);
  bool is_failing = false;
  for (;;) {
    changed_.wait(lock, [this] { return grown_ || stopping_; });
    if (changed_.wait_for(lock, kPause, [this] { return stopping_; })) return;
    grown_ = false;
    lock.unlock();
    bool is_complete = false;
    try {
      is_complete = move_what_is_there();
      is_failing = false;
    } catch (const DatabaseError& failure) {
      if (!std::exchange(is_failing, true))
        log::error("storage.checkpoint_failed", {{"why", failure.what()}});
    }
    lock.lock();
    if (!is_complete) grown_ = true;
  }
}

bool Checkpointer::move_what_is_there() {
  const std::lock_guard lock(checkpointing_);
  return connection_.checkpoint(SQLITE_CHECKPOINT_PASSIVE);
}

bool Checkpointer::cut() {
  for (const auto until = std::chrono::steady_clock::now() + kLongestCut; std::chrono::steady_clock::now() < until;) {
    {
      const std::lock_guard lock(checkpointing_);
      if (connection_.checkpoint(SQLITE_CHECKPOINT_TRUNCATE)) return true;
    }
    std::this_thread::sleep_for(kPause);
  }
  log::warning("storage.log_held");
  return false;
}

void Checkpointer::restart_if_large(Connection& writer) {
  if (writer.wal_frames() < restart_at_) return;
  const std::lock_guard lock(checkpointing_);
  bool is_done = false;
  try {
    is_done = writer.checkpoint(SQLITE_CHECKPOINT_RESTART);
  } catch (const DatabaseError& failure) {  // a full disk must not keep works from freeing space
    log::error("storage.checkpoint_failed", {{"why", failure.what()}});
  }
  // A reader outside this process may hold the log; the writer does not wait for it at every batch.
  restart_at_ = is_done ? kLargeFrames : writer.wal_frames() + kLargeFrames;
  if (!is_done) log::warning("storage.log_held", {{"frames", writer.wal_frames()}});
}

}  // namespace postmypost::storage::sqlite
