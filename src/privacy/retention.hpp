// Retention: what the rooms declare to be over is ended by one job (docs/privacy.md).
#pragma once

#include <atomic>

#include "base/clock.hpp"
#include "privacy/registry.hpp"

namespace postmypost::privacy {

// Ends all that is over at `now`; how many rows it deleted or emptied. Looks with readers and writes a hundred rows at a
// time, so people and the engine never wait for it. Stops early when `stop` turns true. Throws storage::DatabaseError;
// what was ended until then stays so, and the next run goes on. Several processes on one store may all do so: a row is ended
// once.
std::int64_t end_what_is_over(storage::Database& database, const Registry& registry, Instant now,
                              const std::atomic<bool>& stop);

}  // namespace postmypost::privacy
