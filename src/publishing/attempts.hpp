// INTENT, GATE, outcome: the append-only attempts at visible steps (docs/publishing.md).
//
// INTENT is durable before the first byte of a visible step leaves (I1). GATE is a compare-and-set, durable before the
// last byte (I2): it wins only while the attempt is open and the epoch is the one that opened it. A rescuer closes a
// gate-less attempt with the same condition, so exactly one of the two wins.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "publishing/delivery.hpp"

namespace postmypost::publishing {

struct Attempt {
  std::int64_t id = 0;
  std::string step;
  std::int64_t generation = 0, epoch = 0;
  std::string phase;  // "intent", "gate", "closed"
  Instant intent_at;
  std::optional<Instant> gate_at;
};

struct Intent {
  std::int64_t delivery_id, generation, epoch;
  std::string step, request_digest;
};
// Ids of the new attempts. Throws storage::DatabaseError(kUnique) when a step already has an unresolved attempt (I3).
std::vector<std::int64_t> open_intents(storage::Transaction& tx, std::span<const Intent> intents, Instant now);

struct GateKey {
  std::int64_t attempt_id, delivery_id, epoch;
};
// True for each attempt that this call moved from INTENT to GATE.
std::vector<bool> pass_gates(storage::Transaction& tx, std::span<const GateKey> gates, Instant now);

// True when this call closed it: `if_ungated` closes only an attempt that never passed its gate.
bool close_attempt(storage::Transaction& tx, std::int64_t attempt, std::string_view outcome, bool if_ungated,
                   Instant now);
struct Closing {
  std::int64_t attempt_id;
  std::string_view outcome;
};
void close_attempts(storage::Transaction& tx, std::span<const Closing> closings, Instant now);

// The unresolved attempt of a delivery's present generation, or the last one.
std::optional<Attempt> unresolved_attempt(storage::Transaction& tx, const Delivery& delivery);
std::optional<Attempt> last_gated_attempt(storage::Transaction& tx, const Delivery& delivery);
int count_attempts(storage::Transaction& tx, const Delivery& delivery, std::string_view step);

}  // namespace postmypost::publishing
