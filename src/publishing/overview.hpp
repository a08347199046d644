// What people see of publishing: a publication's status, its deliveries with reasons, the calendar's cards.
//
// Nothing here is stored: status is derived from the deliveries' states, so it can't disagree with them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "publications/publications.hpp"
#include "publishing/delivery.hpp"

namespace postmypost::publishing {

enum class Status { kDraft, kScheduled, kPublishing, kPublished, kError, kUnknown, kCancelled };
std::string_view to_string(Status status);

// How one delivery looks, and the worst of several: doubt before error before work before rest.
Status status_of(const Delivery& delivery);
Status status_of(const std::vector<Delivery>& deliveries);

struct Event {
  Instant at;
  std::optional<State> from;
  State to = State::kScheduled;
  std::string code;
  std::map<std::string, std::string> params;
};
std::vector<Event> events_of(storage::Transaction& tx, std::int64_t delivery_id);

// One try at a visible step, as its rows tell it.
struct Try {
  std::string step, phase;  // phase: "intent" (no byte left), "gate" (it may be out), "closed"
  std::int64_t generation = 0, epoch = 0;
  std::optional<std::string> outcome;
  Instant begun_at;
  std::optional<Instant> gate_at, ended_at;
};
std::vector<Try> tries_of(storage::Transaction& tx, std::int64_t delivery_id);

struct Pulse {
  bool on_time = true;
  std::optional<Instant> last_published_at;
  std::int64_t waiting_for_person = 0;
  // Of these: put aside because their time had passed (the server or their network was away), in one summary.
  std::int64_t missed = 0;
  std::optional<Instant> missed_from, missed_to = {};  // their planned times
  std::optional<std::string> pause = {};               // why nothing is claimed (waiting.hpp)
};
// On time: nothing that is due has waited for more than two minutes without a reason of its own.
Pulse pulse_of(storage::Transaction& tx, std::int64_t project_id, Instant now);

}  // namespace postmypost::publishing
