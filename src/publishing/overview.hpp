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

// Why a delivery that should be on its way is not: "lane.busy", "rate_limited", "retry", "quiet_time", "starting".
struct Waiting {
  std::string code;
  std::map<std::string, std::string> params = {};
};
std::optional<Waiting> why_waiting(storage::Transaction& tx, const Delivery& delivery, Instant now);

struct Event {
  Instant at;
  std::optional<State> from;
  State to = State::kScheduled;
  std::string code;
  std::map<std::string, std::string> params;
};
std::vector<Event> events_of(storage::Transaction& tx, std::int64_t delivery_id);

struct Pulse {
  bool on_time = true;
  std::optional<Instant> last_published_at;
  std::int64_t waiting_for_person = 0;
};
// On time: nothing that is due has waited for more than two minutes without a reason of its own.
Pulse pulse_of(storage::Transaction& tx, std::int64_t project_id, Instant now);

}  // namespace postmypost::publishing
