#include "measures.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "client.hpp"
#include "fill.hpp"
#include "sink_process.hpp"
#include "tape.hpp"
#include "usage.hpp"

namespace postmypost::bench {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using storage::Transaction;

constexpr std::chrono::milliseconds kLook{20};
constexpr std::int64_t kAtOnce = 256;  // requests of the client alone

std::int64_t count(House& house, const char* where) {
  return house.database->read([&](Transaction& tx) {
    return tx.value<std::int64_t>(std::string("select count(*) from delivery where ") + where).value_or(0);
  });
}

void demand_exactly(const json::object& report, std::int64_t wanted) {
  const bool right = report.at("posts") == wanted && report.at("distinct") == wanted && report.at("doubled") == 0 &&
                     report.at("early") == 0;
  if (!right) throw std::runtime_error("the sink saw " + json::serialize(report) + ", not " + std::to_string(wanted) + " posts once each");
}

struct Drained {
  double seconds = 0, cpu_seconds = 0;
  json::object report;
};

// Runs the engine until all `wanted` posts came and their outcomes are durable.
Drained run_engine(House& house, storage::Database& database, const SinkProcess& sink, std::int64_t wanted) {
  Engine engine(house, database, sink.port());
  publishing::Dispatcher& dispatcher = engine.dispatcher();
  const double cpu = process_cpu_seconds();
  const auto begin = std::chrono::steady_clock::now();
  dispatcher.start();
  while (sink.count() < wanted || dispatcher.in_flight() > 0) std::this_thread::sleep_for(kLook);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  Drained drained{.seconds = spent.count(), .cpu_seconds = process_cpu_seconds() - cpu, .report = sink.report()};
  dispatcher.stop();
  demand_exactly(drained.report, wanted);
  if (count(house, "state='published'") < wanted) throw std::runtime_error("posts are there whose outcome is not");
  return drained;
}

json::object figures(const Drained& drained, std::int64_t deliveries) {
  const auto n = static_cast<double>(deliveries);
  return {{"deliveries", deliveries}, {"seconds", drained.seconds}, {"per_second", n / drained.seconds},
          {"cpu_us", drained.cpu_seconds / n * 1e6}};
}

json::object client_figures(const SinkProcess& sink, std::int64_t requests, std::int64_t at_once) {
  const auto n = static_cast<double>(requests);
  const Sent bare = send_by_libcurl(sink.port(), requests, at_once);
  const Sent gated = send_by_egress(sink.port(), requests, at_once);
  return {{"libcurl_per_second", n / bare.seconds}, {"libcurl_cpu_us", bare.cpu_seconds / n * 1e6},
          {"egress_per_second", n / gated.seconds}, {"egress_cpu_us", gated.cpu_seconds / n * 1e6}};
}

}  // namespace

json::object drain(const Run& run) {
  House house(run.data, run.postgresql);
  const SinkProcess sink(run.latency);
  const std::int64_t due = count(house, "state='scheduled'");
  json::object result = figures(run_engine(house, *house.database, sink, due), due);
  result["peak_mb"] = peak_memory_mb();
  return result;
}

// Replays the tape on the same rows as before the run.
Replayed replay_before(const Run& run, const Tape& tape, const fs::path& copy, const Fill& fills) {
  if (run.postgresql.empty()) return replay(tape, copy);
  // Ids are given in order, so the same fill of another database makes the same rows.
  House house(run.data / "second", run.second);
  fill(house, fills);
  return replay(tape, *house.database);
}

json::object throughput(const Run& run, std::int64_t deliveries) {
  const Fill fills{.accounts = run.accounts, .publications = deliveries, .first_due = SystemClock().now()};
  {
    House house(run.data, run.postgresql);
    fill(house, fills);
  }
  const fs::path copy = run.data / "before.sqlite";
  if (run.postgresql.empty()) fs::copy_file(run.data / "postmypost.sqlite", copy);
  const SinkProcess sink(run.latency);
  House house(run.data, run.postgresql);
  Recorder recorder(*house.database);
  json::object result = figures(run_engine(house, recorder, sink, deliveries), deliveries);
  const Tape tape = recorder.take();
  const Replayed raw = replay_before(run, tape, copy, fills);
  const auto n = static_cast<double>(deliveries);
  std::size_t statements = 0;
  for (const auto& commit : tape.commits) {
    for (const Statement& statement : commit) statements += statement.rows.size();
  }
  std::int64_t reads = 0;
  for (const auto& [sql, times] : tape.reads) reads += times;
  result["statements"] = static_cast<double>(statements) / n;
  result["commits"] = tape.commits.size();
  result["reads"] = static_cast<double>(reads) / n;
  result["snapshots"] = static_cast<double>(tape.snapshots) / n;
  result["raw_per_second"] = n / raw.seconds;
  result["raw_cpu_us"] = raw.cpu_seconds / n * 1e6;
  result["syncs_per_second"] = syncs_per_second(run.data);
  for (auto& [name, value] : client_figures(sink, deliveries, kAtOnce)) result[name] = value;
  return result;
}

json::object steady(const Run& run, std::int64_t rate, std::int64_t seconds_long) {
  House house(run.data, run.postgresql);
  const std::int64_t deliveries = rate * seconds_long;
  fill(house, {.accounts = run.accounts, .publications = deliveries, .first_due = house.clock.now() + seconds(8),
               .step = microseconds(1'000'000 / rate)});
  const SinkProcess sink(run.latency);
  json::object result = figures(run_engine(house, *house.database, sink, deliveries), deliveries);
  for (const char* name : {"p50_us", "p99_us", "latest_us"}) result[name] = sink.report().at(name);
  return result;
}

json::object client(const Run& run, std::int64_t requests, std::int64_t at_once) {
  const SinkProcess sink(run.latency);
  return client_figures(sink, requests, at_once);
}

json::object claim_cost(const Run& run) {
  constexpr int kTimes = 60;
  House house(run.data, run.postgresql);
  std::vector<double> costs;
  std::size_t claimed = 0;
  for (int i = 0; i < kTimes; ++i) {
    house.database->write_with(storage::Queue::kEngine, [&](Transaction& tx) {
      const double begin = thread_cpu_seconds();
      claimed = publishing::claim_due(tx, /*worker=*/1, house.clock.now(), {}).size();
      costs.push_back((thread_cpu_seconds() - begin) / static_cast<double>(std::max<std::size_t>(claimed, 1)) * 1e6);
      return false;  // rolled back: the next pass finds the same
    });
  }
  std::ranges::sort(costs);
  return {{"claimed", claimed}, {"median_us", costs[kTimes / 2]}, {"least_us", costs.front()}};
}

}  // namespace postmypost::bench
