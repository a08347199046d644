// How a delivery ends, or waits: what each verdict makes of it (endings.hpp writes it down).
#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "publishing/engine.hpp"

namespace postmypost::publishing {
namespace {

using vault::DisclosureOutcome;

// Pauses between tries that were proven not applied; after the last one it stays.
constexpr auto kPauses = std::to_array<Duration>({seconds(2), seconds(10), seconds(30), minutes(2), minutes(5)});

Duration pause_after(std::int64_t tries) {
  return kPauses[std::min(static_cast<std::size_t>(tries), kPauses.size() - 1)];
}

std::map<std::string, std::string> params_of(const Error& error) {
  std::map<std::string, std::string> params = error.params;
  params["error"] = error.code;
  return params;
}

std::optional<Closing> closing_of(const Work& work, std::string_view outcome) {
  if (!work.open_attempt) return std::nullopt;
  return Closing{.attempt_id = *work.open_attempt, .outcome = outcome};
}

Ending refusal(const Work& work, const Error& why, bool needs_reconnect, bool loses_account) {
  Ending ending{.delivery = work.delivery,
                .change = {.to = needs_reconnect ? State::kHeld : State::kFailed,
                           .code = needs_reconnect ? "account_lost" : "refused",
                           .params = params_of(why),
                           .reason = needs_reconnect ? reason::kAuth : reason::kContent,
                           .error = why},
                .closing = closing_of(work, "not_applied"),
                .loses_account = loses_account};
  if (ending.delivery.disclosure_id) ending.disclosed = DisclosureOutcome::kNotSent;
  return ending;
}

}  // namespace

Async<void> Dispatcher::Engine::end(Work& work, Ending ending) {
  record_in_journal(work, ending);
  for (Aside* aside : {&work.looks, &work.renewals}) {
    if (aside->outcome) ending.asides.push_back({aside->row->id(), *std::exchange(aside->outcome, std::nullopt)});
  }
  ending.lane_not_before = std::max(ending.lane_not_before, work.rest_until);
  FAULT_POINT("engine.before_outcome");
  co_await endings_.add(std::move(ending));
  FAULT_POINT("engine.outcome");
}

// The journal hears of the outcome of a visible step whether or not the database can take it now (W14). Nobody waits: without
// this entry its GATE says "may be there", which is true as well.
void Dispatcher::Engine::record_in_journal(const Work& work, const Ending& ending) {
  const Delivery& delivery = ending.delivery;
  const bool is_news = ending.closing || delivery.state == State::kSending;
  if (!work.open_attempt || !is_news) return;
  journal::Entry entry = entry_of(delivery, journal::Kind::kOutcome, {});
  entry.outcome = ending.closing ? ending.closing->outcome : "unknown";
  if (delivery.remote_id) {
    entry.sealed = seal_outcome(with_.vault, delivery.account_id,
                                {.remote_id = *delivery.remote_id, .permalink = delivery.permalink.value_or("")});
  }
  with_.journal.append(std::move(entry), [](std::exception_ptr failure) {
    if (failure) log::warning("engine.outcome_not_journaled");
  });
}

Async<void> Dispatcher::Engine::give_back(Work& work) {
  co_await end(work, {.delivery = work.delivery,
                      .change = {.to = State::kScheduled, .code = "given_back", .ready_at = work.delivery.due}});
}

Async<void> Dispatcher::Engine::end_published(Work& work, networks::Published published, std::string_view code) {
  Ending ending{.delivery = work.delivery,
                .change = {.to = State::kPublished, .code = code},
                .closing = closing_of(work, "applied"),
                .disclosed = DisclosureOutcome::kDelivered};
  if (!published.remote_id.empty()) ending.delivery.remote_id = std::move(published.remote_id);
  if (!published.permalink.empty()) ending.delivery.permalink = std::move(published.permalink);
  ending.delivery.sent_at = now();
  ending.delivery.last_error.reset();
  ending.lane_not_before = policies_.spacing_after(work);
  co_await end(work, std::move(ending));
}

Async<void> Dispatcher::Engine::end_not_applied(Work& work, const networks::NotApplied& why) {
  if (why.permanent) co_return co_await end_refused(work, why.error, /*needs_reconnect=*/false);
  if (auto change = policies_.limited(work, why)) co_await keep(std::move(*change));
  const Instant at = std::max(why.retry_at.value_or(Instant{0}), now() + scaled(pause_after(work.delivery.tries)));
  std::map<std::string, std::string> params = params_of(why.error);
  params["until"] = to_rfc3339(at);
  Ending ending{.delivery = work.delivery,
                .change = {.to = State::kRetryWait, .code = "not_applied", .params = std::move(params), .ready_at = at,
                           .error = why.error},
                .closing = closing_of(work, "not_applied"),
                .lane_not_before = why.retry_at.value_or(Instant{0})};
  if (ending.delivery.disclosure_id) ending.disclosed = DisclosureOutcome::kNotSent;  // until a later try says more
  ending.delivery.tries += 1;
  if (why.restart) ending.delivery.progress.clear();
  co_await end(work, std::move(ending));
}

Async<void> Dispatcher::Engine::end_account_lost(Work& work, const Error& why) {
  co_await end(work, refusal(work, why, /*needs_reconnect=*/true, /*loses_account=*/true));
}

Async<void> Dispatcher::Engine::end_in_doubt(Work& work, std::string_view why) {
  // GATE lies between INTENT and now: quiet counts from the later end, the life of a key from the earlier one.
  Ending ending{.delivery = work.delivery,
                .change = {.to = State::kUnknown, .code = "no_answer", .params = {{"why", std::string(why)}},
                           .ready_at = now() + scaled(work.capabilities.max_processing)},
                .disclosed = DisclosureOutcome::kUnknown};
  ending.delivery.sent_at = work.intent_at;
  ending.delivery.tries = 0;
  co_await end(work, std::move(ending));
}

// Its author paused what is done with their data after this was claimed, or before the calendar could say so.
Async<void> Dispatcher::Engine::end_restricted(Work& work) {
  Ending ending{.delivery = work.delivery,
                .change = {.to = State::kHeld, .code = "person_restricted", .reason = reason::kRestricted},
                .closing = closing_of(work, "not_applied")};
  if (ending.delivery.disclosure_id) ending.disclosed = DisclosureOutcome::kNotSent;
  co_await end(work, std::move(ending));
}

Async<void> Dispatcher::Engine::end_refused(Work& work, const Error& why, bool needs_reconnect) {
  co_await end(work, refusal(work, why, needs_reconnect, /*loses_account=*/false));
}

}  // namespace postmypost::publishing
