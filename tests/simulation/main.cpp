// postmypost-sim: days of the production engine under seeded time, chance, networks and kills.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "base/log.hpp"
#include "scenario.hpp"

namespace {

using postmypost::simulation::Counts;
using postmypost::simulation::Report;
namespace fs = std::filesystem;

struct Wish {
  std::uint64_t first = 1;
  std::uint64_t seeds = 0;     // at least so many
  double seconds = 0;          // at least so long
  bool trace = false;
  bool quiet = false;
  std::string json;
};

void print_table(const char* title, const Counts& table) {
  std::printf("\n%s\n", title);
  for (const auto& [name, count] : table) std::printf("  %-36s %9lld\n", name.c_str(), static_cast<long long>(count));
}

void add(Counts& sum, const Counts& more) {
  for (const auto& [name, count] : more) sum[name] += count;
}

void add(Report& sum, const Report& more) {
  sum.deliveries += more.deliveries, sum.posts += more.posts, sum.kills += more.kills, sum.undecided += more.undecided;
  add(sum.coverage.moves, more.coverage.moves);
  add(sum.coverage.events, more.coverage.events);
  add(sum.coverage.faults, more.coverage.faults);
  add(sum.coverage.drills, more.coverage.drills);
}

void write_json(const std::string& file, const Report& sum, std::uint64_t days, double seconds) {
  std::ofstream(file) << boost::json::serialize(boost::json::object{
      {"days", days},
      {"seconds", seconds},
      {"deliveries", sum.deliveries},
      {"posts", sum.posts},
      {"kills", sum.kills},
      {"undecided", sum.undecided},
      {"moves", boost::json::value_from(sum.coverage.moves)},
      {"events", boost::json::value_from(sum.coverage.events)},
      {"faults", boost::json::value_from(sum.coverage.faults)},
      {"drills", boost::json::value_from(sum.coverage.drills)}});
}

void print_failure(const Report& report) {
  std::printf("seed %llu:\n", static_cast<unsigned long long>(report.seed));
  for (const std::string& line : report.trace) std::printf("  %s\n", line.c_str());
  for (const std::string& line : report.broken) std::printf("BROKEN %s\n", line.c_str());
  std::printf("again: postmypost-sim --first %llu --seeds 1 --trace\n", static_cast<unsigned long long>(report.seed));
}

// A failure of the engine that it does not expect is a verdict, too.
std::uint64_t current_seed = 0;
void tell_abort(int) {
  std::printf("broken at seed %llu: aborted\n", static_cast<unsigned long long>(current_seed));
  std::fflush(stdout);
  std::_Exit(1);
}
Report day(std::uint64_t seed, const fs::path& folder) {
  current_seed = seed;
  try {
    return postmypost::simulation::run_scenario(seed, folder / "blank", folder / "day");
  } catch (const std::exception& failure) {
    return {.seed = seed, .broken = {std::string("threw: ") + failure.what()}};
  }
}

int run(const Wish& wish, const fs::path& folder) {
  const auto begin = std::chrono::steady_clock::now();
  const auto spent = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  postmypost::simulation::make_template(folder / "blank");
  Report sum;
  std::uint64_t done = 0;
  for (; done < wish.seeds || spent() < wish.seconds; ++done) {
    const Report report = day(wish.first + done, folder);
    if (wish.trace || (!report.broken.empty() && !wish.quiet)) print_failure(report);
    if (!report.broken.empty()) {
      std::printf("broken at seed %llu: %s\n", static_cast<unsigned long long>(report.seed), report.broken.front().c_str());
      return 1;
    }
    add(sum, report);
  }
  if (!wish.json.empty()) write_json(wish.json, sum, done, spent());
  if (!wish.quiet) {
    print_table("Moves between states", sum.coverage.moves);
    print_table("Events", sum.coverage.events);
    print_table("What went wrong with requests", sum.coverage.faults);
    print_table("What happened to the data", sum.coverage.drills);
  }
  std::printf("\n%llu days in %.1f s (%.1f days/s): %lld deliveries, %lld posts in the networks, %lld kills, %lld doubts shown to people; "
              "nothing lost, doubled, false, early or silent\n",
              static_cast<unsigned long long>(done), spent(), static_cast<double>(done) / spent(),
              static_cast<long long>(sum.deliveries), static_cast<long long>(sum.posts), static_cast<long long>(sum.kills),
              static_cast<long long>(sum.undecided));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Wish wish;
  CLI::App app("Days of the publishing engine in a simulated world; a failing seed prints its trace.");
  app.add_option("--first", wish.first, "the first seed");
  app.add_option("--seeds", wish.seeds, "at least so many seeds");
  app.add_option("--seconds", wish.seconds, "at least so long (default: 20, unless --seeds is given)");
  app.add_flag("--trace", wish.trace, "print what happened, also when all is well");
  app.add_flag("--quiet", wish.quiet, "only the verdict");
  app.add_option("--json", wish.json, "write the sums to this file");
  CLI11_PARSE(app, argc, argv);
  if (wish.seeds == 0 && wish.seconds == 0) wish.seconds = 20;
  std::signal(SIGABRT, tell_abort);
  postmypost::log::set_level(postmypost::log::Level::kError);
  // A file system in memory where there is one: what survives a power loss is the crash VFS's matter, not this one's.
  const fs::path base = fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path();
  const fs::path folder = base / ("postmypost-sim-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  int status = 2;
  try {
    status = run(wish, folder);
  } catch (const std::exception& failure) {
    std::printf("the simulation itself failed: %s\n", failure.what());
  }
  fs::remove_all(folder);
  return status;
}
