// The day itself: what is set up, what people do, when the process dies. Private to the scenario.
#pragma once

#include "house.hpp"
#include "scenario.hpp"

namespace postmypost::simulation {

struct KnownAccount {
  std::int64_t id = 0;
  Server* server = nullptr;  // none: the own page
  std::string name;          // as the server knows it
};

class Day {
 public:
  Day(std::uint64_t seed, const std::filesystem::path& folder);

  void live();

  World world;
  std::vector<std::unique_ptr<Server>> servers;
  House house;
  std::vector<KnownAccount> accounts;
  Weather weather;
  bool liars = false;  // some answers named other posts
  Watch watch;
  std::int64_t kills = 0;
  Duration longest_outage = {};

 private:
  void connect_accounts();
  void plan_publications();
  void set_people_to_work();
  void act_as_person();
  bool sees_the_post(storage::Transaction& tx, const publishing::Delivery& delivery) const;
  void lose_and_find_an_account();
  void lose_a_network();
  void set_the_clock_wrong();
  void reconnect(KnownAccount& account);
  void start_process();
  void kill_process();
  void run_until(Instant until);
  bool is_quiet();

  networks::Catalogue catalogue_;
  std::unique_ptr<Process> process_;
  Owner next_owner_ = 1;
  std::int64_t project_ = 0;
  std::int64_t next_kill_ = 0;  // events from now; 0: none is planned
  int kills_left_ = 0;
  std::int64_t steps_ = 0;
};

// What must never be, of a day that has come to rest. The texts begin with the verdict: "lost", "duplicated", "false …".
std::vector<std::string> verdicts(Day& day);
Coverage coverage(Day& day);

}  // namespace postmypost::simulation
