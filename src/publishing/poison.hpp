// Deliveries that kill the process which works on them.
//
// A crash counts only for deliveries whose work was being loaded, rendered or read at that moment (at_work.hpp), never for those
// that waited for a disk or a network: a crash condemns nobody healthy. After two counted crashes the delivery runs alone, with
// nothing else in flight; a crash while it ran alone holds it for a person. A retry runs alone again.
//
//   phase                                                            marked
//   loading the work: opening seals, reading the files' rows         yes
//   asking the connector for the next step (rendering)               yes
//   reading an answer                                                yes
//   waiting for the store, the gate, the network, a pause            no
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string_view>

#include "publishing/at_work.hpp"
#include "publishing/delivery.hpp"

namespace postmypost::publishing {

constexpr bool must_run_alone(std::int64_t crashes) { return crashes >= 2; }

// After a start's recovery: counts the crash for each delivery that the dead process was at work on, and holds those that ran alone:
// HELD(poison), or undecided where a byte may have left. Returns how many it held.
std::size_t count_crash(storage::Transaction& tx, std::span<const AtWork::Left> left, Instant now);

// Crashes by delivery: empty but after a crash.
std::map<std::int64_t, std::int64_t> crashes_of_all(storage::Transaction& tx);

// It came to an outcome without killing anybody.
void forget_crashes(storage::Transaction& tx, std::int64_t delivery_id);

}  // namespace postmypost::publishing
