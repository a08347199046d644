// A doubt is resolved by reading the network, by the idempotency class of the account; where nobody can know, a person is
// asked (docs/publishing.md, "Reconcile"). Nothing here sends a visible byte.
#include <algorithm>

#include "publishing/engine.hpp"

namespace postmypost::publishing {
namespace {

constexpr int kMostReads = 64;
constexpr Duration kLongestPause = minutes(10);

// Some networks let a person look in the past only so far: keys are not used in their last five minutes.
constexpr Duration kKeyMargin = minutes(5);

// A clock of ours and one of theirs.
constexpr Duration kSkew = minutes(1);

// Posts are looked for from `since` on when no attempt of ours is known: before a restore, or in a gap.
networks::DoubtContext doubt_of(storage::Transaction& tx, const Delivery& delivery, Instant since) {
  networks::DoubtContext doubt{.intent_at = since, .gate_at = since, .owned_remote_ids = {}};
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

Error could_not_look() {
  return {.kind = ErrorKind::kUpstream,
          .code = "network.could_not_look",
          .detail = "The network could not be asked whether the post is already there.",
          .how_to_fix = "Nothing to do: it is tried again."};
}

}  // namespace

// Reads until the network has said whether the post is there, or can't be asked now. Shows nothing to anybody.
Async<Dispatcher::Engine::Look> Dispatcher::Engine::read_network(Work& work) {
  const Silence* silence = silence_at(work.delivery.due);
  const Instant since = work.delivery.sent_at.value_or(silence ? silence->from - kSkew : work.delivery.due);
  const networks::DoubtContext doubt =
      with_.database.read([&](storage::Transaction& tx) { return doubt_of(tx, work.delivery, since); });
  networks::Progress read_so_far = work.delivery.progress;
  for (int reads = 0; reads < kMostReads; ++reads) {
    const networks::Next next = working_on(
        work.delivery, [&] { return work.network->look_for(work.content, work.account, doubt, read_so_far); });
    if (const auto* published = std::get_if<networks::Published>(&next)) co_return Look{.found = *published};
    if (std::get_if<networks::Absent>(&next)) co_return Look{.found = networks::Absent{}};
    if (const auto* cannot = std::get_if<networks::CannotTell>(&next)) co_return Look{.found = *cannot};
    const auto* step = std::get_if<networks::Step>(&next);
    if (!step || step->effect == networks::Effect::kVisible) {
      co_return Look{.found = networks::CannotTell{.why = "no_read_back"}};
    }
    const http::Answer answer = co_await send_aside(work, work.looks, "look", *step);
    const networks::Verdict verdict = read(work, *step, answer, 1);
    if (const auto* done = std::get_if<networks::Done>(&verdict)) {
      for (const auto& member : done->learnt) read_so_far[member.key()] = member.value();
    } else if (std::get_if<networks::SessionExpired>(&verdict)) {
      // An expired session must not turn a doubt into a verdict: renew it and read on, else stay in doubt.
      const networks::Verdict renewal = co_await renewed(work);
      if (!std::get_if<networks::Done>(&renewal)) {
        co_return Look{.found = std::monostate{}, .why = "session_lost", .reset = reset_in(renewal)};
      }
    } else if (const auto* wait = std::get_if<networks::WaitUntil>(&verdict)) {
      co_await sleep(scaled(wait->pause));
    } else {
      co_return Look{.found = std::monostate{}, .why = "network_unreachable", .reset = reset_in(verdict)};
    }
  }
  co_return Look{.found = std::monostate{}, .why = "too_many_reads"};
}

Async<void> Dispatcher::Engine::look_for(Work work) {
  Look look = co_await read_network(work);
  if (const auto* published = std::get_if<networks::Published>(&look.found)) {
    if (has_rival(work)) co_return co_await end_undecided(work, "same_text_in_doubt");
    co_await disclose(work, disclosed_kinds(work.content));  // its row went with a backup that was brought back
    co_return co_await end_published(work, *published, "found_by_reading");
  }
  if (std::get_if<networks::Absent>(&look.found)) co_return co_await end_absent(work);
  if (const auto* cannot = std::get_if<networks::CannotTell>(&look.found)) co_return co_await end_undecided(work, cannot->why);
  co_await end_still_unknown(work, look.why, look.reset);
}

// Without access nobody can look, but it may come back; without the account it never will.
Async<void> Dispatcher::Engine::look_for_blindly(Delivery delivery, const Error& why) {
  Work blind;
  blind.delivery = std::move(delivery);
  if (const networks::Network* network = with_.catalogue.find(blind.delivery.channel)) {
    blind.capabilities.idempotency = network->channel().idempotency;
  }
  if (why.code == "account.gone") co_return co_await end_undecided(blind, "account_gone");
  co_await end_still_unknown(blind, why.code);
}

const Silence* Dispatcher::Engine::silence_at(Instant due) const {
  const auto found = std::ranges::find_if(silences_, [&](const Silence& s) { return s.from <= due && due <= s.until; });
  return found == silences_.end() ? nullptr : &*found;
}

// Nobody here was alive when it fell due. Where the network can be read, it is asked before anything is sent: what no check at a
// start can see (a disk image set back as a whole) shows itself here.
bool Dispatcher::Engine::is_in_gap(const Work& work) const {
  using networks::Idempotency;
  const Idempotency idempotency = work.capabilities.idempotency;
  const bool is_readable = idempotency != Idempotency::kNone && idempotency != Idempotency::kExactlyOnce;
  return is_readable && work.attempts.empty() && silence_at(work.delivery.due);
}

Async<Dispatcher::Engine::Then> Dispatcher::Engine::look_before_sending(Work& work) {
  if (!is_in_gap(work)) co_return Then::kGoOn;
  Look look = co_await read_network(work);
  if (const auto* published = std::get_if<networks::Published>(&look.found); published && !has_rival(work)) {
    co_await disclose(work, disclosed_kinds(work.content));  // as above
    co_await end_published(work, *published, "found_before_sending");
    co_return Then::kEnded;
  }
  if (!std::get_if<std::monostate>(&look.found)) co_return Then::kGoOn;
  co_await end_not_applied(work, {.error = could_not_look(), .retry_at = look.reset});
  co_return Then::kEnded;
}

// A list tells posts apart by their text: while another delivery of the account with the same one may have a post that nobody
// knows the id of, a match could be that one's. A doubt that a restore raised has no attempt.
bool Dispatcher::Engine::has_rival(const Work& work) const {
  if (work.capabilities.idempotency == networks::Idempotency::kClientIdentity) return false;
  return with_.database.read([&](storage::Transaction& tx) {
    return tx
        .value<std::int64_t>("select d.id from delivery d where d.account_id=$1 and d.text_digest=$2 and d.id<>$3 and "
                             "d.remote_id is null and (d.state in ('unknown','reconciling') or (d.state='held' and "
                             "d.reason='restored') or exists (select 1 from attempt a where a.delivery_id=d.id and a.gate_at is "
                             "not null and (a.outcome is null or a.outcome not in ('not_applied','not_released',"
                             "'session_expired')))) limit 1",
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
  Ending ending{.delivery = work.delivery,
                .change = {.to = State::kUnknown, .code = "absent_look_again", .ready_at = now() + scaled(can.max_processing)}};
  ending.delivery.absences = absences;
  if (replay_is_safe) {
    ending.change = {.to = State::kRetryWait, .code = "absent_send_again", .ready_at = now()};
    if (work.open_attempt) ending.closing = Closing{.attempt_id = *work.open_attempt, .outcome = "absent"};
  }
  co_await end(work, std::move(ending));
}

Async<void> Dispatcher::Engine::end_still_unknown(Work& work, std::string_view why, std::optional<Instant> reset) {
  const bool permanent_identity = work.capabilities.idempotency == networks::Idempotency::kClientIdentity;
  if (!permanent_identity && now() > work.delivery.sent_at.value_or(now()) + options_.longest_doubt) {
    co_return co_await end_undecided(work, why);
  }
  const std::int64_t doublings = std::min<std::int64_t>(work.delivery.tries, 8);
  const Duration pause = std::min(seconds(5) * (std::int64_t{1} << doublings), kLongestPause);
  Ending ending{.delivery = work.delivery,
                .change = {.to = State::kUnknown,
                           .code = "could_not_look",
                           .params = {{"why", std::string(why)}},
                           .ready_at = std::max(now() + scaled(pause), reset.value_or(Instant{0}))},
                .lane_not_before = reset.value_or(Instant{0})};
  ending.delivery.tries += 1;
  co_await end(work, std::move(ending));
}

Async<void> Dispatcher::Engine::end_undecided(Work& work, std::string_view why) {
  // A doubt that only a restore raised stays marked as one.
  const bool attempted = work.open_attempt || !work.attempts.empty();
  co_await end(work, {.delivery = work.delivery,
                      .change = {.to = State::kHeld,
                                 .code = "undecided",
                                 .params = {{"why", std::string(why)}},
                                 .reason = attempted ? reason::kUndecided : reason::kRestored}});
}

}  // namespace postmypost::publishing
