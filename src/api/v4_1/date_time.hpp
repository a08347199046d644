// Date-times as clients of /v4.1 write them.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace postmypost::api::v4_1 {

// ISO 8601, extended or basic, with seconds or without, with a fraction (dropped), with Z or an offset of hours or minutes; without an
// offset it is wall time in `zone`, the earlier one where it happens twice. Errors: `time.form`, `time.gap`, for `field`.
Result<Instant> parse_date_time(std::string_view text, std::string_view zone, const std::string& field);

}  // namespace postmypost::api::v4_1
