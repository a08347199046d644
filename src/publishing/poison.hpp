// Deliveries that kill the process which works on them.
//
// A crash counts only for deliveries whose work was being loaded, rendered or read at that moment (at_work.hpp), never for those
// that waited for a disk or a network: a crash condemns nobody healthy. After two counted crashes the delivery runs alone, with
// nothing else in flight; if the process dies of it once more, a person is asked. Their retry runs alone again.
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
#include <string>

#include "publishing/delivery.hpp"

namespace postmypost::publishing {

enum class Sentence { kTogether, kAlone, kHold };
constexpr Sentence sentence_for(std::int64_t crashes) {
  return crashes < 2 ? Sentence::kTogether : crashes == 2 ? Sentence::kAlone : Sentence::kHold;
}

// At a start: one more crash for each of these uids that has not come to an outcome.
void count_crash(storage::Transaction& tx, std::span<const std::string> uids, Instant now);

// Crashes by delivery: empty but after a crash.
std::map<std::int64_t, std::int64_t> crashes_of_all(storage::Transaction& tx);

// It came to an outcome without killing anybody.
void forget_crashes(storage::Transaction& tx, std::int64_t delivery_id);
// It is held for a person: a retry runs alone once more.
void forget_last_crash(storage::Transaction& tx, std::int64_t delivery_id);

}  // namespace postmypost::publishing
