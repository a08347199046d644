// The measures of the engine in this process: real dispatcher, real store, real client, a sink on loopback.
//
// Each gives one JSON object of figures, and throws when something was lost, doubled or early: a fast engine that is wrong
// has no speed.
#pragma once

#include <boost/json.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/clock.hpp"

namespace postmypost::bench {

struct Run {
  std::filesystem::path data;
  std::string postgresql = {};  // an address; empty: SQLite in `data`
  std::string second = {};      // throughput on PostgreSQL: another empty database, for the replay
  std::int64_t accounts = 1'000;
  Duration latency = {};
};

// Everything that is due in the filled folder `data` is delivered: {"deliveries","seconds","per_second","cpu_us","peak_mb",…}.
boost::json::object drain(const Run& run);
// The same on `count` deliveries, written down and replayed by the bare store beside it: {"engine","raw","ratio",…}.
boost::json::object throughput(const Run& run, std::int64_t count);
// `rate` deliveries a second for `seconds` seconds: lateness by the sink's clock.
boost::json::object steady(const Run& run, std::int64_t rate, std::int64_t seconds);
// The way out alone, `at_once` requests in flight: bare libcurl and the product's client.
boost::json::object client(const Run& run, std::int64_t count, std::int64_t at_once);
// The writer's time for one claimed delivery of the filled folder, by the claims of one pass rolled back again and again.
boost::json::object claim_cost(const Run& run);

}  // namespace postmypost::bench
