// Counting people once a day (policy clause 2.2.6). What belongs to one person is looked up, put into one bin of each
// histogram and forgotten; only sums leave these functions. Whoever objected, leaves, or is restricted is not counted.
//
// Two days compared may still tell something about one person who came or went, so nothing here is called anonymous
// (docs/privacy.md).
#pragma once

#include <atomic>

#include "base/clock.hpp"
#include "identity/choices.hpp"
#include "statistics/store.hpp"
#include "storage/database.hpp"

namespace postmypost::statistics {

std::string day_of(Instant now);  // UTC

// Counts for the day of `now` unless that day was counted. Reads one person at a time; nobody waits for it.
void count_people(storage::Database& database, const identity::Choices& choices, Store& store, Instant now,
                  const std::atomic<bool>& stop);

}  // namespace postmypost::statistics
