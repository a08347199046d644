// One delivery from claim to outcome: the straight path of the product.
#include <boost/json.hpp>

#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "publishing/answered.hpp"
#include "publishing/engine.hpp"
#include "publishing/transitions.hpp"

namespace postmypost::publishing {

namespace {

constexpr std::string_view kTooLate = "delivery.too_late";
constexpr int kMostSteps = 64;  // a machine that never ends is a bug of its connector

}  // namespace

Async<void> Dispatcher::Engine::deliver(Delivery delivery) {
  auto loaded = with_.database.read([&](storage::Transaction& tx) { return load_work(tx, with_, delivery); });
  if (!loaded) {
    co_await end_refused(std::move(delivery), loaded.error(), loaded.error().code.starts_with("account.needs"));
    co_return;
  }
  Work work = std::move(*loaded);
  for (int steps = 0; steps < kMostSteps; ++steps) {
    if (stopping_ && work.delivery.state != State::kSending) {
      co_await give_back(work);
      co_return;
    }
    const networks::Next next = work.network->publish(work.content, work.account, work.delivery.progress);
    if (const auto* step = std::get_if<networks::Step>(&next)) {
      const bool visible = step->effect == networks::Effect::kVisible;
      const Then then = visible ? co_await take_visible(work, *step) : co_await take_invisible(work, *step);
      if (then == Then::kEnded) co_return;
    } else if (std::get_if<networks::LocalEffect>(&next)) {
      co_return co_await publish_here(work);
    } else if (const auto* published = std::get_if<networks::Published>(&next)) {
      co_return co_await end_published(work, *published, "answered");
    } else if (const auto* refused = std::get_if<networks::Refused>(&next)) {
      co_return co_await end_refused(work.delivery, refused->error, refused->needs_reconnect);
    } else {
      throw std::logic_error("a publish flow of " + work.delivery.channel + " gave what only other flows give");
    }
  }
  throw std::logic_error("a publish flow of " + work.delivery.channel + " does not end");
}

void Dispatcher::Engine::write_down_disclosure(storage::Transaction& tx, Work& work,
                                               const std::vector<std::string>& what) {
  const Delivery& delivery = work.delivery;
  if (delivery.disclosure_id) return;
  std::vector<std::string> kinds = what;
  if (kinds.empty()) kinds = {"credential"};
  const RecordedDisclosure recorded = vault::Ledger::record(tx,
                                                            {.recipient_host = work.account.facts.host,
                                                             .recipient = work.account.facts.recipient,
                                                             .country = std::string(work.network->channel().country),
                                                             .what = kinds,
                                                             .purpose = vault::Purpose::kPublish,
                                                             .clause = "3.2.2",
                                                             .project_id = delivery.project_id,
                                                             .account_id = delivery.account_id,
                                                             .publication_id = delivery.publication_id,
                                                             .evidence = "delivery:" + delivery.uid},
                                                            now());
  tx.execute("update delivery set disclosure_id=$2 where id=$1", delivery.id, recorded.id());
}

// What the whole delivery will hand over: the row is written once, before its first byte.
static std::vector<std::string> disclosed_kinds(const Work& work) {
  std::vector<std::string> kinds = {"credential", "text"};
  if (!work.content.pictures.empty()) kinds.emplace_back("pictures");
  for (const auto& picture : work.content.pictures) {
    if (picture.alt.empty()) continue;
    kinds.emplace_back("alt_text");
    break;
  }
  return kinds;
}

Async<Dispatcher::Engine::Then> Dispatcher::Engine::take_invisible(Work& work, const networks::Step& step) {
  if (!work.delivery.disclosure_id || !work.delivery.content_digest) {
    work.delivery = co_await write([&](storage::Transaction& tx) {
      write_down_disclosure(tx, work, disclosed_kinds(work));
      tx.execute("update delivery set content_digest=$2 where id=$1", work.delivery.id, work.content_digest);
      return *load_delivery(tx, work.delivery.id);
    });
  }
  const http::Answer answer = co_await send(work, step);
  const networks::Verdict verdict = work.network->read(step, answer, 1, now());
  if (const auto* done = std::get_if<networks::Done>(&verdict)) {
    for (const auto& member : done->learnt) work.delivery.progress[member.key()] = member.value();
    co_await write([&](storage::Transaction& tx) {
      tx.execute("update delivery set progress=$2 where id=$1", work.delivery.id,
                 boost::json::serialize(work.delivery.progress));
      if (work.delivery.state == State::kClaimed) {
        Delivery moved = work.delivery;
        move(tx, moved, {.to = State::kPrepared, .code = "prepared"}, now());
        return moved.state;
      }
      return work.delivery.state;
    });
    if (work.delivery.state == State::kClaimed) work.delivery.state = State::kPrepared;
    FAULT_POINT("engine.prepared");
    co_return Then::kGoOn;
  }
  if (const auto* wait = std::get_if<networks::WaitUntil>(&verdict)) {
    co_await sleep(scaled(wait->pause));
    co_return Then::kGoOn;
  }
  if (std::get_if<networks::SessionExpired>(&verdict)) {
    if (co_await renew_session(work)) co_return Then::kGoOn;
    co_return Then::kEnded;
  }
  if (const auto* lost = std::get_if<networks::AccountLost>(&verdict)) {
    co_await end_account_lost(work, lost->error);
  } else if (const auto* not_applied = std::get_if<networks::NotApplied>(&verdict)) {
    co_await end_not_applied(work, *not_applied);
  } else {
    // Nothing visible was asked for, so a lost answer leaves at most an orphan upload: do it again.
    co_await end_not_applied(work, {.error = {.kind = ErrorKind::kUpstream,
                                              .code = "network.no_answer",
                                              .detail = "The network did not answer while the post was prepared.",
                                              .how_to_fix = "Nothing to do: it is tried again."}});
  }
  co_return Then::kEnded;
}

Async<Dispatcher::Engine::Then> Dispatcher::Engine::take_visible(Work& work, const networks::Step& step) {
  FAULT_POINT("engine.before_intent");
  // I1, I7, I8: INTENT, disclosure and the last look at the account are one transaction.
  auto intent = co_await write([&](storage::Transaction& tx) -> Result<Attempt> {
    const bool late = work.delivery.due + options_.claims.late_window < now();  // the store was away for long
    if (late && work.delivery.state != State::kSending) return fail({.code = std::string(kTooLate)});
    const auto account = with_.accounts.load(tx, work.delivery.account_id);
    if (!account || account->state != projects::AccountState::kConnected) {
      return fail({.kind = ErrorKind::kConflict,
                   .code = "account.needs_reconnect",
                   .detail = "The account was disconnected while its post was being prepared.",
                   .how_to_fix = "Open Accounts and reconnect it."});
    }
    write_down_disclosure(tx, work, disclosed_kinds(work));
    tx.execute("update delivery set content_digest=$2 where id=$1", work.delivery.id, work.content_digest);
    Delivery sending = work.delivery;
    if (sending.state != State::kSending) move(tx, sending, {.to = State::kSending, .code = "intent"}, now());
    const Attempt attempt = open_intent(tx, sending, step.name, digest_of(step.request), now());
    FAULT_POINT("engine.inside_intent");
    return attempt;
  });
  if (!intent) {
    if (intent.error().code == kTooLate) {
      co_await give_back(work);  // the next claim puts it aside
    } else {
      co_await end_refused(work.delivery, intent.error(), true);
    }
    co_return Then::kEnded;
  }
  work.delivery = *with_.database.read([&](storage::Transaction& tx) { return load_delivery(tx, work.delivery.id); });
  FAULT_POINT("engine.intent");
  const http::Answer answer = co_await send_gated(work, step, intent->id);
  FAULT_POINT("engine.answered");

  const int tries = with_.database.read(
      [&](storage::Transaction& tx) { return count_attempts(tx, work.delivery, step.name); });
  const networks::Verdict verdict = work.network->read(step, answer, tries, now());
  if (const auto* done = std::get_if<networks::Done>(&verdict)) {
    for (const auto& member : done->learnt) work.delivery.progress[member.key()] = member.value();
    const networks::Next next = work.network->publish(work.content, work.account, work.delivery.progress);
    if (const auto* published = std::get_if<networks::Published>(&next)) {
      co_await end_published(work, *published, "answered");
      co_return Then::kEnded;
    }
    co_await write([&](storage::Transaction& tx) {
      close_attempt(tx, intent->id, "applied", /*if_ungated=*/false, now());
      tx.execute("update delivery set progress=$2 where id=$1", work.delivery.id,
                 boost::json::serialize(work.delivery.progress));
    });
    co_return Then::kGoOn;
  }
  if (const auto* not_applied = std::get_if<networks::NotApplied>(&verdict)) {
    co_await end_not_applied(work, *not_applied);
  } else if (std::get_if<networks::SessionExpired>(&verdict)) {
    co_await write([&](storage::Transaction& tx) {
      close_attempt(tx, intent->id, "session_expired", /*if_ungated=*/false, now());
    });
    if (co_await renew_session(work)) co_return Then::kGoOn;
  } else if (const auto* lost = std::get_if<networks::AccountLost>(&verdict)) {
    co_await end_account_lost(work, lost->error);
  } else {
    const auto* unclear = std::get_if<networks::Unclear>(&verdict);
    co_await end_in_doubt(work, unclear ? unclear->why : "no_answer");
  }
  co_return Then::kEnded;
}

Async<http::Answer> Dispatcher::Engine::send(const Work& work, const networks::Step& step) {
  const auto disclosure = with_.database.read(
      [&](storage::Transaction& tx) { return vault::Ledger::recorded(tx, *work.delivery.disclosure_id); });
  co_return co_await answered<http::Answer>(io_, [&](auto done) {
    with_.egress.start(*disclosure, step.request, std::move(done));
  });
}

Async<http::Answer> Dispatcher::Engine::send_gated(const Work& work, const networks::Step& step,
                                                   std::int64_t attempt) {
  const auto disclosure = with_.database.read(
      [&](storage::Transaction& tx) { return vault::Ledger::recorded(tx, *work.delivery.disclosure_id); });
  http::OutgoingRequest request = step.request;
  request.gated = true;
  // The gate is asked on the client's thread and answered by the writer's, after the compare-and-set is durable (I2).
  const auto ask = [this, delivery = work.delivery, attempt](std::function<void(http::GateDecision)> decide) {
    auto passed = std::make_shared<bool>(false);
    with_.database.submit(
        storage::Queue::kEngine,
        [this, delivery, attempt, passed](storage::Transaction& tx) {
          FAULT_POINT("engine.before_gate");
          *passed = pass_gate(tx, delivery, attempt, now());
          return *passed;
        },
        [decide = std::move(decide), passed](std::exception_ptr failure) {
          if (!failure && *passed) FAULT_POINT("engine.gate");
          decide(!failure && *passed ? http::GateDecision::kRelease : http::GateDecision::kWithhold);
        });
  };
  co_return co_await answered<http::Answer>(io_, [&](auto done) {
    with_.egress.start(*disclosure, std::move(request), std::move(done), ask);
  });
}

// The own page: entry, outcome and events are one transaction, so there is nothing to gate and never a doubt.
Async<void> Dispatcher::Engine::publish_here(Work& work) {
  FAULT_POINT("engine.before_local");
  co_await write([&](storage::Transaction& tx) {
    const pages::Entry entry = with_.pages.publish(tx, work.delivery.account_id,
                                                   work.delivery.uid + "." + std::to_string(work.delivery.generation),
                                                   work.content.text, work.page_pictures, now());
    tx.execute("update delivery set content_digest=$2 where id=$1", work.delivery.id, work.content_digest);
    write_published(tx, work,
                    {.remote_id = std::to_string(entry.id),
                     .permalink = work.account.facts.url + "/" + std::to_string(entry.id)},
                    "published_here");
  });
  FAULT_POINT("engine.local");
}

}  // namespace postmypost::publishing
