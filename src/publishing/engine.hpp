// Inside of the dispatcher: the coroutines that carry one delivery. Private to the room.
//
// The coroutines of one engine run on one thread, so its members need no locks.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <atomic>
#include <thread>

#include "publishing/attempts.hpp"
#include "publishing/dispatcher.hpp"
#include "publishing/work.hpp"
#include "storage/awaited.hpp"
#include "vault/ledger.hpp"

namespace postmypost::publishing {

template <class T>
using Async = boost::asio::awaitable<T>;

class Dispatcher::Engine {
 public:
  Engine(Surroundings with, DispatcherOptions options);
  ~Engine();

  void start();
  void start_by_hand();
  void run_ready();
  void wake();
  void stop(Duration grace);
  std::size_t in_flight() const { return in_flight_; }

 private:
  // The loop (dispatcher.cpp).
  Async<void> run();
  Async<std::size_t> pass();
  Async<void> carry(Delivery delivery);
  Async<void> sleep(Duration duration);
  Async<void> wait_for_wake(Duration at_most);
  void recover_after_start();

  // One delivery, from claim to outcome (delivering.cpp).
  Async<void> deliver(Delivery delivery);
  enum class Then { kGoOn, kEnded };
  Async<Then> take_invisible(Work& work, const networks::Step& step);
  Async<Then> take_visible(Work& work, const networks::Step& step);
  Async<void> publish_here(Work& work);
  Async<http::Answer> send(const Work& work, const networks::Step& step);
  Async<http::Answer> send_gated(const Work& work, const networks::Step& step, std::int64_t attempt);
  void write_down_disclosure(storage::Transaction& tx, Work& work, const std::vector<std::string>& what);

  // The account's session (sessions.cpp).
  Async<networks::Verdict> renewed(Work& work);
  Async<void> keep_secrets(Work& work, const boost::json::object& secrets);
  Async<bool> renew_session(Work& work);  // false: the delivery has been put aside

  // How it ended (outcomes.cpp). Each is one transaction: outcome, disclosure result, events, lane.
  Async<void> give_back(Work& work);
  Async<void> end_published(Work& work, networks::Published published, std::string_view code);
  Async<void> end_not_applied(Work& work, const networks::NotApplied& why);
  Async<void> end_account_lost(Work& work, const Error& why);
  Async<void> end_in_doubt(Work& work, std::string_view why);
  Async<void> end_refused(Delivery delivery, const Error& why, bool needs_reconnect);
  void write_published(storage::Transaction& tx, Work& work, const networks::Published& published,
                       std::string_view code);

  // A doubt (reconciling.cpp).
  Async<void> look_for(Delivery delivery);
  bool has_rival(const Work& work) const;
  Async<void> end_absent(Work& work);
  Async<void> end_still_unknown(Work& work, std::string_view why, std::optional<Instant> reset = {});
  Async<void> end_undecided(Work& work, std::string_view why);

  Duration scaled(Duration duration) const {
    return {static_cast<std::int64_t>(static_cast<double>(duration.us) * options_.time_scale)};
  }
  Instant now() const { return with_.clock.now(); }
  // A store that is full or away comes back: what happened in the world is kept here until it can be written down. Only a
  // stop gives up; then the attempt's phase tells the next start what may have happened.
  template <class F>
  Async<std::invoke_result_t<F&, storage::Transaction&>> write(F work) {
    for (;;) {
      try {
        co_return co_await storage::written(with_.database, storage::Queue::kEngine, work);
      } catch (const storage::DatabaseError& failure) {
        if (stopping_ || !may_pass(failure)) throw;
      }
      co_await sleep(scaled(seconds(1)));
    }
  }
  static bool may_pass(const storage::DatabaseError& failure);

  Surroundings with_;
  DispatcherOptions options_;
  boost::asio::io_context io_{1};
  std::unique_ptr<Alarms> own_alarms_;
  Alarms& alarms_;
  std::function<void()> go_on_;  // what `wake` runs while the loop waits
  std::atomic<bool> woken_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> in_flight_{0};
  std::thread thread_;
};

}  // namespace postmypost::publishing
