// A post is promised for a wall time in a zone. When the rules of the zone change between planning and due (governments do that with
// weeks of notice), the instant is computed anew.
//
// Done at a start, before the first claim: a process reads zone files once. Only zones whose rules differ from those of the last
// start are looked at, through an index, so that a start without news costs nothing. Moved are publications that have not been
// claimed; each delivery gets the event `moved_by_zone_rules` with both instants. A wall time that no longer exists becomes the
// first that does; one that has become ambiguous means the earlier, unless the stored instant is the later.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/zones.hpp"
#include "storage/database.hpp"

namespace postmypost::publishing {

// The zones as a process sees them; a test brings its own.
struct ZoneSource {
  std::function<Result<Instant>(const WallTime& wall, std::string_view zone, Fold fold)> instant = to_instant;
  std::function<std::string(std::string_view zone, int first_year, int years)> rules = zone_rules;
};

// Returns how many publications moved.
std::size_t follow_zone_rules(storage::Database& database, const ZoneSource& zones, Instant now);

}  // namespace postmypost::publishing
