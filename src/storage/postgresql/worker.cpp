#include "storage/postgresql/worker.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/log.hpp"
#include "storage/postgresql/errors.hpp"
#include "storage/postgresql/transaction.hpp"

namespace postmypost::storage::postgresql {
namespace {

using std::chrono::milliseconds;
using Kind = DatabaseError::Kind;

// PostgreSQL keeps up to 64 savepoints of a transaction where every reader finds them fast.
constexpr std::size_t kMostTogether = 64;
constexpr milliseconds kLongestGroup{20};
constexpr int kMostTries = 20;
constexpr milliseconds kLongestRest{1'000};

// Notices and completions promise not to throw; one that does must not end the worker.
template <class F>
void call(const F& f) {
  try {
    f();
  } catch (...) {
    log::error("storage.notice_threw");
  }
}

}  // namespace

void Worker::run() {
  while (std::optional<Work> work = line_.wait()) {
    if (!line_.rules_.is_grouped || line_.is_empty()) {
      run_alone(*work);
      continue;
    }
    std::vector<Work> group;
    group.push_back(std::move(*work));
    run_together(group);
  }
}

void Worker::run_alone(Work& work) {
  for (int tries = 1;; ++tries) {
    try {
      try_alone(work);
      return finish(work, nullptr);
    } catch (...) {
      const std::exception_ptr failure = std::current_exception();
      if (connection_) connection_->roll_back();
      if (!may_run_again(failure, work, tries)) return finish(work, failure);
    }
  }
}

void Worker::try_alone(Work& work) {
  connect(work);
  connection_->begin(line_.rules_.begin);
  if (run_lambda(work)) {
    connection_->commit();
  } else {
    connection_->roll_back();
    work.notices.clear();
  }
}

// True when it keeps what it did. Throws what failed it: what the lambda threw, unless another try may mend it.
bool Worker::run_lambda(Work& work) {
  work.notices.clear();
  WriteTransaction tx(*connection_, line_.ids_, work.notices);
  bool is_kept = false;
  std::exception_ptr thrown;
  try {
    is_kept = work.run(tx);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (tx.failure()) {
    const auto kind = kind_of(tx.failure());
    if (!thrown || kind == Kind::kBusy || kind == Kind::kLost) std::rethrow_exception(tx.failure());
  }
  if (thrown) std::rethrow_exception(thrown);
  if (!connection_->is_in_transaction())
    throw DatabaseError(Kind::kOther, "the transaction was rolled back inside a write");
  return is_kept;
}

bool Worker::may_run_again(const std::exception_ptr& failure, const Work& work, int tries) {
  const auto kind = kind_of(failure);
  if (kind == Kind::kLost) return line_.may_wait(work);
  if (kind != Kind::kBusy || tries == kMostTries || !line_.may_wait(work)) return false;
  // Those who were in each other's way must not meet again.
  line_.rest(milliseconds(std::uniform_int_distribution<int>(0, 2 * tries)(jitter_)));
  return true;
}

void Worker::run_together(std::vector<Work>& group) {
  std::exception_ptr lost;
  try {
    try_together(group);
  } catch (...) {
    lost = std::current_exception();
    if (connection_) connection_->roll_back();
  }
  const bool is_unknown = lost && kind_of(lost) == Kind::kUnknown;
  for (Work& work : group) {
    if (lost && !is_unknown) {
      run_alone(work);
    } else {
      finish(work, work.failure ? work.failure : lost);
    }
  }
}

// Throws when the whole group is to be undone.
void Worker::try_together(std::vector<Work>& group) {
  connect(group.front());
  connection_->begin(line_.rules_.begin);
  const auto end = std::chrono::steady_clock::now() + kLongestGroup;
  for (;;) {
    run_in_savepoint(group.back());
    if (group.size() == kMostTogether || std::chrono::steady_clock::now() >= end) break;
    auto next = line_.take();
    if (!next) break;
    group.push_back(std::move(*next));
  }
  connection_->commit();
}

void Worker::run_in_savepoint(Work& work) {
  connection_->queue("savepoint work");
  bool is_kept = false;
  try {
    is_kept = run_lambda(work);
  } catch (...) {
    work.failure = std::current_exception();
    const auto kind = kind_of(work.failure);
    if (kind == Kind::kBusy || kind == Kind::kLost || connection_->has_ended_transaction()) throw;
  }
  if (!is_kept) {
    connection_->queue("rollback to savepoint work");
    work.notices.clear();
  }
  connection_->queue("release savepoint work");
  if (work.failure) connection_->flush();
}

// Waits for the server as long as `work` has patience; those behind it whose patience ends meanwhile hear it too.
void Worker::connect(const Work& work) {
  if (connection_ && connection_->is_alive()) return;
  connection_.reset();
  for (milliseconds rest(50);; rest = std::min(2 * rest, kLongestRest)) {
    try {
      connection_ = std::make_unique<Connection>(line_.rules_.address, Role::kWriter);
      return;
    } catch (const DatabaseError& failure) {
      log::warning("storage.server_away", {{"why", failure.what()}});
      for (Work& waiting : line_.take_given_up()) finish(waiting, std::current_exception());
      if (!line_.may_wait(work)) throw;
    }
    line_.rest(rest);
  }
}

void Worker::finish(Work& work, const std::exception_ptr& failure) {
  if (!failure) {
    for (const auto& notice : work.notices) call(notice);
  }
  call([&] { work.done(failure); });
}

}  // namespace postmypost::storage::postgresql
