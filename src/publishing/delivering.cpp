// One delivery from claim to outcome: the straight path of the product.
#include <algorithm>
#include <boost/json.hpp>

#include "accounts/transfers.hpp"
#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "publishing/answered.hpp"
#include "publishing/engine.hpp"

namespace postmypost::publishing {

namespace {

constexpr int kMostSteps = 64;  // a machine that never ends is a bug of its connector

Error no_answer_while_preparing() {
  return {.kind = ErrorKind::kUpstream,
          .code = "network.no_answer",
          .detail = "The network did not answer while the post was prepared.",
          .how_to_fix = "Nothing to do: it is tried again."};
}

Error disconnected_meanwhile() {
  return {.kind = ErrorKind::kConflict,
          .code = "account.needs_reconnect",
          .detail = "The account was disconnected while its post was being prepared.",
          .how_to_fix = "Open Accounts and reconnect it."};
}

Error journal_failed() {
  return {.kind = ErrorKind::kUnavailable,
          .code = "engine.journal_failed",
          .detail = "The sent-journal can't be written, so nothing may be sent.",
          .how_to_fix = "Make room on its disk; the server's log says what failed."};
}

}  // namespace

Async<void> Dispatcher::Engine::deliver(Work work) {
  if (co_await look_before_sending(work) == Then::kEnded) co_return;
  for (int steps = 0; steps < kMostSteps; ++steps) {
    if (stopping_ && work.delivery.state != State::kSending) co_return co_await give_back(work);
    const networks::Next next = next_step(work);
    if (const auto* step = std::get_if<networks::Step>(&next)) {
      const bool visible = step->effect == networks::Effect::kVisible;
      const Then then = visible ? co_await take_visible(work, *step) : co_await take_invisible(work, *step);
      if (then == Then::kEnded) co_return;
    } else if (std::get_if<networks::LocalEffect>(&next)) {
      co_return co_await publish_here(work);
    } else if (const auto* published = std::get_if<networks::Published>(&next)) {
      co_return co_await end_published(work, *published, "answered");
    } else if (const auto* refused = std::get_if<networks::Refused>(&next)) {
      co_return co_await end_refused(work, refused->error, refused->needs_reconnect);
    } else {
      throw std::logic_error("a publish flow of " + work.delivery.channel + " gave what only other flows give");
    }
  }
  throw std::logic_error("a publish flow of " + work.delivery.channel + " does not end");
}

vault::Disclosure Dispatcher::Engine::disclosure_of(const Work& work, std::vector<std::string> what) const {
  return {.recipient_host = work.account.facts.host,
          .recipient = work.account.facts.recipient,
          .country = std::string(work.network->channel().country),
          .what = std::move(what),
          .purpose = vault::Purpose::kPublish,
          .clause = "3.2.2",
          .project_id = work.delivery.project_id,
          .account_id = work.delivery.account_id,
          .publication_id = work.delivery.publication_id,
          .evidence = "delivery:" + work.delivery.uid};
}

// What the whole delivery will hand over: the row is written once, before its first byte.
std::vector<std::string> Dispatcher::Engine::disclosed_kinds(const networks::Content& content) {
  std::vector<std::string> kinds = {"credential", "text"};
  if (!content.pictures.empty()) kinds.emplace_back("pictures");
  const bool described = std::ranges::any_of(content.pictures, [](const auto& picture) { return !picture.alt.empty(); });
  if (described) kinds.emplace_back("alt_text");
  return kinds;
}

// A look or a renewal of the session: one row for all of a delivery's, in whichever claim.
Async<http::Answer> Dispatcher::Engine::send_aside(Work& work, Aside& aside, std::string_view what_for, const networks::Step& step) {
  if (!aside.row) {
    vault::Disclosure disclosure = disclosure_of(work, {"credential"});
    disclosure.evidence = std::string(what_for) + ":" + work.delivery.uid;
    aside.row.emplace(co_await write([&](storage::Transaction& tx) {
      auto earlier = vault::Ledger::find(tx, work.delivery.publication_id, disclosure.evidence);
      return earlier ? std::move(*earlier) : vault::Ledger::record(tx, disclosure, now());
    }));
  }
  http::Answer answer = co_await send(work, *aside.row, step);
  accounts::combine(aside.outcome, accounts::outcome_of(answer));
  co_return answer;
}

// Before the first byte of what is no visible step: those write it down with their INTENT. Who slept past the lease writes a row
// of its own, which the delivery of others doesn't point to.
Async<void> Dispatcher::Engine::disclose(Work& work, std::vector<std::string> what) {
  if (work.disclosure) co_return;
  work.disclosure.emplace(co_await write([&](storage::Transaction& tx) {
    auto recorded = vault::Ledger::record(tx, disclosure_of(work, what), now());
    tx.execute("update delivery set disclosure_id=$2 where id=$1 and epoch=$3", work.delivery.id, recorded.id(), work.delivery.epoch);
    return recorded;
  }));
  work.delivery.disclosure_id = work.disclosure->id();
}

Async<Dispatcher::Engine::Then> Dispatcher::Engine::take_invisible(Work& work, const networks::Step& step) {
  co_await disclose(work, disclosed_kinds(work.content));
  const http::Answer answer = co_await send(work, *work.disclosure, step);
  const networks::Verdict verdict = read(work, step, answer, 1);
  if (const auto* done = std::get_if<networks::Done>(&verdict)) {
    for (const auto& member : done->learnt) work.delivery.progress[member.key()] = member.value();
    if (work.delivery.state == State::kSending) co_return Then::kGoOn;  // kept with the outcome
    const bool is_ours = co_await prepared(work);
    FAULT_POINT("engine.prepared");
    co_return is_ours ? Then::kGoOn : Then::kEnded;
  }
  if (const auto* wait = std::get_if<networks::WaitUntil>(&verdict)) {
    co_await sleep(scaled(wait->pause));
    co_return Then::kGoOn;
  }
  if (std::get_if<networks::SessionExpired>(&verdict)) {
    co_return co_await renew_session(work) ? Then::kGoOn : Then::kEnded;
  }
  if (const auto* lost = std::get_if<networks::AccountLost>(&verdict)) {
    co_await end_account_lost(work, lost->error);
  } else if (const auto* not_applied = std::get_if<networks::NotApplied>(&verdict)) {
    co_await end_not_applied(work, *not_applied);
  } else {
    // Nothing visible was asked for, so a lost answer leaves at most an orphan upload: do it again.
    co_await end_not_applied(work, {.error = no_answer_while_preparing()});
  }
  co_return Then::kEnded;
}

// Keeps what an invisible step taught, so that a crash resumes behind it. False: the lease was lost.
Async<bool> Dispatcher::Engine::prepared(Work& work) {
  work.delivery.content_digest = work.content_digest;
  Moving moving{.delivery = work.delivery, .change = {.to = State::kPrepared, .code = "prepared"}};
  const bool moved = co_await write([&](storage::Transaction& tx) -> bool {
    moving.delivery = work.delivery;  // the write may run again
    return move_each(tx, std::span(&moving, 1), Guard::kNone, now())[0];
  });
  if (moved) work.delivery = std::move(moving.delivery);
  co_return moved;
}

Async<Dispatcher::Engine::Then> Dispatcher::Engine::take_visible(Work& work, const networks::Step& step) {
  FAULT_POINT("engine.before_intent");
  Refusal refusal = Refusal::kNone;
  bool is_journaled = true;
  try {
    refusal = co_await intend(work, step);
  } catch (const storage::DatabaseError& failure) {
    if (!work.open_attempt) throw;  // the INTENT itself was not written
    log::error("engine.journal_failed", {{"what", failure.what()}});
    is_journaled = false;
  }
  if (!is_journaled) {
    co_await end_not_applied(work, {.error = journal_failed()});
    co_return Then::kEnded;
  }
  switch (refusal) {
    case Refusal::kNone: break;
    case Refusal::kTooLate: co_await give_back(work); co_return Then::kEnded;  // the next claim puts it aside
    case Refusal::kNotConnected: co_await end_refused(work, disconnected_meanwhile(), true); co_return Then::kEnded;
    case Refusal::kRestricted: co_await end_restricted(work); co_return Then::kEnded;
    case Refusal::kNotOurs:  // or ours, but its first COMMIT got no answer: then what the row says is judged as after a crash
      co_await give_up(work.delivery.id, work.delivery.epoch);
      co_return Then::kEnded;
  }
  const http::Answer answer = co_await send_gated(work, step);
  FAULT_POINT("engine.answered");
  co_return co_await judge(work, read(work, step, answer, work.attempts[step.name]));
}

// What the answer to a visible step proves.
Async<Dispatcher::Engine::Then> Dispatcher::Engine::judge(Work& work, networks::Verdict verdict) {
  if (const auto* done = std::get_if<networks::Done>(&verdict)) {
    for (const auto& member : done->learnt) work.delivery.progress[member.key()] = member.value();
    const networks::Next next = next_step(work);
    if (const auto* published = std::get_if<networks::Published>(&next)) {
      co_await end_published(work, *published, "answered");
      co_return Then::kEnded;
    }
    co_await close_step(work, "applied");
    co_return Then::kGoOn;
  }
  if (const auto* not_applied = std::get_if<networks::NotApplied>(&verdict)) {
    co_await end_not_applied(work, *not_applied);
  } else if (std::get_if<networks::SessionExpired>(&verdict)) {
    co_await close_step(work, "session_expired");
    if (co_await renew_session(work)) co_return Then::kGoOn;
  } else if (const auto* lost = std::get_if<networks::AccountLost>(&verdict)) {
    co_await end_account_lost(work, lost->error);
  } else {
    const auto* unclear = std::get_if<networks::Unclear>(&verdict);
    co_await end_in_doubt(work, unclear ? unclear->why : "no_answer");
  }
  co_return Then::kEnded;
}

// The step is over, the delivery goes on.
Async<void> Dispatcher::Engine::close_step(Work& work, std::string_view outcome) {
  co_await write([&](storage::Transaction& tx) {
    close_attempt(tx, *work.open_attempt, outcome, /*if_ungated=*/false, now());
    tx.execute("update delivery set progress=$2 where id=$1 and epoch=$3", work.delivery.id,
               boost::json::serialize(work.delivery.progress), work.delivery.epoch);
  });
  work.open_attempt.reset();
}

Async<http::Answer> Dispatcher::Engine::send(Work& work, const RecordedDisclosure& disclosure, const networks::Step& step) {
  http::Answer answer = co_await answered<http::Answer>(
      io_, [&](auto done) { with_.egress.start(disclosure, step.request, std::move(done)); });
  learn(work, answer);
  co_return answer;
}

// The own page: entry, outcome and events are one transaction, so there is nothing to gate and never a doubt.
Async<void> Dispatcher::Engine::publish_here(Work& work) {
  FAULT_POINT("engine.before_local");
  co_await write([&](storage::Transaction& tx) {
    const pages::Entry entry = with_.pages.publish(tx, work.delivery.account_id,
                                                   work.delivery.uid + "." + std::to_string(work.delivery.generation),
                                                   work.content.text, work.page_pictures, now());
    Ending ending{.delivery = work.delivery, .change = {.to = State::kPublished, .code = "published_here"}};
    ending.delivery.content_digest = work.content_digest;
    ending.delivery.remote_id = std::to_string(entry.id);
    ending.delivery.permalink = work.account.facts.url + "/" + std::to_string(entry.id);
    ending.delivery.sent_at = now();
    write_endings(tx, with_.accounts, std::span(&ending, 1), now());
  });
  FAULT_POINT("engine.local");
}

}  // namespace postmypost::publishing
