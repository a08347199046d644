// How deliveries leave their lease: published, refused, to be tried again, in doubt.
//
// One transaction of outcome, attempt, disclosure result, events and lane (I7), for many deliveries at once. An ending is
// written only while the delivery is what its worker had claimed. When a rescuer was faster, only a truth is still taken: that the
// post is there (I5, late truth from any epoch).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "projects/account_rows.hpp"
#include "publishing/attempts.hpp"
#include "publishing/transitions.hpp"
#include "vault/ledger.hpp"

namespace postmypost::publishing {

struct Ending {
  Delivery delivery;  // as claimed, with what the work changed in it (remote id, tries, progress)
  Change change;
  std::optional<Closing> closing = {};
  std::optional<vault::DisclosureOutcome> disclosed = {};
  std::vector<vault::Ledger::Outcome> asides = {};  // results of looks and renewals
  Instant lane_not_before{0};
  bool loses_account = false;  // it must be connected again, because of the change's error
};

void write_endings(storage::Transaction& tx, const projects::AccountRows& accounts, std::span<const Ending> endings,
                   Instant now);

// The truth that a post of `delivery` is there, when somebody else may hold the delivery by now. `found` has its remote id.
// False when the present holder has already let a byte go, or it is over: then it is only noted.
bool accept_late_truth(storage::Transaction& tx, const Delivery& found, Instant now);

}  // namespace postmypost::publishing
