// Taking work: due lanes, one delivery each, under a new epoch; and giving back what a dead worker held.
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

// Claimed deliveries: CLAIMED (to be published) or RECONCILING (to be looked for), leased by `worker`. Several workers may
// claim at once: each passes over the lanes that another has locked.
std::vector<Delivery> claim_due(storage::Transaction& tx, std::int64_t worker, Instant now, const ClaimRules& rules);

// When the next lane needs the engine, if any does.
std::optional<Instant> next_due(storage::Transaction& tx);

// Whose leases are to be ended: of everybody, when nobody else can be alive, or of workers whose row has ended.
enum class Whose { kEverybody, kEnded };

// Ends leases, at most `most` of them; returns how many. Work without a
// visible byte goes back to its line; an attempt that passed its gate becomes UNKNOWN and is looked for after the quiet time
// of its account. Whoever still sends under such a lease loses at the gate.
using QuietTime = std::function<Duration(storage::Transaction& tx, const Delivery& delivery)>;
std::size_t recover(storage::Transaction& tx, Whose whose, Instant now, const QuietTime& quiet, std::size_t most);
bool has_leases_of_the_ended(storage::Transaction& tx);
// The same for one delivery that its own worker gave up. With `epoch` only while that claim still holds it.
void recover_one(storage::Transaction& tx, std::int64_t delivery_id, std::optional<std::int64_t> epoch, Instant now,
                 const QuietTime& quiet);
// Deliveries leased by a worker.
std::vector<std::int64_t> leases_of(storage::Transaction& tx, std::int64_t worker);

}  // namespace postmypost::publishing
