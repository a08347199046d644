#include "publishing/claims.hpp"

#include <algorithm>

#include "publishing/attempts.hpp"
#include "publishing/transitions.hpp"

namespace postmypost::publishing {
namespace {

using storage::Transaction;

// The first ready delivery of each lane that is due and free.
std::vector<Delivery> first_ready(Transaction& tx, Instant now, std::size_t most) {
  std::string tail =
      "from lane l join delivery d on d.id = (select w.id from delivery w where w.account_id=l.account_id and w.ready_at is "
      "not null and w.ready_at <= $1 order by w.ready_at, w.id limit 1) where l.in_flight is null and l.next_due is not null "
      "and l.next_due <= $1 order by l.next_due limit $2";
  if (tx.dialect() == storage::Dialect::kPostgresql) tail += " for update of l skip locked";
  return select_deliveries(tx, tail, Transaction::parameters(now, most));
}

bool is_too_late(const Delivery& delivery, Instant now, Duration late_window) {
  return delivery.state != State::kUnknown && delivery.due + late_window < now;
}

Change put_aside(const Delivery& delivery) {
  if (delivery.late_policy == publications::LatePolicy::kSkip) return {.to = State::kExpired, .code = "expired"};
  return {.to = State::kHeld, .code = "missed", .reason = reason::kMissed};
}

Moving lease(Delivery delivery, Instant now) {
  const bool looking = delivery.state == State::kUnknown;
  if (!delivery.frozen_at) delivery.frozen_at = now;
  return {.delivery = std::move(delivery),
          .change = {.to = looking ? State::kReconciling : State::kClaimed, .code = looking ? "looking" : "claimed"},
          .claims = 1};
}

std::vector<Delivery> lease_all(Transaction& tx, std::vector<Moving> leases, std::int64_t worker, Instant now) {
  const std::vector<bool> leased = move_each(tx, leases, Guard::kNone, now);
  std::vector<Delivery> claimed;
  std::vector<std::vector<storage::Parameter>> lanes;
  for (std::size_t i = 0; i < leases.size(); ++i) {
    if (!leased[i]) continue;
    const Delivery& delivery = claimed.emplace_back(std::move(leases[i].delivery));
    lanes.push_back(Transaction::parameters(delivery.account_id, delivery.id, worker));
  }
  tx.execute_each("update lane set in_flight=$2, worker=$3 where account_id=$1", lanes);
  return claimed;
}

}  // namespace

std::vector<Delivery> claim_due(Transaction& tx, std::int64_t worker, Instant now, const ClaimRules& rules) {
  std::vector<Moving> late, leases;
  for (Delivery& delivery : first_ready(tx, now, rules.most)) {
    if (is_too_late(delivery, now, rules.late_window)) {
      const Change aside = put_aside(delivery);
      late.push_back({.delivery = std::move(delivery), .change = aside});
    } else {
      leases.push_back(lease(std::move(delivery), now));
    }
  }
  move_each(tx, late, Guard::kNone, now);
  for (const Moving& moving : late) refresh_lane(tx, moving.delivery.account_id);
  return lease_all(tx, std::move(leases), worker, now);
}

std::optional<Instant> next_due(Transaction& tx) {
  return tx
      .value<std::optional<Instant>>("select min(next_due) from lane where in_flight is null and next_due is not null")
      .value_or(std::nullopt);
}

namespace {

Change recovered_sending(Transaction& tx, const Delivery& delivery, Instant now, Duration quiet) {
  const auto attempt = unresolved_attempt(tx, delivery);
  if (attempt && attempt->phase == "gate") {
    return {.to = State::kUnknown, .code = "interrupted_after_gate", .ready_at = *attempt->gate_at + quiet};
  }
  // No gate: the last byte never left. Closing is the same compare-and-set that the gate makes.
  if (attempt) close_attempt(tx, attempt->id, "not_released", /*if_ungated=*/true, now);
  return {.to = State::kRetryWait, .code = "interrupted_before_gate", .ready_at = now};
}

std::optional<Change> recovered(Transaction& tx, const Delivery& delivery, Instant now, const QuietTime& quiet) {
  switch (delivery.state) {
    case State::kClaimed:
    case State::kPrepared: return Change{.to = State::kScheduled, .code = "interrupted", .ready_at = delivery.due};
    case State::kSending: return recovered_sending(tx, delivery, now, quiet(tx, delivery));
    case State::kReconciling: return Change{.to = State::kUnknown, .code = "interrupted", .ready_at = now};
    default: return std::nullopt;  // its outcome and the end of the lease were one transaction: nothing is left to do
  }
}

}  // namespace

void recover_one(Transaction& tx, std::int64_t delivery_id, std::optional<std::int64_t> epoch, Instant now,
                 const QuietTime& quiet) {
  Delivery delivery = *load_delivery(tx, delivery_id);
  if (epoch && delivery.epoch != *epoch) return;
  if (const auto change = recovered(tx, delivery, now, quiet)) move(tx, delivery, *change, now);
  const Release release{.account_id = delivery.account_id, .delivery_id = delivery.id};
  release_lanes(tx, std::span(&release, 1));
}

namespace {

constexpr std::string_view kOfEnded = "worker in (select id from worker where ended_at is not null)";

}  // namespace

bool has_leases_of_the_ended(Transaction& tx) {
  return tx.value<std::int64_t>("select in_flight from lane where " + std::string(kOfEnded) + " limit 1").has_value();
}

std::size_t recover(Transaction& tx, Whose whose, Instant now, const QuietTime& quiet, std::size_t most) {
  const std::string condition = whose == Whose::kEnded ? std::string(kOfEnded) : "in_flight is not null";
  const auto leases =
      tx.rows<std::int64_t>("select in_flight from lane where " + condition + " order by account_id limit $1", most);
  for (const auto& [id] : leases) recover_one(tx, id, std::nullopt, now, quiet);
  return leases.size();
}

std::vector<std::int64_t> leases_of(Transaction& tx, std::int64_t worker) {
  std::vector<std::int64_t> leases;
  for (const auto& [id] : tx.rows<std::int64_t>("select in_flight from lane where worker=$1", worker)) leases.push_back(id);
  return leases;
}

}  // namespace postmypost::publishing
