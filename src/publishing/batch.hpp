// Gathers what many coroutines want written and writes it as one work. Private to the room.
//
// While one batch is on its way to the disk the next one gathers, so a batch is as large as the store is slow: a step of a
// hundred deliveries costs as many statements as that of one. A batch that fails for good is written again row by row, so that a
// row only fails itself. Belongs to the thread of its io_context.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "publishing/answered.hpp"
#include "storage/database.hpp"

namespace postmypost::publishing {

template <class Row, class Out>
class Batch {
 public:
  // One Out for each row, in their order. Runs on the writer's thread and may run again.
  using Write = std::function<std::vector<Out>(storage::Transaction&, std::vector<Row>&)>;
  // What to do about a failed batch: write it again after a while (true), or give it up.
  using TryAgain = std::function<bool(std::exception_ptr failure, std::function<void()> again)>;

  Batch(boost::asio::io_context& io, storage::Database& database, Write write, TryAgain try_again)
      : io_(io), database_(database), write_(std::move(write)), try_again_(std::move(try_again)) {}

  // Resumes when the row's batch is durable. Throws what kept it from being written.
  boost::asio::awaitable<Out> add(Row row) {
    Told told = co_await answered<Told>(io_, [&](auto done) {
      gathering_.push_back({std::move(row), std::move(done)});
      write_soon();
    });
    if (told.failure) std::rethrow_exception(told.failure);
    co_return std::move(*told.out);
  }

 private:
  static constexpr std::size_t kMost = 128;

  struct Told {
    std::exception_ptr failure = {};
    std::shared_ptr<Out> out = {};
  };
  struct Waiting {
    Row row;
    std::function<void(Told)> done;
  };
  struct OnItsWay {
    std::vector<Waiting> waiting;
    std::vector<Out> outs;
  };

  // After everything that runs now: deliveries that move together are written together.
  void write_soon() {
    if (std::exchange(is_writing_, true)) return;
    boost::asio::post(io_, [this] { write_next(); });
  }

  void write_next() {
    auto batch = std::make_shared<OnItsWay>();
    const std::size_t count = std::min(singly_ > 0 ? std::size_t{1} : kMost, gathering_.size());
    if (singly_ > 0) --singly_;
    for (std::size_t i = 0; i < count; ++i) {
      batch->waiting.push_back(std::move(gathering_.front()));
      gathering_.pop_front();
    }
    submit(std::move(batch));
  }

  void submit(std::shared_ptr<OnItsWay> batch) {
    database_.submit(
        storage::Queue::kEngine,
        [this, batch](storage::Transaction& tx) {
          std::vector<Row> rows;  // a copy: the write may run again
          for (const Waiting& waiting : batch->waiting) rows.push_back(waiting.row);
          batch->outs = write_(tx, rows);
          return true;
        },
        [this, batch, guard = boost::asio::make_work_guard(io_)](std::exception_ptr failure) {
          boost::asio::post(io_, [this, batch, failure] { finish(batch, failure); });
        });
  }

  void finish(const std::shared_ptr<OnItsWay>& batch, std::exception_ptr failure) {
    if (failure && try_again_(failure, [this, batch] { submit(batch); })) return;
    if (failure && batch->waiting.size() > 1) {
      singly_ += batch->waiting.size();
      for (auto waiting = batch->waiting.rbegin(); waiting != batch->waiting.rend(); ++waiting) {
        gathering_.push_front(std::move(*waiting));
      }
    } else {
      for (std::size_t i = 0; i < batch->waiting.size(); ++i) {
        Told told{.failure = failure};
        if (!failure) told.out = std::make_shared<Out>(std::move(batch->outs[i]));
        batch->waiting[i].done(std::move(told));
      }
    }
    is_writing_ = false;
    if (!gathering_.empty()) write_soon();
  }

  boost::asio::io_context& io_;
  storage::Database& database_;
  Write write_;
  TryAgain try_again_;
  std::deque<Waiting> gathering_;
  std::size_t singly_ = 0;  // of the first rows: their batch failed, each is written alone
  bool is_writing_ = false;
};

}  // namespace postmypost::publishing
