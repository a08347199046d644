// INTENT and GATE: each is durable in the database, then in the sent-journal, and only then do the bytes it speaks of leave.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "identity/identity.hpp"
#include "publishing/engine.hpp"

namespace postmypost::publishing {

namespace {

// From the commit of a GATE to its byte: an older yes is a no. The egress client adds two seconds of its own.
constexpr Duration kGateFreshness = seconds(2);

bool is_restricted(storage::Transaction& tx, const Delivery& delivery) {
  const auto author = tx.value<std::int64_t>("select author_id from publication where id=$1", delivery.publication_id);
  return author && !identity::Identity::may_publish(tx, *author);
}

}  // namespace

// I1, I3, I7, I8: INTENT, disclosure and the last look at account and lateness are one transaction.
Dispatcher::Engine::IntentsWritten Dispatcher::Engine::write_intents(storage::Transaction& tx, IntentRows& rows) {
  IntentsWritten written(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Delivery& delivery = rows[i].delivery;
    const bool is_late = delivery.due + options_.claims.late_window < now();  // the store was away for long
    if (is_late && delivery.state != State::kSending) written[i].refusal = Refusal::kTooLate;
  }
  record_disclosures(tx, rows, written);
  move_to_sending(tx, rows, written);
  std::vector<Intent> intents;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (written[i].refusal == Refusal::kNone) intents.push_back(rows[i].intent);
  }
  const std::vector<std::int64_t> attempts = open_intents(tx, intents, now());
  for (std::size_t next = 0; IntentWritten& one : written) {
    if (one.refusal == Refusal::kNone) one.attempt = attempts[next++];
  }
  FAULT_POINT("engine.inside_intent");
  return written;
}

void Dispatcher::Engine::record_disclosures(storage::Transaction& tx, IntentRows& rows, IntentsWritten& written) {
  std::vector<vault::Disclosure> disclosures;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (written[i].refusal != Refusal::kNone || !rows[i].disclosure) continue;
    disclosures.push_back(*rows[i].disclosure);
    places.push_back(i);
  }
  auto recorded = vault::Ledger::record_each(tx, disclosures, now());
  for (std::size_t n = 0; n < places.size(); ++n) {
    rows[places[n]].delivery.disclosure_id = recorded[n].id();
    written[places[n]].disclosure.emplace(std::move(recorded[n]));
  }
}

void Dispatcher::Engine::move_to_sending(storage::Transaction& tx, const IntentRows& rows, IntentsWritten& written) {
  std::vector<Moving> movings;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (written[i].refusal != Refusal::kNone) continue;
    movings.push_back({.delivery = rows[i].delivery, .change = {.to = State::kSending, .code = "intent"}});
    places.push_back(i);
  }
  const std::vector<bool> moved = move_each(tx, movings, Guard::kConnected, now());
  std::vector<vault::Ledger::Outcome> not_sent;
  for (std::size_t n = 0; n < places.size(); ++n) {
    IntentWritten& result = written[places[n]];
    if (moved[n]) {
      result.delivery = std::move(movings[n].delivery);
      continue;
    }
    const Delivery& claimed = rows[places[n]].delivery;
    const auto present = load_delivery(tx, claimed.id);
    const bool is_ours = present && present->epoch == claimed.epoch && present->state == claimed.state;
    result.refusal = !is_ours ? Refusal::kNotOurs : is_restricted(tx, claimed) ? Refusal::kRestricted : Refusal::kNotConnected;
    if (result.disclosure) not_sent.push_back({result.disclosure->id(), vault::DisclosureOutcome::kNotSent});
  }
  vault::Ledger::record_outcomes(tx, not_sent, now());
}

Async<Dispatcher::Engine::Refusal> Dispatcher::Engine::intend(Work& work, const networks::Step& step) {
  work.delivery.content_digest = work.content_digest;
  IntentRow row{.delivery = work.delivery,
                .intent = {.delivery_id = work.delivery.id,
                           .generation = work.delivery.generation,
                           .epoch = work.delivery.epoch,
                           .step = step.name,
                           .request_digest = digest_of(step.request)},
                .disclosure = {}};
  if (!work.disclosure) row.disclosure = disclosure_of(work, disclosed_kinds(work.content));
  journal::Entry entry = entry_of(work.delivery, journal::Kind::kIntent, step.name);
  entry.digest = row.intent.request_digest;
  IntentWritten written = co_await intents_.add(std::move(row));
  if (written.refusal != Refusal::kNone) co_return written.refusal;
  if (written.disclosure) work.disclosure = std::move(written.disclosure);
  work.delivery = std::move(written.delivery);
  work.open_attempt = written.attempt;
  work.intent_at = entry.at;
  ++work.attempts[step.name];
  FAULT_POINT("engine.intent");
  co_await journaled(std::move(entry));
  FAULT_POINT("engine.intent_journaled");
  co_return Refusal::kNone;
}

// I2. Asked on the client's thread, answered when the compare-and-set is durable in both.
Async<void> Dispatcher::Engine::open_gate(GateKey key, journal::Entry entry, Decide decide) {
  bool passed = false;
  try {
    passed = co_await gates_.add(key);
    if (passed) {
      FAULT_POINT("engine.gate");
      const Duration committed = with_.clock.since_boot();
      entry.at = now();
      co_await journaled(std::move(entry));
      passed = with_.clock.since_boot() < committed + kGateFreshness;
      FAULT_POINT("engine.gate_journaled");
    }
  } catch (const std::exception& failure) {
    passed = false;
    log::warning("engine.gate_failed", {{"delivery", key.delivery_id}, {"what", failure.what()}});
  }
  decide(passed ? http::GateDecision::kRelease : http::GateDecision::kWithhold);
}

Async<http::Answer> Dispatcher::Engine::send_gated(Work& work, const networks::Step& step) {
  http::OutgoingRequest request = step.request;
  request.gated = true;
  const GateKey key{.attempt_id = *work.open_attempt, .delivery_id = work.delivery.id, .epoch = work.delivery.epoch};
  const auto ask = [this, key, entry = entry_of(work.delivery, journal::Kind::kGate, step.name)](Decide decide) {
    boost::asio::co_spawn(io_, open_gate(key, entry, std::move(decide)), boost::asio::detached);
  };
  http::Answer answer = co_await answered<http::Answer>(io_, [&](auto done) {
    with_.egress.start(*work.disclosure, std::move(request), std::move(done), ask);
  });
  learn(work, answer);
  co_return answer;
}

Async<void> Dispatcher::Engine::journaled(journal::Entry entry) {
  struct Durable {
    std::exception_ptr failure;
  };
  const Durable durable = co_await answered<Durable>(io_, [&](auto done) {
    with_.journal.append(std::move(entry), [done](std::exception_ptr failure) { done(Durable{std::move(failure)}); });
  });
  if (durable.failure) std::rethrow_exception(durable.failure);
}

journal::Entry Dispatcher::Engine::entry_of(const Delivery& delivery, journal::Kind kind, std::string step) const {
  return {.kind = kind,
          .at = now(),
          .uid = delivery.uid,
          .generation = delivery.generation,
          .epoch = delivery.epoch,
          .step = std::move(step)};
}

}  // namespace postmypost::publishing
