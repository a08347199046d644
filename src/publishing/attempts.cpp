#include "publishing/attempts.hpp"

namespace postmypost::publishing {
namespace {

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

Attempt open_intent(storage::Transaction& tx, const Delivery& delivery, std::string_view step,
                    std::string_view request_digest, Instant now) {
  const std::int64_t id = tx.next_id("attempt");
  tx.execute(
      "insert into attempt (id, delivery_id, generation, epoch, step, request_digest, phase, intent_at) "
      "values ($1,$2,$3,$4,$5,$6,'intent',$7)",
      id, delivery.id, delivery.generation, delivery.epoch, step, request_digest, now);
  return {.id = id,
          .step = std::string(step),
          .generation = delivery.generation,
          .epoch = delivery.epoch,
          .phase = "intent",
          .intent_at = now,
          .gate_at = {}};
}

bool pass_gate(storage::Transaction& tx, const Delivery& delivery, std::int64_t attempt, Instant now) {
  return tx.execute(
             "update attempt set phase='gate', gate_at=$2 where id=$1 and phase='intent' and epoch=$3 and exists "
             "(select 1 from delivery d where d.id=$4 and d.epoch=$3 and d.state='sending')",
             attempt, now, delivery.epoch, delivery.id) == 1;
}

bool close_attempt(storage::Transaction& tx, std::int64_t attempt, std::string_view outcome, bool if_ungated,
                   Instant now) {
  return tx.execute("update attempt set phase='closed', outcome=$2, closed_at=$3 where id=$1 and phase in " +
                        std::string(if_ungated ? "('intent')" : "('intent','gate')"),
                    attempt, outcome, now) == 1;
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
