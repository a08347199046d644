#include "scenario.hpp"

#include "app/migrations.hpp"
#include "day.hpp"

namespace postmypost::simulation {

namespace fs = std::filesystem;

void make_template(const fs::path& folder) {
  Dice dice(1);
  const SystemClock clock;
  fs::create_directories(folder);
  const auto vault = std::move(vault::open_vault(folder, true, dice, clock)).value();
  const auto database = storage::open_sqlite(folder / "postmypost.sqlite");
  storage::migrate(*database, app::all_migrations(), Instant{1}).value();
  const auto blobs = storage::open_disk_blobs(folder / "media", dice);
}

namespace {

// The engine's own story, after the world's.
void tell_events(Day& day) {
  day.house->database->read([&](storage::Transaction& tx) {
    for (const auto& [id, at, to, code, params] : tx.rows<std::int64_t, Instant, std::string, std::string, std::string>(
             "select delivery_id, at, to_state, code, params from delivery_event order by delivery_id, id")) {
      day.world.say("delivery {} at {:.3f}: {} → {} {}", id, day.world.seconds_at(at), code, to, params);
    }
  });
}

}  // namespace

Report run_scenario(std::uint64_t seed, const fs::path& blank, const fs::path& folder) {
  fs::remove_all(folder);
  fs::copy(blank, folder, fs::copy_options::recursive);
  Report report{.seed = seed};
  Day day(seed, folder);
  day.live();
  report.broken = verdicts(day);
  report.coverage = coverage(day);
  if (!report.broken.empty()) tell_events(day);
  report.trace = day.world.trace();
  report.kills = day.kills;
  for (const auto& server : day.servers) report.posts += static_cast<std::int64_t>(server->posts.size());
  day.house->database->read([&](storage::Transaction& tx) {
    report.deliveries = tx.value<std::int64_t>("select count(*) from delivery").value_or(0);
    report.undecided =
        tx.value<std::int64_t>("select count(*) from delivery where state='held' and reason='undecided'").value_or(0);
  });
  return report;
}

}  // namespace postmypost::simulation
