#include "storage/sqlite/writer.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "base/fault_point.hpp"

namespace postmypost::storage::sqlite {
namespace {

constexpr std::size_t kMostInGroup = 256;
constexpr std::int64_t kBlock = 1000;
constexpr auto kCheckpointEvery = std::chrono::milliseconds(200);
constexpr std::uintmax_t kLogNeedsRestart = 64U << 20U;

}  // namespace

class Writer::WriteTransaction final : public Transaction {
 public:
  WriteTransaction(Writer& writer, std::vector<std::function<void()>>& notices) : writer_(writer), notices_(notices) {}

  std::int64_t execute_with(std::string_view sql, const std::vector<Parameter>& parameters) override {
    return writer_.connection_.execute(sql, parameters);
  }
  void each(std::string_view sql, const std::vector<Parameter>& parameters,
            const std::function<void(const Row&)>& use) override {
    writer_.connection_.each(sql, parameters, use);
  }
  std::int64_t next_id(std::string_view table) override { return writer_.next_id(table); }
  void after_commit(std::function<void()> notice) override { notices_.push_back(std::move(notice)); }

 private:
  Writer& writer_;
  std::vector<std::function<void()>>& notices_;
};

Writer::Writer(const std::filesystem::path& file) : connection_(file, Access::kWrite), wal_(file.string() + "-wal") {
  connection_.script("create table if not exists id_block (name text primary key, next bigint not null)");
  thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  queued_.notify_one();
  thread_.join();
  sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

void Writer::submit(Queue queue, QueuedWork work) {
  {
    const std::lock_guard lock(mutex_);
    (queue == Queue::kEngine ? engine_ : people_).push_back(std::move(work));
  }
  queued_.notify_one();
}

void Writer::run() {
  for (;;) {
    std::vector<QueuedWork> group;
    {
      std::unique_lock lock(mutex_);
      queued_.wait_for(lock, kCheckpointEvery, [&] { return closing_ || !people_.empty() || !engine_.empty(); });
      group = take_group();
      if (group.empty() && closing_) return;
    }
    if (!group.empty()) run_group(group);
    checkpoint_if_grown();
  }
}

// One from each queue in turn, so that neither starves the other.
std::vector<QueuedWork> Writer::take_group() {
  std::vector<QueuedWork> group;
  while (group.size() < kMostInGroup && (!people_.empty() || !engine_.empty())) {
    auto& first = engine_first_ ? engine_ : people_;
    auto& queue = first.empty() ? (engine_first_ ? people_ : engine_) : first;
    engine_first_ = !engine_first_;
    group.push_back(std::move(queue.front()));
    queue.pop_front();
  }
  return group;
}

void Writer::run_group(std::vector<QueuedWork>& group) {
  std::vector<std::exception_ptr> failures(group.size());
  std::vector<std::function<void()>> notices;
  std::exception_ptr group_failure;
  try {
    connection_.execute("begin immediate", {});
    for (std::size_t i = 0; i < group.size(); ++i) failures[i] = run_in_savepoint(group[i], notices);
    reserve_blocks();
    FAULT_POINT("storage.before_commit");
    connection_.execute("commit", {});
    FAULT_POINT("storage.after_commit");
    for (auto& [name, block] : blocks_) block.durable = block.reserved;
  } catch (...) {
    group_failure = std::current_exception();
    if (sqlite3_get_autocommit(connection_.handle()) == 0) connection_.script("rollback");
  }
  if (!group_failure) {
    for (const auto& notice : notices) notice();
  }
  for (std::size_t i = 0; i < group.size(); ++i) group[i].done(group_failure ? group_failure : failures[i]);
}

std::exception_ptr Writer::run_in_savepoint(QueuedWork& work, std::vector<std::function<void()>>& notices) {
  connection_.execute("savepoint work", {});
  std::exception_ptr failure;
  std::vector<std::function<void()>> own_notices;
  bool keep = false;
  try {
    WriteTransaction tx(*this, own_notices);
    keep = work.work(tx);
  } catch (...) {
    failure = std::current_exception();
  }
  // A full disk or an I/O error may have ended the whole transaction by itself: then the group can't go on.
  if (sqlite3_get_autocommit(connection_.handle()) != 0) std::rethrow_exception(failure);
  if (!keep) connection_.execute("rollback to work", {});
  connection_.execute("release work", {});
  if (keep) std::ranges::move(own_notices, std::back_inserter(notices));
  return failure;
}

std::int64_t Writer::next_id(std::string_view table) {
  auto found = blocks_.find(table);
  if (found == blocks_.end()) {
    Block block;
    connection_.each("select next from id_block where name=$1", {std::string(table)},
                     [&](const Row& row) { block.next = row.integer(0); });
    block.reserved = block.durable = block.next;
    found = blocks_.emplace(std::string(table), block).first;
  }
  Block& block = found->second;
  if (block.next == block.reserved) block.reserved += kBlock;
  return block.next++;
}

void Writer::reserve_blocks() {
  for (const auto& [name, block] : blocks_) {
    if (block.reserved == block.durable) continue;
    connection_.execute(
        "insert into id_block (name, next) values ($1, $2) on conflict (name) do update set next = excluded.next",
        {name, block.reserved});
  }
}

void Writer::checkpoint_if_grown() {
  std::error_code gone;
  const std::uintmax_t size = std::filesystem::file_size(wal_, gone);
  if (gone || size == 0) return;
  const int mode = size > kLogNeedsRestart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
  // Busy readers only postpone it to the next round.
  int log = 0;
  int done = 0;
  sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr, mode, &log, &done);
}

}  // namespace postmypost::storage::sqlite
