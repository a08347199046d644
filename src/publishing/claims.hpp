// Taking work: due lanes, one delivery each, under a new epoch.
//
// Claims read the indexed `lane` rows, never the whole due set. A lane has one delivery in flight at a time. What is past
// the late window is held (or expired, where the person chose so) here, before anything is prepared.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "publishing/delivery.hpp"

namespace postmypost::publishing {

struct ClaimRules {
  Duration late_window = minutes(30);
  std::size_t most = 100;
};

// Claimed deliveries: CLAIMED (to be published) or RECONCILING (to be looked for).
std::vector<Delivery> claim_due(storage::Transaction& tx, Instant now, const ClaimRules& rules);

// When the next lane needs the engine, if any does.
std::optional<Instant> next_due(storage::Transaction& tx);

// After a start: nobody else is alive, so every lease belongs to a dead process. Work without a visible byte goes back
// to its line; an attempt that passed its gate becomes UNKNOWN and is looked for after its quiet time.
// `quiet` gives the quiet time of an account. Returns how many were recovered.
std::size_t recover(storage::Transaction& tx, Instant now,
                    const std::function<Duration(std::int64_t account_id)>& quiet);

}  // namespace postmypost::publishing
