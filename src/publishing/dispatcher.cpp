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

constexpr Duration kPauseAfterFailure = seconds(10);  // a bug must not spin
constexpr Duration kPauseWhenHeldUp = seconds(1);     // what is due does not hurry an engine that may not claim

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
      quiet_time_(quiet_time_of(with_, options_.time_scale)),
      own_alarms_(options_.alarms ? nullptr : std::make_unique<Timers>(io_)),
      alarms_(options_.alarms ? *options_.alarms : *own_alarms_),
      intents_(io_, with_.database, [this](auto& tx, IntentRows& rows) { return write_intents(tx, rows); },
               [this](auto failure, auto again) { return write_again(failure, std::move(again)); }),
      gates_(io_, with_.database,
             [this](auto& tx, std::vector<GateKey>& keys) {
               FAULT_POINT("engine.before_gate");
               return pass_gates(tx, keys, now());
             },
             [](auto, auto) { return false; }),  // the byte does not wait for a store that is away
      endings_(io_, with_.database,
               [this](auto& tx, std::vector<Ending>& endings) {
                 write_endings(tx, with_.accounts, endings, now());
                 return std::vector<bool>(endings.size(), true);
               },
               [this](auto failure, auto again) { return write_again(failure, std::move(again)); }),
      policies_(with_.clock, options_) {}

Dispatcher::Engine::~Engine() { stop(seconds(5)); }

void Dispatcher::Engine::start_by_hand() {
  incarnation_ = incarnation_of(with_.database, with_.random);
  origin_ = examined();
  if (origin_ == Origin::kGenuine) begin();
}

void Dispatcher::Engine::begin() {
  sign_on_after_start();
  begin_policies();
  const auto rethrow = [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  };
  asio::co_spawn(io_, run(), rethrow);
  asio::co_spawn(io_, keep_beating(), rethrow);
}

void Dispatcher::Engine::start() {
  start_by_hand();
  thread_ = std::thread([this] {
    const auto until_stopped = asio::make_work_guard(io_);  // also while it waits to be adopted
    io_.run();
  });
}

Result<Adoption> Dispatcher::Engine::adopt(AdoptAs as) {
  TRY_ASSIGN(const Adoption done, publishing::adopt(with_, origin_, as, /*force=*/false, quiet_time_));
  incarnation_ = incarnation_of(with_.database, with_.random);
  origin_ = Origin::kGenuine;
  asio::post(io_, [this] { begin(); });
  return done;
}

void Dispatcher::Engine::run_ready() {
  io_.restart();
  io_.poll();
}

void Dispatcher::Engine::wake() {
  woken_ = true;
  asio::post(io_, [this] {
    if (const auto go_on = std::exchange(go_on_, {})) go_on();
  });
}

// It sleeps no longer than a poll, and then sees what is due.
void Dispatcher::Engine::wake_for(Instant due) {
  if (due <= with_.clock.now() + options_.poll) wake();
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
      if (is_held_up_) {
        pause = std::min(pause, kPauseWhenHeldUp);
      } else if (due) {
        pause = std::min(pause, std::max(*due - now(), milliseconds(5)));
      }
    } catch (const storage::DatabaseError& failure) {
      // A full or failing disk: nothing was claimed, so nothing is half-done. Try again with the next poll.
      log::error("engine.store_failed", {{"what", failure.what()}});
      pause = options_.poll;
    }
    if (woken_ || stopping_) continue;
    co_await wait_for_wake(pause);
  }
  if (!waits_to_run_alone_) co_return;
  carried_.erase(waits_to_run_alone_->delivery.id);  // nothing of it was begun: the next start ends its lease
  in_flight_ = carried_.size();
}

bool Dispatcher::Engine::write_again(const std::exception_ptr& failure, std::function<void()> again) {
  try {
    std::rethrow_exception(failure);
  } catch (const storage::DatabaseError& error) {
    if (stopping_ || !may_pass(error)) return false;
  } catch (...) {
    return false;
  }
  alarms_.set(scaled(seconds(1)), [this, again = std::move(again)] { asio::post(io_, again); });
  return true;
}

bool Dispatcher::Engine::may_pass(const storage::DatabaseError& failure) {
  using Kind = storage::DatabaseError::Kind;
  switch (failure.kind()) {
    case Kind::kBusy:
    case Kind::kFull:
    case Kind::kIo:
    case Kind::kLost:
    case Kind::kUnknown: log::warning("engine.store_failed", {{"what", failure.what()}}); return true;
    default: return false;
  }
}

Async<std::size_t> Dispatcher::Engine::pass() {
  is_held_up_ = true;
  const bool is_ours = origin_ == Origin::kGenuine || origin_ == Origin::kFailedOver;
  if (!is_ours || !has_room_to_begin() || in_flight_ >= options_.most_in_flight) co_return 0;
  if (waits_to_run_alone_ && in_flight_ == 1) asio::co_spawn(io_, run_alone(*std::exchange(waits_to_run_alone_, {})), asio::detached);
  if (waits_to_run_alone_ || is_running_alone_) co_return 0;
  const auto due = with_.database.read([](storage::Transaction& tx) { return next_due(tx); });
  is_held_up_ = !co_await may_claim();
  if (is_held_up_ || !due || *due > now()) co_return 0;
  ClaimRules rules = options_.claims;
  rules.most = std::min(rules.most, options_.most_in_flight - in_flight_);
  bool is_on_timeline = true;
  auto claimed = co_await write([&](storage::Transaction& tx) {
    is_on_timeline = is_on_its_timeline(tx) && !is_behind(timeline_of(tx), newest_timeline_);
    return is_on_timeline ? claim_due(tx, worker_, now(), rules) : std::vector<Delivery>();
  });
  FAULT_POINT("engine.claimed");
  if (!is_on_timeline) {
    co_await meet_new_timeline();
    co_return 0;
  }
  origin_ = Origin::kGenuine;
  auto works = co_await load_and_hold_back(claimed);
  for (std::size_t i = 0; i < claimed.size(); ++i) {
    carried_.insert(claimed[i].id);
    in_flight_ = carried_.size();
    asio::co_spawn(io_, carry(std::move(claimed[i]), std::move(works[i])), asio::detached);
  }
  co_return claimed.size();
}

Async<void> Dispatcher::Engine::carry(Delivery delivery, Loaded work) {
  const std::int64_t id = delivery.id, epoch = delivery.epoch;
  bool failed = false;
  try {
    const bool is_doubt = delivery.state == State::kReconciling;
    if (work) {
      co_await (is_doubt ? look_for(std::move(*work)) : deliver(std::move(*work)));
    } else if (is_doubt) {
      co_await look_for_blindly(std::move(delivery), work.error().error);
    } else {
      Work blind;
      blind.delivery = std::move(delivery);
      if (work.error().is_restricted) {
        co_await end_restricted(blind);
      } else {
        co_await end_refused(blind, work.error().error, work.error().needs_reconnect);
      }
    }
  } catch (const std::exception& failure) {
    log::error("engine.delivery_failed", {{"delivery", id}, {"what", failure.what()}});
    failed = true;
  }
  if (failed && !stopping_) co_await give_up(id, epoch);
  if (!failed && policies_.has_crashed(id)) co_await forget_crashes_of(id);
  carried_.erase(id);
  in_flight_ = carried_.size();
  wake();
}

// Nothing of this delivery is under way any more: what its attempt's phase says is the truth, as after a crash.
Async<void> Dispatcher::Engine::give_up(std::int64_t delivery, std::int64_t epoch) {
  try {
    co_await write([&](storage::Transaction& tx) { recover_one(tx, delivery, epoch, now() + scaled(kPauseAfterFailure), quiet_time_); });
  } catch (const std::exception& failure) {  // the lease stays until this worker ends
    log::error("engine.delivery_stuck", {{"delivery", delivery}, {"what", failure.what()}});
  }
}

Dispatcher::Dispatcher(Surroundings surroundings, DispatcherOptions options)
    : engine_(std::make_unique<Engine>(surroundings, std::move(options))) {}
Dispatcher::~Dispatcher() = default;
void Dispatcher::start() { engine_->start(); }
void Dispatcher::start_by_hand() { engine_->start_by_hand(); }
void Dispatcher::run_ready() { engine_->run_ready(); }
void Dispatcher::wake() { engine_->wake(); }
void Dispatcher::wake_for(Instant due) { engine_->wake_for(due); }
void Dispatcher::stop(Duration grace) { engine_->stop(grace); }
Origin Dispatcher::origin() const { return engine_->origin(); }
Result<Adoption> Dispatcher::adopt(AdoptAs as) { return engine_->adopt(as); }
void Dispatcher::trust_clock() { engine_->trust_clock(); }
std::size_t Dispatcher::in_flight() const { return engine_->in_flight(); }

}  // namespace postmypost::publishing
