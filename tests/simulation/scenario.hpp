// One simulated day of one Postmypost: accounts at every kind of network, publications, people who change their minds,
// a process that is killed again and again; and the checker that joins what the world saw with what the database says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace postmypost::simulation {

// How often what happened; a name with 0 could happen and did not.
using Counts = std::map<std::string, std::int64_t>;

struct Coverage {
  Counts moves;   // "sending → unknown": all of the state machine
  Counts events;  // event codes: the windows as the engine names them
  Counts faults;  // "mastodon: hang": what went wrong with a request, at each kind of server
  Counts drills;  // "moved": what happened to the data of a day
};

struct Report {
  std::uint64_t seed = 0;
  std::vector<std::string> broken;  // what must never be: "lost: …", "duplicated: …"; empty is good
  std::vector<std::string> trace;
  std::int64_t deliveries = 0, posts = 0, kills = 0;
  std::int64_t undecided = 0;       // doubts that were shown to a person
  Coverage coverage;
};

// A data folder with tables and keys that every seed starts from a copy of.
void make_template(const std::filesystem::path& folder);

Report run_scenario(std::uint64_t seed, const std::filesystem::path& blank, const std::filesystem::path& folder);

}  // namespace postmypost::simulation
