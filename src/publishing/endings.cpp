#include "publishing/endings.hpp"

#include <vector>

namespace postmypost::publishing {
namespace {

using storage::Transaction;
using vault::DisclosureOutcome;
using vault::Ledger;

Guard guard_of(const Ending& ending) {
  return ending.change.to == State::kPublished && ending.delivery.remote_id ? Guard::kUnclaimedId : Guard::kNone;
}

bool is_id_taken(Transaction& tx, const Delivery& delivery) {
  return delivery.remote_id &&
         tx.value<std::int64_t>("select id from delivery where account_id=$1 and remote_id=$2 and id<>$3",
                                delivery.account_id, *delivery.remote_id, delivery.id)
             .has_value();
}

// I6: a remote id belongs to one delivery. The answer named another one's.
void hold_as_duplicate(Transaction& tx, Delivery delivery, Instant now) {
  if (delivery.state == State::kHeld) return note(tx, delivery, "names_another_delivery", {}, now);
  if (const auto attempt = unresolved_attempt(tx, delivery)) {
    close_attempt(tx, attempt->id, "names_another_delivery", /*if_ungated=*/false, now);
  }
  move(tx, delivery, {.to = State::kHeld, .code = "names_another_delivery", .reason = reason::kDuplicate}, now);
}

void end_belated(Transaction& tx, const Ending& ending, Instant now) {
  const Delivery present = *load_delivery(tx, ending.delivery.id);
  const bool ours = present.epoch == ending.delivery.epoch && present.state == ending.delivery.state;
  if (ours && is_id_taken(tx, ending.delivery)) {
    hold_as_duplicate(tx, present, now);
  } else if (ending.change.to == State::kPublished) {
    accept_late_truth(tx, ending.delivery, now);
  }
  if (ending.disclosed && ending.delivery.disclosure_id) {
    Ledger::record_outcome(tx, *ending.delivery.disclosure_id, *ending.disclosed, now);
  }
  // A lane leased anew belongs to its new holder.
  if (!is_leased(load_delivery(tx, present.id)->state)) {
    const Release release{.account_id = present.account_id, .delivery_id = present.id};
    release_lanes(tx, std::span(&release, 1));
  }
}

// Those that moved; the rest were not what their worker had claimed.
std::vector<bool> move_all(Transaction& tx, std::span<const Ending> endings, Instant now) {
  std::vector<bool> moved(endings.size());
  for (const Guard guard : {Guard::kNone, Guard::kUnclaimedId}) {
    std::vector<Moving> movings;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < endings.size(); ++i) {
      if (guard_of(endings[i]) != guard) continue;
      movings.push_back({.delivery = endings[i].delivery, .change = endings[i].change});
      places.push_back(i);
    }
    const std::vector<bool> result = move_each(tx, movings, guard, now);
    for (std::size_t i = 0; i < places.size(); ++i) moved[places[i]] = result[i];
  }
  return moved;
}

bool is_open_to_truth(const Delivery& delivery) {
  switch (delivery.state) {
    case State::kScheduled:
    case State::kClaimed:
    case State::kPrepared:
    case State::kSending:
    case State::kRetryWait:
    case State::kUnknown:
    case State::kReconciling: return true;
    case State::kHeld: return is_undecided(delivery);
    default: return false;
  }
}

}  // namespace

void write_endings(Transaction& tx, const projects::AccountRows& accounts, std::span<const Ending> endings, Instant now) {
  const std::vector<bool> moved = move_all(tx, endings, now);
  std::vector<Closing> closings;
  std::vector<Ledger::Outcome> outcomes;
  std::vector<Release> releases;
  for (std::size_t i = 0; i < endings.size(); ++i) {
    const Ending& ending = endings[i];
    outcomes.insert(outcomes.end(), ending.asides.begin(), ending.asides.end());
    if (ending.loses_account) accounts.needs_reconnect(tx, ending.delivery.account_id, *ending.change.error);
    if (!moved[i]) continue;
    if (ending.closing) closings.push_back(*ending.closing);
    if (ending.disclosed && ending.delivery.disclosure_id) {
      outcomes.push_back({*ending.delivery.disclosure_id, *ending.disclosed});
    }
    releases.push_back({ending.delivery.account_id, ending.delivery.id, ending.lane_not_before});
  }
  close_attempts(tx, closings, now);
  Ledger::record_outcomes(tx, outcomes, now);
  release_lanes(tx, releases);
  for (std::size_t i = 0; i < endings.size(); ++i) {
    if (!moved[i]) end_belated(tx, endings[i], now);
  }
}

bool accept_late_truth(Transaction& tx, const Delivery& found, Instant now) {
  Delivery present = *load_delivery(tx, found.id);
  if (present.state == State::kPublished && present.remote_id == found.remote_id) return true;
  const auto attempt = unresolved_attempt(tx, present);
  const bool doubled = present.state == State::kSending && attempt && attempt->phase == "gate" && attempt->epoch != found.epoch;
  if (present.generation != found.generation || !is_open_to_truth(present) || doubled) {
    note(tx, present, "late_truth_not_taken", {}, now);
    return false;
  }
  if (is_id_taken(tx, found)) {
    hold_as_duplicate(tx, present, now);
    return true;
  }
  if (attempt) close_attempt(tx, attempt->id, "applied", /*if_ungated=*/false, now);
  present.remote_id = found.remote_id;
  present.permalink = found.permalink;
  present.sent_at = found.sent_at;
  present.progress = found.progress;
  present.last_error.reset();
  move(tx, present, {.to = State::kPublished, .code = "late_truth"}, now);
  return true;
}

}  // namespace postmypost::publishing
