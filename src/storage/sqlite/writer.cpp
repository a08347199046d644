#include "storage/sqlite/writer.hpp"

#include <chrono>
#include <utility>

#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "storage/sqlite/transaction.hpp"

namespace postmypost::storage::sqlite {
namespace {

constexpr std::size_t kMostWorks = 256;
constexpr std::chrono::milliseconds kLongestBatch{20};

// Notices and completions promise not to throw; one that does must not end the writer.
template <class F>
void call(const F& f) {
  try {
    f();
  } catch (...) {
    log::error("storage.notice_threw");
  }
}

}  // namespace

Writer::Writer(Connection& connection, Checkpointer& checkpointer)
    : connection_(connection), checkpointer_(checkpointer) {
  IdBlocks::create_table(connection_);
  thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Writer::submit(Queue queue, std::function<bool(Transaction&)> run,
                    std::function<void(std::exception_ptr)> done) {
  {
    const std::lock_guard lock(mutex_);
    queues_[static_cast<std::size_t>(queue)].push_back(
        {.run = std::move(run), .done = std::move(done)});
  }
  changed_.notify_one();
}

std::optional<Writer::Work> Writer::take() {
  const std::lock_guard lock(mutex_);
  for (std::size_t tried = 0; tried < queues_.size(); ++tried) {
    auto& queue = queues_[std::exchange(turn_, (turn_ + 1) % queues_.size())];
    if (queue.empty()) continue;
    std::optional<Work> work(std::move(queue.front()));
    queue.pop_front();
    return work;
  }
  return std::nullopt;
}

std::vector<Writer::Work> Writer::take_many() {
  std::vector<Work> many;
  while (many.size() < kMostWorks) {
    auto work = take();
    if (!work) break;
    many.push_back(std::move(*work));
  }
  return many;
}

void Writer::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const auto has_work = [this] { return !queues_[0].empty() || !queues_[1].empty(); };
      changed_.wait(lock, [&] { return stopping_ || has_work(); });
      if (!has_work()) return;
    }
    run_batch();
  }
}

void Writer::run_batch() {
  std::vector<Work> batch;
  std::exception_ptr lost;
  try {
    checkpointer_.restart_if_large(connection_);
    connection_.execute("begin immediate");
    run_works(batch);
    commit();
  } catch (...) {
    lost = std::current_exception();
    roll_back();
    if (batch.empty()) batch = take_many();  // nothing could even begin: those who wait hear it now
  }
  finish(batch, lost);
}

void Writer::run_works(std::vector<Work>& batch) {
  const auto end = std::chrono::steady_clock::now() + kLongestBatch;
  while (batch.size() < kMostWorks) {
    auto work = take();
    if (!work) return;
    batch.push_back(std::move(*work));
    run_in_savepoint(batch.back());
    if (std::chrono::steady_clock::now() >= end) return;
  }
}

// Throws only when the whole batch is lost with the work.
void Writer::run_in_savepoint(Work& work) {
  const std::size_t mark = ids_.mark();
  connection_.execute("savepoint work");
  bool is_kept = false;
  try {
    WriteTransaction tx(connection_, ids_, work.notices);
    is_kept = work.run(tx);
    if (tx.failure()) std::rethrow_exception(tx.failure());
    // A deferred key would fail the commit, and with it everybody else's work.
    if (is_kept && connection_.has_unresolved_foreign_keys()) {
      throw DatabaseError(DatabaseError::Kind::kForeignKey,
                          "FOREIGN KEY constraint failed at the end of a write");
    }
  } catch (...) {
    is_kept = false;
    work.failure = std::current_exception();
  }
  if (!connection_.is_in_transaction()) {
    if (work.failure) std::rethrow_exception(work.failure);
    throw DatabaseError(DatabaseError::Kind::kOther,
                        "the transaction was rolled back inside a write");
  }
  if (!is_kept) {
    connection_.execute("rollback to work");
    ids_.roll_back_to(mark);
    work.notices.clear();
  }
  connection_.execute("release work");
}

void Writer::commit() {
  FAULT_POINT("storage.before_commit");
  connection_.execute("commit");
  FAULT_POINT("storage.after_commit");
  ids_.commit();
  checkpointer_.wake();
}

void Writer::roll_back() noexcept {
  ids_.roll_back_to(0);
  if (!connection_.is_in_transaction()) return;
  call([this] { connection_.execute("rollback"); });
}

void Writer::finish(std::vector<Work>& batch, const std::exception_ptr& lost) {
  for (Work& work : batch) {
    if (!work.failure && !lost) {
      for (const auto& notice : work.notices) call(notice);
    }
    call([&] { work.done(work.failure ? work.failure : lost); });
  }
}

}  // namespace postmypost::storage::sqlite
