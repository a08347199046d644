// The one way a delivery changes its state.
//
// `move` checks the table of states.hpp (a move that is not in it throws std::logic_error and rolls back: the
// invariants stay on in production), writes the row, the append-only event (I10), the outbox row and the lane, all in
// the caller's transaction.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "publishing/delivery.hpp"

namespace postmypost::publishing {

struct Change {
  State to;
  std::string_view code;                          // of the event: "claimed", "no_answer"
  std::map<std::string, std::string> params = {};  // for the sentence a person reads
  std::optional<std::string_view> reason = {};     // of HELD and FAILED
  std::optional<Instant> ready_at = {};            // when the engine must look again
  std::optional<Error> error = {};                 // kept as last_error when set
};

void move(storage::Transaction& tx, Delivery& delivery, const Change& change, Instant now);

// Adds an event without a change of state ("uploaded", "released").
void note(storage::Transaction& tx, const Delivery& delivery, std::string_view code,
          const std::map<std::string, std::string>& params, Instant now);

// The lane's next_due from its deliveries; call after any change of ready_at.
void refresh_lane(storage::Transaction& tx, std::int64_t account_id);
void free_lane(storage::Transaction& tx, const Delivery& delivery);
void hold_back_lane(storage::Transaction& tx, std::int64_t account_id, Instant not_before);

}  // namespace postmypost::publishing
