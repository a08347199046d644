#include "publishing/dispatcher.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "publishing/answered.hpp"
#include "publishing/engine.hpp"

namespace postmypost::publishing {

namespace asio = boost::asio;

namespace {

class Timers final : public Alarms {
 public:
  explicit Timers(asio::io_context& io) : io_(io) {}
  void set(Duration after, std::function<void()> ring) override {
    auto timer = std::make_shared<asio::steady_timer>(io_, std::chrono::microseconds(after.us));
    timer->async_wait([timer, ring = std::move(ring)](boost::system::error_code) { ring(); });
  }

 private:
  asio::io_context& io_;
};

}  // namespace

Dispatcher::Engine::Engine(Surroundings with, DispatcherOptions options)
    : with_(with),
      options_(std::move(options)),
      own_alarms_(options_.alarms ? nullptr : std::make_unique<Timers>(io_)),
      alarms_(options_.alarms ? *options_.alarms : *own_alarms_) {}

Dispatcher::Engine::~Engine() { stop(seconds(5)); }

void Dispatcher::Engine::start_by_hand() {
  recover_after_start();
  asio::co_spawn(io_, run(), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
}

void Dispatcher::Engine::start() {
  start_by_hand();
  thread_ = std::thread([this] { io_.run(); });
}

void Dispatcher::Engine::run_ready() {
  io_.restart();
  io_.poll();
}

void Dispatcher::Engine::recover_after_start() {
  const auto quiet = [this](std::int64_t account) {
    return with_.database.read([&](storage::Transaction& tx) {
      const auto row = with_.accounts.load(tx, account);
      const networks::Network* network = row ? with_.catalogue.find(row->channel) : nullptr;
      if (!network) return scaled(minutes(2));
      return scaled(network
                        ->capabilities({.remote_id = row->remote_id, .software = row->software, .more = row->more})
                        .max_processing);
    });
  };
  const std::size_t count =
      with_.database.write([&](storage::Transaction& tx) { return recover(tx, now(), quiet); }, storage::Queue::kEngine);
  if (count > 0) log::warning("engine.recovered", {{"deliveries", count}});
}

void Dispatcher::Engine::wake() {
  woken_ = true;
  asio::post(io_, [this] {
    if (const auto go_on = std::exchange(go_on_, {})) go_on();
  });
}

void Dispatcher::Engine::stop(Duration grace) {
  if (!thread_.joinable()) return;
  stopping_ = true;
  wake();
  const Duration until = with_.clock.since_boot() + grace;
  while (in_flight_ > 0 && with_.clock.since_boot() < until) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  io_.stop();
  thread_.join();
}

Async<void> Dispatcher::Engine::sleep(Duration duration) {
  co_await answered<bool>(io_, [&](auto done) { alarms_.set(duration, [done] { done(true); }); });
}

// Until `wake` or the alarm, whichever comes first; the other one then finds nothing to do.
Async<void> Dispatcher::Engine::wait_for_wake(Duration at_most) {
  co_await answered<bool>(io_, [&](auto done) {
    auto once = std::make_shared<std::function<void()>>([done] { done(true); });
    const auto go_on = [once] {
      if (const auto first = std::exchange(*once, {})) first();
    };
    go_on_ = go_on;
    alarms_.set(at_most, [this, go_on] { asio::post(io_, go_on); });
  });
}

Async<void> Dispatcher::Engine::run() {
  while (!stopping_) {
    woken_ = false;
    Duration pause = options_.poll;
    try {
      if (co_await pass() > 0) pause = {};
      const auto due = with_.database.read([](storage::Transaction& tx) { return next_due(tx); });
      if (due) pause = std::min(pause, std::max(*due - now(), milliseconds(5)));
    } catch (const storage::DatabaseError& failure) {
      // A full or failing disk: nothing was claimed, so nothing is half-done. Try again with the next poll.
      log::error("engine.store_failed", {{"what", failure.what()}});
      pause = options_.poll;
    }
    if (woken_ || stopping_) continue;
    co_await wait_for_wake(pause);
  }
}

bool Dispatcher::Engine::may_pass(const storage::DatabaseError& failure) {
  using Kind = storage::DatabaseError::Kind;
  switch (failure.kind()) {
    case Kind::kBusy:
    case Kind::kFull:
    case Kind::kIo: log::warning("engine.store_failed", {{"what", failure.what()}}); return true;
    default: return false;
  }
}

Async<std::size_t> Dispatcher::Engine::pass() {
  if (with_.database.is_full() || in_flight_ >= options_.most_in_flight) co_return 0;
  const auto due = with_.database.read([](storage::Transaction& tx) { return next_due(tx); });
  if (!due || *due > now()) co_return 0;
  ClaimRules rules = options_.claims;
  rules.most = std::min(rules.most, options_.most_in_flight - in_flight_);
  const auto claimed = co_await write([&](storage::Transaction& tx) { return claim_due(tx, now(), rules); });
  FAULT_POINT("engine.claimed");
  for (const Delivery& delivery : claimed) {
    ++in_flight_;
    asio::co_spawn(io_, carry(delivery), asio::detached);
  }
  co_return claimed.size();
}

Async<void> Dispatcher::Engine::carry(Delivery delivery) {
  const std::int64_t id = delivery.id;
  try {
    if (delivery.state == State::kReconciling) {
      co_await look_for(std::move(delivery));
    } else {
      co_await deliver(std::move(delivery));
    }
  } catch (const std::exception& failure) {
    // The lease stays: only a start (or, later, a rescuer) may judge what this left, by the attempt's phase.
    log::error("engine.delivery_failed", {{"delivery", id}, {"what", failure.what()}});
  }
  --in_flight_;
  wake();
}

Dispatcher::Dispatcher(Surroundings surroundings, DispatcherOptions options)
    : engine_(std::make_unique<Engine>(surroundings, std::move(options))) {}
Dispatcher::~Dispatcher() = default;
void Dispatcher::start() { engine_->start(); }
void Dispatcher::start_by_hand() { engine_->start_by_hand(); }
void Dispatcher::run_ready() { engine_->run_ready(); }
void Dispatcher::wake() { engine_->wake(); }
void Dispatcher::stop(Duration grace) { engine_->stop(grace); }
std::size_t Dispatcher::in_flight() const { return engine_->in_flight(); }

}  // namespace postmypost::publishing
