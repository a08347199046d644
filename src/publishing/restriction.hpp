// A person's restriction and their planned posts: held while it lasts, planned again when it is lifted.
//
// Whoever plans, claims or lets an INTENT pass asks the person's row itself, so nothing of theirs leaves from the moment it says so; these two
// only make the calendar say it at once. They go through the deliveries a few at a time.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "storage/database.hpp"

namespace postmypost::publishing {

// SCHEDULED and RETRY_WAIT of the person's publications → HELD (restricted). How many.
std::int64_t hold_restricted(storage::Database& database, std::int64_t user, Instant now);

// HELD (restricted) → SCHEDULED, or HELD (missed) where the time has passed.
std::int64_t resume_restricted(storage::Database& database, std::int64_t user, Instant now);

}  // namespace postmypost::publishing
