// What happens to the data of a day: backups brought back, journals lost, folders moved and cloned; and the operator, who says
// what is true when the engine asks.
#include <sqlite3.h>

#include "day.hpp"

namespace postmypost::simulation {

namespace fs = std::filesystem;
using publishing::AdoptAs;
using publishing::Origin;

namespace {

constexpr auto kNames = std::to_array<std::string_view>({"none", "old database", "old database, journal lost", "journal lost",
                                                         "old copy of the folder", "old disk image", "moved",
                                                         "clone beside the original"});
static_assert(kNames.size() == kDrills);

// As `sqlite3 FILE .backup TO` does it while the program runs.
void back_up(const fs::path& from, const fs::path& to) {
  sqlite3 *source = nullptr, *target = nullptr;
  const bool is_open = sqlite3_open(from.c_str(), &source) == SQLITE_OK && sqlite3_open(to.c_str(), &target) == SQLITE_OK;
  sqlite3_backup* backup = is_open ? sqlite3_backup_init(target, "main", source, "main") : nullptr;
  const bool is_done = backup && sqlite3_backup_step(backup, -1) == SQLITE_DONE;
  sqlite3_backup_finish(backup);
  sqlite3_close(source);
  sqlite3_close(target);
  if (!is_done) throw std::runtime_error("the backup failed");
}

}  // namespace

std::string_view to_string(Drill drill) { return kNames.at(static_cast<std::size_t>(drill)); }

AdoptAs Day::truth() const { return drill_ == Drill::kMoved ? AdoptAs::kMoved : AdoptAs::kRestored; }

void Day::plan_drill() {
  if (!is_alone() || !world.dice.chance(0.5)) return;
  drill_ = static_cast<Drill>(world.dice.between(std::int64_t{1}, std::int64_t{kDrills - 1}));
  ++drills[std::string(to_string(drill_))];
  world.after(world.dice.between(seconds(1), minutes(18)), kNetwork, [this] { take_copy(); });
}

void Day::take_copy() {
  world.say("-- a copy of the data is taken --");
  if (drill_ == Drill::kOldImage) return make_image();
  back_up(house->folder / "postmypost.sqlite", house->folder / "copy.sqlite");
  copied_journal_ = std::make_unique<JournalDisk>(*nodes_[0].journal);
  if (drill_ == Drill::kClone) return start_clone();
  const Duration later = drill_ == Drill::kMoved ? Duration{} : world.dice.between(seconds(1), minutes(15));
  world.after(later, kNetwork, [this] { bring_back(); });
}

// While the machine is off; so what comes after it gets ids of new blocks, and gets the same ones again after it is set back.
void Day::make_image() {
  Node& node = nodes_[0];
  node.process.reset();
  back_up(house->folder / "postmypost.sqlite", house->folder / "copy.sqlite");
  copied_journal_ = std::make_unique<JournalDisk>(*node.journal);
  copied_journal_->is_original = true;
  image_from = world.time();
  const fs::path folder = house->folder;
  house.reset();
  house = std::make_unique<House>(world, folder);
  world.after(seconds(10), kNetwork, [this, &node] { start(node); });
  plan_more(seconds(10), minutes(2));
  world.after(world.dice.between(minutes(3), minutes(15)), kNetwork, [this] { bring_back(); });
}

void Day::bring_back() {
  Node& node = nodes_[0];
  world.say("-- SIGKILL; then: {} --", to_string(drill_));
  node.process.reset();
  const fs::path folder = house->folder;
  if (drill_ != Drill::kNoJournal && drill_ != Drill::kMoved) {
    house.reset();
    fs::remove(folder / "postmypost.sqlite-wal");
    fs::rename(folder / "copy.sqlite", folder / "postmypost.sqlite");
    house = std::make_unique<House>(world, folder);
  }
  if (drill_ == Drill::kNoJournal || drill_ == Drill::kOldDatabaseNoJournal) node.journal.reset();
  if (drill_ == Drill::kOldCopy || drill_ == Drill::kOldImage) node.journal = std::move(copied_journal_);
  if (drill_ == Drill::kMoved) node.journal = std::make_unique<JournalDisk>(*node.journal);
  // Nobody asks a network about what it may still be doing; setting an image back takes longer than any of them.
  const bool takes_time = drill_ == Drill::kOldImage;
  const Duration down = takes_time ? world.dice.between(minutes(9), minutes(12)) : world.dice.between(seconds(1), seconds(40));
  world.after(down, kNetwork, [this, &node] { start(node); });
  plan_more(down, minutes(10));
}

void Day::start_clone() {
  const fs::path folder = house->folder.native() + "-clone";
  fs::remove_all(folder);
  fs::copy(house->folder, folder, fs::copy_options::recursive);
  fs::remove(folder / "postmypost.sqlite-wal");
  fs::rename(folder / "copy.sqlite", folder / "postmypost.sqlite");
  clone_house_ = std::make_unique<House>(world, folder);
  clone_.journal = std::move(copied_journal_);
  clone_.process = std::make_unique<Process>(world, *clone_house_, *clone_.journal, servers, catalogue_, weather, next_owner_++,
                                             Role::kClone, watch);
  clone_.process->dispatcher().start_by_hand();
  if (clone_.process->dispatcher().origin() == Origin::kGenuine) watch.broken.push_back("a copy was not noticed");
  ask_operator(*clone_.process, AdoptAs::kClone);
}

// Until the operator has answered nothing may be sent; the answer takes its time, and a kill may come first.
void Day::ask_operator(Process& process, AdoptAs truth) {
  const Origin origin = process.dispatcher().origin();
  const bool is_copy = drill_ == Drill::kOldCopy || drill_ == Drill::kMoved;
  if (origin == Origin::kGenuine) {
    const bool is_journal_original = nodes_[0].journal && nodes_[0].journal->is_original;
    if (is_copy && !is_journal_original) watch.broken.push_back("a copy was not noticed");
    return;
  }
  world.say("the engine asks what this data is: {}", publishing::to_string(origin));
  world.after(world.dice.between(seconds(1), minutes(5)), process.owner(), [this, &process, truth] {
    const auto done = process.dispatcher().adopt(truth);
    world.say("the operator adopts it: {} published, {} in doubt", done ? done->published : -1, done ? done->doubted : -1);
    if (!done) watch.broken.push_back("adopt was refused: " + done.error().code);
  });
}

}  // namespace postmypost::simulation
