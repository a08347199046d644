// The one writer of a SQLite database: a thread, two queues, group commit.
//
// A group is BEGIN IMMEDIATE, one savepoint per work, COMMIT; then its callers hear of it. A work that throws, or asks for it,
// rolls back its own savepoint only; a COMMIT that fails fails the whole group and nothing of it stays.
// Between groups the thread checkpoints: PASSIVE when the log has grown, RESTART when it passed 64 MB.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "storage/sqlite/connection.hpp"

namespace postmypost::storage::sqlite {

struct QueuedWork {
  std::function<bool(Transaction&)> work;
  std::function<void(std::exception_ptr)> done;
};

class Writer {
 public:
  explicit Writer(const std::filesystem::path& file);
  ~Writer();  // finishes what is queued
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void submit(Queue queue, QueuedWork work);

 private:
  class WriteTransaction;
  // Ids are handed out from memory; `reserved` is written with the group that first uses a block, so no id below it is
  // ever given again, whatever rolls back or crashes.
  struct Block {
    std::int64_t next = 1, reserved = 1, durable = 1;
  };

  void run();
  std::vector<QueuedWork> take_group();
  void run_group(std::vector<QueuedWork>& group);
  std::exception_ptr run_in_savepoint(QueuedWork& work, std::vector<std::function<void()>>& notices);
  std::int64_t next_id(std::string_view table);
  void reserve_blocks();
  void checkpoint_if_grown();

  Connection connection_;
  std::filesystem::path wal_;
  std::map<std::string, Block, std::less<>> blocks_;

  std::mutex mutex_;
  std::condition_variable queued_;
  std::deque<QueuedWork> people_, engine_;
  bool engine_first_ = false;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace postmypost::storage::sqlite
