// How a delivery ends, or waits: each is one transaction of outcome, disclosure result, events and lane.
#include <boost/json.hpp>

#include <algorithm>
#include <array>

#include "base/fault_point.hpp"
#include "publishing/engine.hpp"
#include "publishing/transitions.hpp"

namespace postmypost::publishing {
namespace {

using vault::DisclosureOutcome;

// Pauses between tries that were proven not applied; after the last one it stays.
constexpr auto kPauses = std::to_array<Duration>({seconds(2), seconds(10), seconds(30), minutes(2), minutes(5)});

Duration pause_after(std::int64_t tries) {
  return kPauses[std::min(static_cast<std::size_t>(tries), kPauses.size() - 1)];
}

void record_disclosure(storage::Transaction& tx, const Delivery& delivery, DisclosureOutcome outcome, Instant now) {
  if (delivery.disclosure_id) vault::Ledger::record_outcome(tx, *delivery.disclosure_id, outcome, now);
}

void close_unresolved(storage::Transaction& tx, const Delivery& delivery, std::string_view outcome, Instant now) {
  if (const auto attempt = unresolved_attempt(tx, delivery)) {
    close_attempt(tx, attempt->id, outcome, /*if_ungated=*/false, now);
  }
}

std::map<std::string, std::string> params_of(const Error& error) {
  std::map<std::string, std::string> params = error.params;
  params["error"] = error.code;
  return params;
}

}  // namespace

Async<void> Dispatcher::Engine::give_back(Work& work) {
  co_await write([&](storage::Transaction& tx) {
    Delivery delivery = *load_delivery(tx, work.delivery.id);
    move(tx, delivery, {.to = State::kScheduled, .code = "given_back", .ready_at = delivery.due}, now());
    free_lane(tx, delivery);
  });
}

void Dispatcher::Engine::write_published(storage::Transaction& tx, Work& work, const networks::Published& published,
                                         std::string_view code) {
  Delivery delivery = *load_delivery(tx, work.delivery.id);
  const bool taken =
      !published.remote_id.empty() &&
      tx.value<std::int64_t>("select id from delivery where account_id=$1 and remote_id=$2 and id<>$3",
                             delivery.account_id, published.remote_id, delivery.id)
          .has_value();
  close_unresolved(tx, delivery, taken ? "names_another_delivery" : "applied", now());
  record_disclosure(tx, delivery, DisclosureOutcome::kDelivered, now());
  if (taken) {  // I6: a remote id belongs to one delivery
    move(tx, delivery, {.to = State::kHeld, .code = "names_another_delivery", .reason = reason::kDuplicate}, now());
  } else {
    std::optional<std::string> id, link;
    if (!published.remote_id.empty()) id = published.remote_id;
    if (!published.permalink.empty()) link = published.permalink;
    tx.execute("update delivery set remote_id=$2, permalink=$3, sent_at=$4, progress=$5, last_error=null where id=$1",
               delivery.id, id, link, now(), boost::json::serialize(work.delivery.progress));
    delivery.last_error.reset();
    move(tx, delivery, {.to = State::kPublished, .code = code}, now());
  }
  free_lane(tx, delivery);
}

Async<void> Dispatcher::Engine::end_published(Work& work, networks::Published published, std::string_view code) {
  co_await write([&](storage::Transaction& tx) {
    FAULT_POINT("engine.before_outcome");
    write_published(tx, work, published, code);
  });
  FAULT_POINT("engine.outcome");
}

Async<void> Dispatcher::Engine::end_not_applied(Work& work, const networks::NotApplied& why) {
  co_await write([&](storage::Transaction& tx) {
    Delivery delivery = *load_delivery(tx, work.delivery.id);
    close_unresolved(tx, delivery, "not_applied", now());
    if (why.permanent) {
      record_disclosure(tx, delivery, DisclosureOutcome::kNotSent, now());
      move(tx, delivery,
           {.to = State::kFailed,
            .code = "refused",
            .params = params_of(why.error),
            .reason = reason::kContent,
            .error = why.error},
           now());
    } else {
      const Instant at = std::max(why.retry_at.value_or(Instant{0}), now() + scaled(pause_after(delivery.tries)));
      if (why.retry_at) hold_back_lane(tx, delivery.account_id, *why.retry_at);
      tx.execute("update delivery set tries=tries+1 where id=$1", delivery.id);
      if (why.restart) tx.execute("update delivery set progress='{}' where id=$1", delivery.id);
      std::map<std::string, std::string> params = params_of(why.error);
      params["until"] = to_rfc3339(at);
      move(tx, delivery,
           {.to = State::kRetryWait, .code = "not_applied", .params = params, .ready_at = at, .error = why.error},
           now());
    }
    free_lane(tx, delivery);
  });
}

Async<void> Dispatcher::Engine::end_account_lost(Work& work, const Error& why) {
  co_await write([&](storage::Transaction& tx) {
    Delivery delivery = *load_delivery(tx, work.delivery.id);
    close_unresolved(tx, delivery, "not_applied", now());
    record_disclosure(tx, delivery, DisclosureOutcome::kNotSent, now());
    with_.accounts.needs_reconnect(tx, delivery.account_id, why);
    move(tx, delivery,
         {.to = State::kHeld, .code = "account_lost", .params = params_of(why), .reason = reason::kAuth, .error = why},
         now());
    free_lane(tx, delivery);
  });
}

Async<void> Dispatcher::Engine::end_in_doubt(Work& work, std::string_view why) {
  co_await write([&](storage::Transaction& tx) {
    Delivery delivery = *load_delivery(tx, work.delivery.id);
    const auto attempt = unresolved_attempt(tx, delivery);
    const Instant gate = attempt && attempt->gate_at ? *attempt->gate_at : now();
    record_disclosure(tx, delivery, DisclosureOutcome::kUnknown, now());
    tx.execute("update delivery set sent_at=$2, tries=0 where id=$1", delivery.id, gate);
    move(tx, delivery,
         {.to = State::kUnknown,
          .code = "no_answer",
          .params = {{"why", std::string(why)}},
          .ready_at = std::max(gate + scaled(work.capabilities.max_processing), now())},
         now());
    free_lane(tx, delivery);
  });
}

Async<void> Dispatcher::Engine::end_refused(Delivery claimed, const Error& why, bool needs_reconnect) {
  co_await write([&](storage::Transaction& tx) {
    Delivery delivery = *load_delivery(tx, claimed.id);
    close_unresolved(tx, delivery, "not_applied", now());
    record_disclosure(tx, delivery, DisclosureOutcome::kNotSent, now());
    move(tx, delivery,
         {.to = needs_reconnect ? State::kHeld : State::kFailed,
          .code = needs_reconnect ? "account_lost" : "refused",
          .params = params_of(why),
          .reason = needs_reconnect ? reason::kAuth : reason::kContent,
          .error = why},
         now());
    free_lane(tx, delivery);
  });
}

}  // namespace postmypost::publishing
