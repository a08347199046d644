// Wall times in IANA zones, by the system's zone files (date-tz). Thread-safe.
//
// Never takes an offset from ICU: its zones in Debian 12 are years old (docs/adr/0003). After 2037 Debian's
// build ignores daylight saving.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace postmypost {

// "2026-11-24T12:30" or with seconds; no offset. Kept beside the instant, so that a promise made in wall time
// survives a change of the zone's rules.
struct WallTime {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  friend bool operator==(const WallTime&, const WallTime&) = default;
};

std::optional<WallTime> parse_wall_time(std::string_view text);
std::string to_string(const WallTime& wall);  // "2026-11-24T12:30:00"

enum class Fold { kRefuse, kEarlier, kLater };

bool zone_exists(std::string_view zone);
std::vector<std::string> all_zones();

// The instant of a wall time in a zone.
// Errors: `time.zone_unknown`; `time.gap` (the wall time does not exist; params `before` and `after` are the two
// nearest valid wall times); `time.overlap` with Fold::kRefuse (it happens twice; params `earlier` and `later`
// are RFC 3339 instants with offsets).
Result<Instant> to_instant(const WallTime& wall, std::string_view zone, Fold fold);
WallTime to_wall(Instant t, std::string_view zone);
int offset_seconds(Instant t, std::string_view zone);
// The offsets of a zone and when they change, from the beginning of `first_year` for `years`: two texts differ when the rules do.
std::string zone_rules(std::string_view zone, int first_year, int years);

std::string to_rfc3339(Instant t);  // "2026-11-24T09:30:00.000Z"
std::string to_rfc3339(Instant t, std::string_view zone);  // "2026-11-24T12:30:00+03:00"
std::optional<Instant> parse_rfc3339(std::string_view text);  // demands an offset or Z
std::string to_http_date(Instant t);  // RFC 9110 IMF-fixdate
std::optional<Instant> parse_http_date(std::string_view text);  // only that form: the two obsolete ones are extinct

// Refuses to go on with zone files that stop early: New York must be at -4 h next July.
Result<> check_zone_files(Instant now);

}  // namespace postmypost
