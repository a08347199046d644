// Works that wait for their turn, and the threads that do them, each on a connection of its own.
//
// A line either runs each work in a transaction of its own, again when another was faster, or groups what has
// queued up into one commit with a savepoint for each. A group that fails as a whole is done again one by one,
// so that only the work at fault fails.
//
// What a lost server means: a work whose COMMIT was not sent is run again on the next connection until its
// patience is over, and then fails with kLost; one whose COMMIT got no answer fails with kUnknown and is never
// run again. Thread-safe. The destructor finishes what is queued, without waiting for a server that is away.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "storage/postgresql/connection.hpp"
#include "storage/postgresql/id_blocks.hpp"

namespace postmypost::storage::postgresql {

class Worker;

struct LineRules {
  std::string address;
  int threads = 1;
  std::string_view begin;  // with the isolation level
  bool is_grouped = false;
  std::chrono::milliseconds patience{};
};

class Line {
 public:
  Line(LineRules rules, IdBlocks& ids);
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void submit(std::function<bool(Transaction&)> run, std::function<void(std::exception_ptr)> done);
  bool is_this_thread() const;  // one of its own

 private:
  struct Work {
    std::function<bool(Transaction&)> run;
    std::function<void(std::exception_ptr)> done;
    std::chrono::steady_clock::time_point give_up_at;
    std::vector<std::function<void()>> notices = {};
    std::exception_ptr failure = {};
  };
  friend class Worker;

  std::optional<Work> wait();  // nothing when the line ends
  std::optional<Work> take();
  std::optional<Work> take_first();  // under the lock
  std::vector<Work> take_given_up();
  bool is_empty();
  bool may_wait(const Work& work);             // its patience is not over, and the line does not end
  void rest(std::chrono::milliseconds pause);  // shorter when the line ends

  const LineRules rules_;
  IdBlocks& ids_;
  std::mutex mutex_;
  std::condition_variable changed_, ended_;
  std::deque<Work> queue_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace postmypost::storage::postgresql
