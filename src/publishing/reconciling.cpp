// A doubt is resolved by reading the network, by the idempotency class of the account; where nobody can know, a person is
// asked (docs/publishing.md, "Reconcile"). Nothing here sends a visible byte.
#include <algorithm>

#include "base/fault_point.hpp"
#include "publishing/engine.hpp"
#include "publishing/transitions.hpp"

namespace postmypost::publishing {
namespace {

constexpr int kMostReads = 64;
constexpr Duration kLongestPause = minutes(10);

// Some networks let a person look in the past only so far: keys are not used in their last five minutes.
constexpr Duration kKeyMargin = minutes(5);

networks::DoubtContext doubt_of(storage::Transaction& tx, const Delivery& delivery) {
  networks::DoubtContext doubt;
  if (const auto attempt = last_gated_attempt(tx, delivery)) {
    doubt.intent_at = attempt->intent_at;
    doubt.gate_at = attempt->gate_at.value_or(attempt->intent_at);
  }
  for (const auto& [id] : tx.rows<std::string>(
           "select remote_id from delivery where account_id=$1 and remote_id is not null order by id desc limit 500",
           delivery.account_id)) {
    doubt.owned_remote_ids.push_back(id);
  }
  return doubt;
}

// When the network asked to be left alone until.
std::optional<Instant> reset_in(const networks::Verdict& verdict) {
  const auto* later = std::get_if<networks::NotApplied>(&verdict);
  return later ? later->retry_at : std::nullopt;
}

}  // namespace

Async<void> Dispatcher::Engine::look_for(Delivery delivery) {
  auto loaded = with_.database.read([&](storage::Transaction& tx) { return load_work(tx, with_, delivery); });
  if (!loaded) {
    Work blind{.delivery = std::move(delivery)};
    const networks::Network* network = with_.catalogue.find(blind.delivery.channel);
    if (network) blind.capabilities.idempotency = network->channel().idempotency;
    // Without access nobody can look, but it may come back; without the account it never will.
    if (loaded.error().code == "account.gone") co_return co_await end_undecided(blind, "account_gone");
    co_return co_await end_still_unknown(blind, loaded.error().code);
  }
  Work work = std::move(*loaded);
  const networks::DoubtContext doubt =
      with_.database.read([&](storage::Transaction& tx) { return doubt_of(tx, work.delivery); });
  networks::Progress read_so_far = work.delivery.progress;
  for (int reads = 0; reads < kMostReads; ++reads) {
    const networks::Next next = work.network->look_for(work.content, work.account, doubt, read_so_far);
    if (const auto* published = std::get_if<networks::Published>(&next)) {
      if (has_rival(work)) co_return co_await end_undecided(work, "same_text_in_doubt");
      co_return co_await end_published(work, *published, "found_by_reading");
    }
    if (std::get_if<networks::Absent>(&next)) co_return co_await end_absent(work);
    if (const auto* cannot = std::get_if<networks::CannotTell>(&next)) {
      co_return co_await end_undecided(work, cannot->why);
    }
    const auto* step = std::get_if<networks::Step>(&next);
    if (!step || step->effect == networks::Effect::kVisible) {
      co_return co_await end_undecided(work, "no_read_back");
    }
    const http::Answer answer = co_await send(work, *step);
    const networks::Verdict verdict = work.network->read(*step, answer, 1, now());
    if (const auto* done = std::get_if<networks::Done>(&verdict)) {
      for (const auto& member : done->learnt) read_so_far[member.key()] = member.value();
    } else if (std::get_if<networks::SessionExpired>(&verdict)) {
      // An expired session must not turn a doubt into a verdict: renew it and read on, else stay in doubt.
      const networks::Verdict renewal = co_await renewed(work);
      if (!std::get_if<networks::Done>(&renewal)) co_return co_await end_still_unknown(work, "session_lost", reset_in(renewal));
    } else if (const auto* wait = std::get_if<networks::WaitUntil>(&verdict)) {
      co_await sleep(scaled(wait->pause));
    } else {
      co_return co_await end_still_unknown(work, "network_unreachable", reset_in(verdict));
    }
  }
  co_await end_still_unknown(work, "too_many_reads");
}

// A list tells posts apart by their text: while another doubt of the account has the same one, a match could be either's.
bool Dispatcher::Engine::has_rival(const Work& work) const {
  if (work.capabilities.idempotency == networks::Idempotency::kClientIdentity) return false;
  return with_.database.read([&](storage::Transaction& tx) {
    return tx
        .value<std::int64_t>("select id from delivery where account_id=$1 and text_digest=$2 and id<>$3 and (state in "
                             "('sending','unknown','reconciling') or (state='held' and reason='undecided'))",
                             work.delivery.account_id, work.delivery.text_digest, work.delivery.id)
        .has_value();
  });
}

Async<void> Dispatcher::Engine::end_absent(Work& work) {
  using networks::Idempotency;
  const networks::Capabilities& can = work.capabilities;
  const Instant gate = work.delivery.sent_at.value_or(now());
  const bool replay_is_safe = can.idempotency == Idempotency::kClientIdentity ||
                              (can.idempotency == Idempotency::kKey && now() + kKeyMargin < gate + can.key_life);
  const std::int64_t absences = work.delivery.absences + 1;
  if (!replay_is_safe && absences >= can.absences_needed) {
    co_return co_await end_undecided(work, "absent_in_list");
  }
  co_await write([&](storage::Transaction& tx) {
    Delivery delivery = *load_delivery(tx, work.delivery.id);
    tx.execute("update delivery set absences=$2 where id=$1", delivery.id, absences);
    if (replay_is_safe) {
      if (const auto attempt = unresolved_attempt(tx, delivery)) {
        close_attempt(tx, attempt->id, "absent", /*if_ungated=*/false, now());
      }
      move(tx, delivery, {.to = State::kRetryWait, .code = "absent_send_again", .ready_at = now()}, now());
    } else {
      move(tx, delivery,
           {.to = State::kUnknown, .code = "absent_look_again", .ready_at = now() + scaled(can.max_processing)}, now());
    }
    free_lane(tx, delivery);
  });
}

Async<void> Dispatcher::Engine::end_still_unknown(Work& work, std::string_view why, std::optional<Instant> reset) {
  const bool permanent_identity = work.capabilities.idempotency == networks::Idempotency::kClientIdentity;
  if (!permanent_identity && now() > work.delivery.sent_at.value_or(now()) + options_.longest_doubt) {
    co_return co_await end_undecided(work, why);
  }
  co_await write([&](storage::Transaction& tx) {
    Delivery delivery = *load_delivery(tx, work.delivery.id);
    const std::int64_t doublings = std::min<std::int64_t>(delivery.tries, 8);
    const Duration pause = std::min(seconds(5) * (std::int64_t{1} << doublings), kLongestPause);
    tx.execute("update delivery set tries=tries+1 where id=$1", delivery.id);
    if (reset) hold_back_lane(tx, delivery.account_id, *reset);
    move(tx, delivery,
         {.to = State::kUnknown,
          .code = "could_not_look",
          .params = {{"why", std::string(why)}},
          .ready_at = std::max(now() + scaled(pause), reset.value_or(Instant{0}))},
         now());
    free_lane(tx, delivery);
  });
}

Async<void> Dispatcher::Engine::end_undecided(Work& work, std::string_view why) {
  co_await write([&](storage::Transaction& tx) {
    Delivery delivery = *load_delivery(tx, work.delivery.id);
    move(tx, delivery,
         {.to = State::kHeld,
          .code = "undecided",
          .params = {{"why", std::string(why)}},
          .reason = reason::kUndecided},
         now());
    free_lane(tx, delivery);
  });
}

}  // namespace postmypost::publishing
