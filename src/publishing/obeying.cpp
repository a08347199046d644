// Where the engine obeys the policies: what it may claim, what it puts off, what it learns from answers.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "accounts/transfers.hpp"
#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "base/zones.hpp"
#include "publishing/answered.hpp"
#include "publishing/engine.hpp"
#include "publishing/zone_moves.hpp"

namespace postmypost::publishing {

namespace asio = boost::asio;

namespace {

constexpr Duration kBetweenQuestions = minutes(1);
constexpr std::size_t kMostAsked = 3;
constexpr Duration kOneAfterAnother = seconds(10);  // of those that must run alone

std::string_view event_of(const Waiting& why) {
  if (why.code == "quota") return "held_back_by_quota";
  return why.code == "alone" ? "waits_to_run_alone" : "held_back";
}

// Back to its line, or to its doubt, until the hold is over.
Ending put_off(const Work& work, const Policies::Hold& hold, Instant now) {
  const bool looks = work.delivery.state == State::kReconciling;
  std::map<std::string, std::string> params = hold.why.params;
  params["until"] = to_rfc3339(hold.until);
  return {.delivery = work.delivery,
          .change = {.to = looks ? State::kUnknown : State::kScheduled,
                     .code = event_of(hold.why),
                     .params = std::move(params),
                     .ready_at = looks ? now : work.delivery.due},
          .lane_not_before = hold.until};
}

// It killed the process while it ran alone. Where a byte may have left it is a doubt, never simply to be tried again.
Ending hold_for_person(const Delivery& delivery) {
  const bool in_doubt = delivery.state == State::kReconciling;
  return {.delivery = delivery,
          .change = {.to = State::kHeld, .code = "crashed_alone", .reason = in_doubt ? reason::kUndecided : reason::kPoison}};
}

}  // namespace

// After the leases of the dead were ended (the clock is watched since before), before anything is claimed.
void Dispatcher::Engine::begin_policies() {
  const std::size_t moved = follow_zone_rules(with_.database, {}, now());
  if (moved > 0) log::warning("engine.moved_by_zone_rules", {{"publications", moved}});
  if (at_work_ || options_.at_work.empty()) return;  // adopted: counted before
  at_work_ = std::make_unique<AtWork>(options_.at_work);
  if (at_work_->left().empty()) return;
  log::warning("engine.crashed_at_work", {{"deliveries", at_work_->left().size()}});
  with_.database.write([&](storage::Transaction& tx) { count_crash(tx, at_work_->left(), now()); }, storage::Queue::kEngine);
}

void Dispatcher::Engine::trust_clock() {
  asio::post(io_, [this] {
    policies_.trust_clock();
    wake();
  });
}

bool Dispatcher::Engine::has_room_to_begin() const { return !with_.database.is_full() && !with_.journal.is_short_of_space(); }

Async<bool> Dispatcher::Engine::may_claim() {
  const std::string_view doubt = policies_.clock_doubt();
  co_await explain_pause(doubt.empty() ? "" : "clock." + std::string(doubt));
  if (!doubt.empty() && with_.clock.since_boot() >= next_question_) {
    next_question_ = with_.clock.since_boot() + scaled(kBetweenQuestions);
    asio::co_spawn(io_, ask_the_time(), asio::detached);
  }
  co_return doubt.empty();
}

// A doubted clock needs witnesses, and nothing that is published brings any: the front pages of connected accounts' servers are
// asked, for the `Date` of their answers. Nothing but our address is handed over.
Async<void> Dispatcher::Engine::ask_the_time() {
  std::map<std::string, vault::Disclosure> servers;
  with_.database.read([&](storage::Transaction& tx) {
    for (const auto& [id] : tx.rows<std::int64_t>("select id from account where state='connected' order by id desc limit 20")) {
      const auto account = with_.accounts.load(tx, id);
      if (!account || account->channel == "own_page" || servers.size() == kMostAsked) continue;
      servers[account->host] = {.recipient_host = account->host, .recipient = account->recipient, .what = {"address"},
                                .purpose = vault::Purpose::kPublish, .account_id = id, .evidence = "clock"};
    }
  });
  for (const auto& [host, disclosure] : servers) {
    const auto recorded = co_await write([&](storage::Transaction& tx) { return vault::Ledger::record(tx, disclosure, now()); });
    const http::Answer answer = co_await answered<http::Answer>(io_, [&](auto done) {
      with_.egress.start(recorded, {.method = "GET", .url = "https://" + host + "/"}, std::move(done));
    });
    co_await write([&](storage::Transaction& tx) {
      vault::Ledger::record_outcome(tx, recorded.id(), accounts::outcome_of(answer), now());
    });
    policies_.hear(answer, host);
  }
}

Async<void> Dispatcher::Engine::explain_pause(std::string code) {
  if (code == pause_) co_return;
  pause_ = code;
  if (!code.empty()) log::warning("engine.paused", {{"why", code}});
  co_await write([&](storage::Transaction& tx) {
    publishing::explain_pause(tx, worker_, code.empty() ? std::nullopt : std::optional<std::string_view>(code), now());
  });
}

// The works that go on, in the order of what is left of `claimed`; the rest is put off or held, in one write.
Async<std::vector<Loaded>> Dispatcher::Engine::load_and_hold_back(std::vector<Delivery>& claimed) {
  std::vector<Loaded> works;
  std::vector<Delivery> going;
  std::vector<Ending> endings;
  std::vector<Policies::Hold> holds;  // of the endings' lanes; none of those held for a person
  std::vector<std::int64_t> poisoned;
  with_.database.read([&](storage::Transaction& tx) {
    policies_.refresh(tx);
    for (Delivery& delivery : claimed) {
      const Sentence sentence = policies_.sentence(delivery.id);
      if (sentence == Sentence::kHold) {
        endings.push_back(hold_for_person(delivery));
        poisoned.push_back(delivery.id);
        continue;
      }
      Loaded work = working_on(delivery, [&] { return load_work(tx, with_, delivery); });
      std::optional<Policies::Hold> hold = work ? policies_.hold(tx, *work) : std::nullopt;
      const bool alone = work && !hold && sentence == Sentence::kAlone;
      if (alone && waits_to_run_alone_) hold = Policies::Hold{now() + scaled(kOneAfterAnother), {"alone"}};
      if (hold) {
        endings.push_back(put_off(*work, *hold, now()));
        holds.push_back(*hold);
      } else if (alone) {
        carried_.insert(delivery.id);
        in_flight_ = carried_.size();
        waits_to_run_alone_ = std::move(*work);
      } else {
        works.push_back(std::move(work));
        going.push_back(std::move(delivery));
      }
    }
  });
  claimed = std::move(going);
  if (endings.empty()) co_return works;
  co_await write([&](storage::Transaction& tx) {
    write_endings(tx, with_.accounts, endings, now());
    std::size_t next = 0;
    for (const Ending& ending : endings) {
      if (ending.change.to == State::kHeld) continue;
      const Policies::Hold& hold = holds[next++];
      explain_lane(tx, ending.delivery.account_id, hold.until, hold.why);
    }
    for (const std::int64_t id : poisoned) forget_last_crash(tx, id);
  });
  co_return works;
}

// It has crashed the process twice: nothing else is in flight, and nothing is claimed until it has ended.
Async<void> Dispatcher::Engine::run_alone(Work work) {
  is_running_alone_ = true;
  co_await explain_pause("others.alone");
  Delivery delivery = work.delivery;
  co_await carry(std::move(delivery), std::move(work));
  is_running_alone_ = false;
  co_await explain_pause("");
  wake();
}

Async<void> Dispatcher::Engine::forget_crashes_of(std::int64_t delivery) {
  co_await write([&](storage::Transaction& tx) { forget_crashes(tx, delivery); });
}

void Dispatcher::Engine::learn(Work& work, const http::Answer& answer) {
  for (Breakers::Change& change : policies_.learn(work, answer)) {
    asio::co_spawn(io_, keep(std::move(change)), asio::detached);
  }
}

Async<void> Dispatcher::Engine::keep(Breakers::Change change) {
  try {
    co_await write([&](storage::Transaction& tx) { Breakers::write(tx, change); });
  } catch (const std::exception& failure) {  // the engine stops, or the store is broken: breakers are only care
    log::warning("engine.breaker_not_written", {{"what", failure.what()}});
  }
  policies_.written(change);
}

networks::Next Dispatcher::Engine::next_step(const Work& work) {
  return working_on(work.delivery, [&] {
    FAULT_POINT("engine.rendering");
    return work.network->publish(work.content, work.account, work.delivery.progress);
  });
}

networks::Verdict Dispatcher::Engine::read(const Work& work, const networks::Step& step, const http::Answer& answer, int tries) {
  return working_on(work.delivery, [&] { return work.network->read(step, answer, tries, now()); });
}

}  // namespace postmypost::publishing
