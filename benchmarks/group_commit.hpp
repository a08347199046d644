// What a durable commit allows at most: writers at once that each wait for one small row.
#pragma once

#include <boost/json.hpp>

#include "measures.hpp"

namespace postmypost::bench {

// `writers` threads write rows of 200 bytes, `count` in all, each its own write of the product's store with its grouping:
// {"per_second","p50_ms","p99_ms","worst_ms","syncs_per_second"}; the last is the disk alone, one append after the other.
boost::json::object group_commit(const Run& run, std::int64_t writers, std::int64_t count);

}  // namespace postmypost::bench
