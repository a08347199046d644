#include "group_commit.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http_load.hpp"
#include "storage/database.hpp"
#include "usage.hpp"

namespace postmypost::bench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kTable = "create table raw_row (id bigint primary key, content text not null);";

std::unique_ptr<storage::Database> empty_database(const Run& run) {
  fs::create_directories(run.data);
  auto database = run.postgresql.empty() ? storage::open_sqlite(run.data / "raw.sqlite")
                                         : std::move(storage::open_postgresql({.address = run.postgresql})).value();
  storage::migrate(*database, {{.version = 1, .room = "benchmarks", .sql = kTable}}, SystemClock().now()).value();
  return database;
}

}  // namespace

boost::json::object group_commit(const Run& run, std::int64_t writers, std::int64_t count) {
  const auto database = empty_database(run);
  const std::string content(200, 'x');
  std::vector<double> all;
  std::mutex mutex;
  std::atomic<std::int64_t> begun{0};
  const auto write_on = [&] {
    std::vector<double> times;
    while (begun++ < count) {
      const auto begin = Clock::now();
      database->write([&](storage::Transaction& tx) {
        tx.execute("insert into raw_row (id, content) values ($1,$2)", tx.next_id("raw_row"), content);
      });
      times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    }
    const std::lock_guard lock(mutex);
    all.insert(all.end(), times.begin(), times.end());
  };
  const auto begin = Clock::now();
  {
    std::vector<std::jthread> threads;
    for (std::int64_t i = 0; i < writers; ++i) threads.emplace_back(write_on);
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  boost::json::object result = waits(std::move(all));
  result["per_second"] = static_cast<double>(count) / seconds;
  result["syncs_per_second"] = syncs_per_second(run.data);
  return result;
}

}  // namespace postmypost::bench
