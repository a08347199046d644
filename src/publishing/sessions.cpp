// Renewing an account's session with its network, inside the lane: one delivery of an account is in flight at a time, and the
// secrets carry a version, so a refresh token is never used twice or replaced by an older one.
#include "publishing/engine.hpp"

namespace postmypost::publishing {
namespace {

constexpr int kMostSteps = 8;

Error session_lost() {
  return {.kind = ErrorKind::kUpstream,
          .code = "account.session_lost",
          .detail = "The network ended our session and did not give a new one.",
          .how_to_fix = "Open Accounts and reconnect this account."};
}

}  // namespace

// What became of it: nothing (renewed), the account is lost, or the network can't be asked now.
Async<networks::Verdict> Dispatcher::Engine::renewed(Work& work) {
  if (std::exchange(work.session_renewed, true)) co_return networks::AccountLost{session_lost()};
  networks::Progress progress;
  for (int steps = 0; steps < kMostSteps; ++steps) {
    const networks::Next next = work.network->refresh(work.account, progress);
    if (const auto* refreshed = std::get_if<networks::Refreshed>(&next)) {
      co_await keep_secrets(work, refreshed->secrets);
      co_return networks::Done{};
    }
    if (const auto* refused = std::get_if<networks::Refused>(&next)) co_return networks::AccountLost{refused->error};
    const auto* step = std::get_if<networks::Step>(&next);
    if (!step) break;
    const http::Answer answer = co_await send_aside(work, work.renewals, "refresh", *step);
    networks::Verdict verdict = read(work, *step, answer, 1);
    const auto* done = std::get_if<networks::Done>(&verdict);
    if (!done) {
      if (std::get_if<networks::NotApplied>(&verdict) || std::get_if<networks::AccountLost>(&verdict)) co_return verdict;
      break;
    }
    for (const auto& member : done->learnt) progress[member.key()] = member.value();
  }
  co_return networks::AccountLost{session_lost()};
}

Async<void> Dispatcher::Engine::keep_secrets(Work& work, const boost::json::object& secrets) {
  const bool ours = co_await write([&](storage::Transaction& tx) {
    return with_.accounts.replace_secrets(tx, work.delivery.account_id, work.secrets_version, secrets);
  });
  // Somebody reconnected the account meanwhile: theirs are newer.
  work.account.secrets = ours ? secrets : with_.database.read([&](storage::Transaction& tx) {
    return with_.accounts.secrets(tx, work.delivery.account_id);
  });
}

Async<bool> Dispatcher::Engine::renew_session(Work& work) {
  const networks::Verdict verdict = co_await renewed(work);
  if (std::get_if<networks::Done>(&verdict)) co_return true;
  if (const auto* later = std::get_if<networks::NotApplied>(&verdict)) {
    co_await end_not_applied(work, *later);
  } else {
    co_await end_account_lost(work, std::get<networks::AccountLost>(verdict).error);
  }
  co_return false;
}

}  // namespace postmypost::publishing
