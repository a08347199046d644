#include "publishing/overview.hpp"

#include "publishing/waiting.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace postmypost::publishing {
namespace {

constexpr Duration kOnTime = minutes(2);

// What asks for a person comes first, then what went wrong, then what is under way.
constexpr auto kWorstFirst = std::to_array<Status>({Status::kUnknown, Status::kError, Status::kPublishing,
                                                    Status::kScheduled, Status::kPublished, Status::kCancelled});

std::map<std::string, std::string> params_of(const std::string& json) {
  std::map<std::string, std::string> params;
  for (const auto& member : boost::json::parse(json).as_object()) {
    params[member.key()] = std::string(member.value().as_string());
  }
  return params;
}

}  // namespace

std::string_view to_string(Status status) {
  switch (status) {
    case Status::kDraft: return "draft";
    case Status::kScheduled: return "scheduled";
    case Status::kPublishing: return "publishing";
    case Status::kPublished: return "published";
    case Status::kError: return "error";
    case Status::kUnknown: return "unknown";
    case Status::kCancelled: return "cancelled";
  }
  return "draft";
}

Status status_of(const Delivery& delivery) {
  switch (delivery.state) {
    case State::kScheduled: return Status::kScheduled;
    case State::kClaimed:
    case State::kPrepared:
    case State::kSending:
    case State::kRetryWait: return Status::kPublishing;
    case State::kUnknown:
    case State::kReconciling: return Status::kUnknown;
    case State::kPublished: return Status::kPublished;
    case State::kHeld: return is_undecided(delivery) ? Status::kUnknown : Status::kError;
    case State::kFailed:
    case State::kExpired: return Status::kError;
    case State::kCancelled: return Status::kCancelled;
  }
  return Status::kError;
}

Status status_of(const std::vector<Delivery>& deliveries) {
  for (const Status status : kWorstFirst) {
    if (std::ranges::any_of(deliveries, [&](const Delivery& d) { return status_of(d) == status; })) return status;
  }
  return Status::kDraft;
}

std::vector<Event> events_of(storage::Transaction& tx, std::int64_t delivery_id) {
  std::vector<Event> events;
  tx.each("select at, from_state, to_state, code, params from delivery_event where delivery_id=$1 order by id",
          {delivery_id}, [&](const storage::Row& row) {
            Event event{.at = row.get<Instant>(0),
                        .from = {},
                        .to = parse_state(row.get<std::string>(2)),
                        .code = row.get<std::string>(3),
                        .params = params_of(row.get<std::string>(4))};
            if (const auto from = row.get<std::optional<std::string>>(1)) event.from = parse_state(*from);
            events.push_back(std::move(event));
          });
  return events;
}

std::vector<Try> tries_of(storage::Transaction& tx, std::int64_t delivery_id) {
  std::vector<Try> tries;
  tx.each("select step, phase, generation, epoch, outcome, intent_at, gate_at, closed_at from attempt where delivery_id=$1 order by id",
          {delivery_id}, [&](const storage::Row& row) {
            tries.push_back({.step = row.text(0),
                             .phase = row.text(1),
                             .generation = row.get<std::int64_t>(2),
                             .epoch = row.get<std::int64_t>(3),
                             .outcome = row.get<std::optional<std::string>>(4),
                             .begun_at = row.get<Instant>(5),
                             .gate_at = row.get<std::optional<Instant>>(6),
                             .ended_at = row.get<std::optional<Instant>>(7)});
          });
  return tries;
}

Pulse pulse_of(storage::Transaction& tx, std::int64_t project_id, Instant now) {
  const auto overdue = tx.value<std::int64_t>(
      "select count(*) from delivery where project_id=$1 and state='scheduled' and due < $2", project_id, now - kOnTime);
  const auto last = tx.value<std::optional<Instant>>(
      "select max(sent_at) from delivery where project_id=$1 and state='published'", project_id);
  const auto waiting = tx.value<std::int64_t>(
      "select count(*) from delivery where project_id=$1 and state in ('held','failed','expired')", project_id);
  const auto missed = tx.row<std::int64_t, std::optional<Instant>, std::optional<Instant>>(
      "select count(*), min(due), max(due) from delivery where project_id=$1 and state='held' and reason='missed'", project_id);
  return {.on_time = overdue.value_or(0) == 0,
          .last_published_at = last.value_or(std::nullopt),
          .waiting_for_person = waiting.value_or(0),
          .missed = std::get<0>(*missed),
          .missed_from = std::get<1>(*missed),
          .missed_to = std::get<2>(*missed),
          .pause = why_paused(tx)};
}

}  // namespace postmypost::publishing
