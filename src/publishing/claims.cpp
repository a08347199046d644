#include "publishing/claims.hpp"

#include "publishing/attempts.hpp"
#include "publishing/transitions.hpp"

namespace postmypost::publishing {
namespace {

std::optional<Delivery> first_ready(storage::Transaction& tx, std::int64_t account, Instant now) {
  const auto id = tx.value<std::int64_t>(
      "select id from delivery where account_id=$1 and ready_at is not null and ready_at <= $2 "
      "order by ready_at, id limit 1",
      account, now);
  return id ? load_delivery(tx, *id) : std::nullopt;
}

// True when the delivery is too late to be sent without a person, and was put aside.
bool put_aside_if_late(storage::Transaction& tx, Delivery& delivery, Instant now, Duration late_window) {
  if (delivery.state == State::kUnknown || delivery.due + late_window >= now) return false;
  if (delivery.late_policy == publications::LatePolicy::kSkip) {
    move(tx, delivery, {.to = State::kExpired, .code = "expired"}, now);
  } else {
    move(tx, delivery, {.to = State::kHeld, .code = "missed", .reason = reason::kMissed}, now);
  }
  return true;
}

void lease(storage::Transaction& tx, Delivery& delivery, Instant now) {
  const bool looking = delivery.state == State::kUnknown;
  move(tx, delivery,
       {.to = looking ? State::kReconciling : State::kClaimed, .code = looking ? "looking" : "claimed"}, now);
  delivery.epoch += 1;
  if (!delivery.frozen_at) delivery.frozen_at = now;
  tx.execute("update delivery set epoch=$2, frozen_at=$3 where id=$1", delivery.id, delivery.epoch,
             delivery.frozen_at);
  tx.execute("update lane set in_flight=$2 where account_id=$1", delivery.account_id, delivery.id);
}

}  // namespace

std::vector<Delivery> claim_due(storage::Transaction& tx, Instant now, const ClaimRules& rules) {
  std::vector<Delivery> claimed;
  const auto lanes = tx.rows<std::int64_t>(
      "select account_id from lane where in_flight is null and next_due is not null and next_due <= $1 "
      "and not_before <= $1 order by next_due limit $2",
      now, rules.most);
  for (const auto& [account] : lanes) {
    while (auto delivery = first_ready(tx, account, now)) {
      if (put_aside_if_late(tx, *delivery, now, rules.late_window)) continue;
      lease(tx, *delivery, now);
      claimed.push_back(std::move(*delivery));
      break;
    }
  }
  return claimed;
}

std::optional<Instant> next_due(storage::Transaction& tx) {
  return tx
      .value<std::optional<Instant>>(
          "select min(case when next_due > not_before then next_due else not_before end) from lane "
          "where in_flight is null and next_due is not null")
      .value_or(std::nullopt);
}

namespace {

void recover_sending(storage::Transaction& tx, Delivery& delivery, Instant now, Duration quiet) {
  const auto attempt = unresolved_attempt(tx, delivery);
  if (attempt && attempt->phase == "gate") {
    move(tx, delivery, {.to = State::kUnknown, .code = "interrupted_after_gate", .ready_at = *attempt->gate_at + quiet},
         now);
    return;
  }
  // No gate: the last byte never left. Closing is the same compare-and-set that the gate makes.
  if (attempt) close_attempt(tx, attempt->id, "not_released", /*if_ungated=*/true, now);
  move(tx, delivery, {.to = State::kRetryWait, .code = "interrupted_before_gate", .ready_at = now}, now);
}

}  // namespace

std::size_t recover(storage::Transaction& tx, Instant now,
                    const std::function<Duration(std::int64_t account_id)>& quiet) {
  const auto lanes = tx.rows<std::int64_t>("select in_flight from lane where in_flight is not null");
  for (const auto& [id] : lanes) {
    Delivery delivery = *load_delivery(tx, id);
    switch (delivery.state) {
      case State::kClaimed:
      case State::kPrepared:
        move(tx, delivery, {.to = State::kScheduled, .code = "interrupted", .ready_at = delivery.due}, now);
        break;
      case State::kSending: recover_sending(tx, delivery, now, quiet(delivery.account_id)); break;
      case State::kReconciling:
        move(tx, delivery, {.to = State::kUnknown, .code = "interrupted", .ready_at = now}, now);
        break;
      default: break;
    }
    free_lane(tx, delivery);
  }
  return lanes.size();
}

}  // namespace postmypost::publishing
