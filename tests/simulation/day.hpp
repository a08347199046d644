// The day itself: what is set up, what people do, when the process dies. Private to the scenario.
#pragma once

#include "house.hpp"
#include "scenario.hpp"

namespace postmypost::simulation {

inline constexpr Duration kStorm = minutes(40);  // after it nothing goes wrong any more

struct KnownAccount {
  std::int64_t id = 0;
  Server* server = nullptr;  // none: the own page
  std::string name;          // as the server knows it
};

// What happens to the data of the day while nobody looks.
enum class Drill {
  kNone,
  kOldDatabase,         // a backup of the database is brought back, the journal is the present one
  kOldDatabaseNoJournal,  // the same, and the journal is gone
  kNoJournal,           // only the journal is gone
  kOldCopy,             // a copy of the whole data folder is brought back
  kOldImage,            // the disk's image of some minutes ago is set back: nothing inside can see it
  kMoved,               // the folder is copied to another disk and goes on there
  kClone,               // a copy of the folder is started beside the original
};
inline constexpr int kDrills = 8;
std::string_view to_string(Drill drill);

class Day {
 public:
  Day(std::uint64_t seed, const std::filesystem::path& folder);

  void live();
  std::int64_t workers() const { return static_cast<std::int64_t>(nodes_.size()); }
  // Its data is older than the world, or was at a time.
  bool is_restored() const { return drill_ != Drill::kNone && drill_ != Drill::kMoved && drill_ != Drill::kClone; }

  World world;
  std::vector<std::unique_ptr<Server>> servers;
  std::unique_ptr<House> house;  // another one after a restore
  std::vector<KnownAccount> accounts;
  Weather weather;
  bool liars = false;  // some answers named other posts
  Watch watch;
  std::int64_t kills = 0;
  Duration longest_outage = {};
  Counts drills;         // "moved": of this day, by the name of what was done
  // A disk image was set back that had been made then: what fell due since is looked for, as far as the network can be read.
  std::optional<Instant> image_from;

 private:
  void connect_accounts();
  void plan_publications();
  void plan_publication(bool may_repeat);
  void plan_more(Duration begin, Duration within);
  void set_people_to_work();
  void act_as_person(const std::string& likely);
  bool serves_people() const;
  bool sees_the_post(storage::Transaction& tx, const publishing::Delivery& delivery) const;
  void lose_and_find_an_account();
  void lose_a_network();
  void set_the_clock_wrong();
  void reconnect(KnownAccount& account);
  void wake_all();

  // Processes: one, or several workers on one store (day.cpp). What people do is in people.cpp.
  struct Node {
    std::unique_ptr<JournalDisk> journal;
    std::unique_ptr<Process> process;  // none while it is down
  };
  bool is_alone() const { return nodes_.size() == 1; }
  void start(Node& node);
  void kill(Node& node);
  void pause_somebody();
  void run_until(Instant until);
  bool is_quiet();

  // What happens to the data (drills.cpp).
  void plan_drill();
  void take_copy();
  void make_image();
  void bring_back();
  void start_clone();
  void ask_operator(Process& process, publishing::AdoptAs truth);
  publishing::AdoptAs truth() const;

  networks::Catalogue catalogue_;
  std::vector<Node> nodes_;
  Owner next_owner_ = 1;
  std::int64_t project_ = 0;
  publications::Publication last_planned_;
  int planned_ = 0;
  std::int64_t next_kill_ = 0;  // events from now; 0: none is planned
  int kills_left_ = 0;
  std::int64_t steps_ = 0;

  Drill drill_ = Drill::kNone;
  std::unique_ptr<JournalDisk> copied_journal_;
  std::unique_ptr<House> clone_house_;
  Node clone_;
};

// What must never be, of a day that has come to rest. The texts begin with the verdict: "lost", "duplicated", "false …".
std::vector<std::string> verdicts(Day& day);
Coverage coverage(Day& day);

}  // namespace postmypost::simulation
