// The one thread that writes: it groups the queued works into one durable commit.
//
// A batch is BEGIN IMMEDIATE, each work in its own savepoint, COMMIT; at most 256 works or 20 ms.
// The two queues are taken in turn. Callers hear of their works only after COMMIT; a commit that
// fails fails the whole batch. Thread-safe. The destructor finishes what is queued.
#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "storage/sqlite/checkpointer.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/id_blocks.hpp"

namespace postmypost::storage::sqlite {

class Writer {
 public:
  Writer(Connection& connection, Checkpointer& checkpointer);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void submit(Queue queue, std::function<bool(Transaction&)> run,
              std::function<void(std::exception_ptr)> done);
  bool is_this_thread() const { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  struct Work {
    std::function<bool(Transaction&)> run;
    std::function<void(std::exception_ptr)> done;
    std::vector<std::function<void()>> notices = {};
    std::exception_ptr failure = {};
  };

  void run();
  void run_batch();
  void run_works(std::vector<Work>& batch);
  void run_in_savepoint(Work& work);
  void commit();
  void roll_back() noexcept;
  std::optional<Work> take();
  std::vector<Work> take_many();
  static void finish(std::vector<Work>& batch, const std::exception_ptr& lost);

  Connection& connection_;
  Checkpointer& checkpointer_;
  IdBlocks ids_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<std::deque<Work>, 2> queues_;
  std::size_t turn_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace postmypost::storage::sqlite
