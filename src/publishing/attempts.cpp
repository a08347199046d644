#include "publishing/attempts.hpp"

namespace postmypost::publishing {
namespace {

using storage::Transaction;
using Rows = std::vector<std::vector<storage::Parameter>>;

constexpr std::string_view kColumns = "id, step, generation, epoch, phase, intent_at, gate_at";

std::optional<Attempt> first(storage::Transaction& tx, const std::string& where, const Delivery& delivery) {
  std::optional<Attempt> found;
  tx.each("select " + std::string(kColumns) + " from attempt where delivery_id=$1 and generation=$2 and " + where +
              " order by id desc limit 1",
          {delivery.id, delivery.generation}, [&](const storage::Row& row) {
            found = Attempt{.id = row.get<std::int64_t>(0),
                            .step = row.get<std::string>(1),
                            .generation = row.get<std::int64_t>(2),
                            .epoch = row.get<std::int64_t>(3),
                            .phase = row.get<std::string>(4),
                            .intent_at = row.get<Instant>(5),
                            .gate_at = row.get<std::optional<Instant>>(6)};
          });
  return found;
}

}  // namespace

std::vector<std::int64_t> open_intents(Transaction& tx, std::span<const Intent> intents, Instant now) {
  std::vector<std::int64_t> ids;
  Rows rows;
  for (const Intent& intent : intents) {
    ids.push_back(tx.next_id("attempt"));
    rows.push_back(Transaction::parameters(ids.back(), intent.delivery_id, intent.generation, intent.epoch, intent.step,
                                           intent.request_digest, now));
  }
  tx.execute_each(
      "insert into attempt (id, delivery_id, generation, epoch, step, request_digest, phase, intent_at) "
      "values ($1,$2,$3,$4,$5,$6,'intent',$7)",
      rows);
  return ids;
}

std::vector<bool> pass_gates(Transaction& tx, std::span<const GateKey> gates, Instant now) {
  Rows rows;
  for (const GateKey& gate : gates) {
    rows.push_back(Transaction::parameters(gate.attempt_id, now, gate.epoch, gate.delivery_id));
  }
  const auto affected = tx.execute_each(
      "update attempt set phase='gate', gate_at=$2 where id=$1 and phase='intent' and epoch=$3 and exists "
      "(select 1 from delivery d where d.id=$4 and d.epoch=$3 and d.state='sending')",
      rows);
  return {affected.begin(), affected.end()};
}

bool close_attempt(Transaction& tx, std::int64_t attempt, std::string_view outcome, bool if_ungated, Instant now) {
  return tx.execute("update attempt set phase='closed', outcome=$2, closed_at=$3 where id=$1 and phase in " +
                        std::string(if_ungated ? "('intent')" : "('intent','gate')"),
                    attempt, outcome, now) == 1;
}

void close_attempts(Transaction& tx, std::span<const Closing> closings, Instant now) {
  Rows rows;
  for (const Closing& closing : closings) rows.push_back(Transaction::parameters(closing.attempt_id, closing.outcome, now));
  tx.execute_each("update attempt set phase='closed', outcome=$2, closed_at=$3 where id=$1 and phase <> 'closed'", rows);
}

std::optional<Attempt> unresolved_attempt(storage::Transaction& tx, const Delivery& delivery) {
  return first(tx, "phase <> 'closed'", delivery);
}

std::optional<Attempt> last_gated_attempt(storage::Transaction& tx, const Delivery& delivery) {
  return first(tx, "gate_at is not null", delivery);
}

int count_attempts(storage::Transaction& tx, const Delivery& delivery, std::string_view step) {
  return static_cast<int>(
      tx.value<std::int64_t>("select count(*) from attempt where delivery_id=$1 and generation=$2 and step=$3",
                             delivery.id, delivery.generation, step)
          .value_or(0));
}

}  // namespace postmypost::publishing
