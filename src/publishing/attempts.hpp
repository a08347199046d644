// INTENT, GATE, outcome: the append-only attempts at visible steps (docs/publishing.md).
//
// INTENT is durable before the first byte of a visible step leaves (I1). GATE is a compare-and-set, durable before the
// last byte (I2): it wins only while the attempt is open and the epoch is the one that opened it. A rescuer closes a
// gate-less attempt with the same condition, so exactly one of the two wins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

// Throws storage::DatabaseError(kUnique) when the step already has an unresolved attempt (I3).
Attempt open_intent(storage::Transaction& tx, const Delivery& delivery, std::string_view step,
                    std::string_view request_digest, Instant now);
// True when this call moved the attempt from INTENT to GATE.
bool pass_gate(storage::Transaction& tx, const Delivery& delivery, std::int64_t attempt, Instant now);
// True when this call closed it: `if_ungated` closes only an attempt that never passed its gate.
bool close_attempt(storage::Transaction& tx, std::int64_t attempt, std::string_view outcome, bool if_ungated,
                   Instant now);
// The unresolved attempt of a delivery's present generation, or the last one.
std::optional<Attempt> unresolved_attempt(storage::Transaction& tx, const Delivery& delivery);
std::optional<Attempt> last_gated_attempt(storage::Transaction& tx, const Delivery& delivery);
int count_attempts(storage::Transaction& tx, const Delivery& delivery, std::string_view step);

}  // namespace postmypost::publishing
