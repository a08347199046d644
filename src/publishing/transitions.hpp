// The one way a delivery changes its state.
//
// Both functions check the table of states.hpp (a move that is not in it throws std::logic_error and rolls back: the invariants
// stay on in production) and write the whole row from the given Delivery under compare-and-set, the append-only event (I10) and,
// where somebody outside looks, the outbox row, in the caller's transaction. So change the Delivery, not the row.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

// For people and for what is rare: one delivery, whose lane is refreshed too. Throws when it changed under its mover.
void move(storage::Transaction& tx, Delivery& delivery, const Change& change, Instant now);

// For the engine: many deliveries, one statement per kind of row.
struct Moving {
  Delivery delivery;  // as it was read, with whatever else the mover changed in it; its state and epoch are the condition
  Change change;
  std::int64_t claims = 0;  // raises the epoch by this
};
enum class Guard {
  kNone,
  kConnected,   // and the account is connected (I8), and the author has not paused what is done with their data
  kUnclaimedId  // and no other delivery of the account has its remote id (I6)
};
// True for each that moved; then its `delivery` is what the row now holds. False: it had changed, or the guard held it back.
// Lanes are the caller's.
std::vector<bool> move_each(storage::Transaction& tx, std::span<Moving> movings, Guard guard, Instant now);

// Adds an event without a change of state ("uploaded", "released").
void note(storage::Transaction& tx, const Delivery& delivery, std::string_view code,
          const std::map<std::string, std::string>& params, Instant now);

// ---- Lanes: one per account, one delivery in flight.

// The lane's next_due from its deliveries; call after any change of ready_at outside a lease.
void refresh_lane(storage::Transaction& tx, std::int64_t account_id);
// Nothing of the account is claimed before that instant.
void hold_back_lane(storage::Transaction& tx, std::int64_t account_id, Instant not_before);

struct Release {
  std::int64_t account_id, delivery_id;
  Instant not_before{0};
};
// Ends the lease of each and refreshes its lane; a lane that somebody else has leased meanwhile stays theirs.
void release_lanes(storage::Transaction& tx, std::span<const Release> releases);

// What a person did to a publication, for whoever listens: "publication.created", "publication.changed", "publication.deleted".
void announce(storage::Transaction& tx, std::string_view topic, std::int64_t project_id, std::int64_t publication_id, Instant now);

}  // namespace postmypost::publishing
