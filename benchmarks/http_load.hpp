// Clients of the HTTP API on this machine: connections that are kept, one request in flight on each.
#pragma once

#include <boost/json.hpp>

#include <filesystem>
#include <vector>

namespace postmypost::bench {

// Figures of several waits in milliseconds, sorted here: {"p50_ms","p99_ms","worst_ms"}.
boost::json::object waits(std::vector<double> milliseconds);

// What `wish` (a JSON file) asks for: {"port","clients","warm_up","count","method","paths","headers","bodies","status"}. Paths and
// bodies are taken in turn; {n} in a body is the request's number. One thread serves all connections, so that the clients take little of
// the machine. Gives, of the requests after the warm-up, {"requests","seconds","per_second","cpu_us","bytes"} and `waits`;
// `cpu_us` is the clients' own for a request. Throws when an answer has another status: an error that is fast has no speed.
boost::json::object http_load(const std::filesystem::path& wish);

}  // namespace postmypost::bench
