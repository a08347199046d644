#include "house.hpp"

namespace postmypost::simulation {

House::House(World& world, const std::filesystem::path& where)
    : folder(where),
      clock(world),
      vault(std::move(vault::open_vault(where, false, world.dice, clock)).value()),
      database(storage::open_sqlite(where / "postmypost.sqlite")),
      blobs(storage::open_disk_blobs(where / "media", world.dice)),
      accounts(*vault),
      publications(*vault, clock),
      files(*vault, *blobs, clock),
      pages(clock),
      planning(*vault, clock, world.dice) {}

Process::Process(World& world, House& house, JournalDisk& journal_disk, std::vector<std::unique_ptr<Server>>& servers,
                 const networks::Catalogue& catalogue, const Weather& weather, Owner owner, Role role, Watch& watch)
    : world_(world),
      owner_(owner),
      store_(world, *house.database, owner),
      journal_(world, journal_disk, owner),
      wire_(std::make_shared<Wire>(world, *house.database, journal_disk, servers, weather, owner, role, watch)),
      alarms_(world, owner) {
  publishing::DispatcherOptions options;
  options.poll = minutes(30);  // what is due wakes it; a poll each second of a day would only cost time
  options.alarms = &alarms_;
  options.is_clock_synchronised = [&house] { return house.clock.error == Duration{}; };
  options.is_alone = role != Role::kOneOfMany;
  options.worker_name = journal_disk.id;
  options.beat = options.is_alone ? minutes(2) : seconds(20);
  options.presumed_dead = seconds(70);
  dispatcher_ = std::make_unique<publishing::Dispatcher>(
      publishing::Surroundings{store_, journal_, *house.vault, house.clock, world.dice, *wire_, catalogue, house.accounts,
                               house.publications, house.files, *house.blobs, house.pages},
      options);
}

// SIGKILL: nothing of the process runs any more. What waits for it is let go first, because it refers to the dispatcher.
Process::~Process() {
  store_.drop();
  journal_.drop();
  wire_->drop();
  world_.drop(owner_);
  dispatcher_.reset();
}

}  // namespace postmypost::simulation
