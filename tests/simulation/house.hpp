// The product's rooms on one data folder, as one process of the simulated world has them.
#pragma once

#include <filesystem>
#include <memory>

#include "media/files.hpp"
#include "pages/pages.hpp"
#include "projects/account_rows.hpp"
#include "publications/publications.hpp"
#include "publishing/dispatcher.hpp"
#include "sim_journal.hpp"
#include "store.hpp"
#include "vault/vault.hpp"
#include "wire.hpp"

namespace postmypost::simulation {

class WorldAlarms final : public publishing::Alarms {
 public:
  WorldAlarms(World& world, Owner owner) : world_(world), owner_(owner) {}
  void set(Duration after, std::function<void()> ring) override { world_.after(after, owner_, std::move(ring)); }

 private:
  World& world_;
  Owner owner_;
};

// What outlives a process: the data folder and the people's way to it.
struct House {
  House(World& world, const std::filesystem::path& folder);

  std::filesystem::path folder;
  WorldClock clock;
  std::unique_ptr<vault::Vault> vault;
  std::unique_ptr<storage::Database> database;
  std::unique_ptr<storage::Blobs> blobs;
  projects::AccountRows accounts;
  publications::Publications publications;
  media::Files files;
  pages::Pages pages;
  publishing::Planning planning;
};

// One process: killed by destroying it.
class Process {
 public:
  Process(World& world, House& house, JournalDisk& journal_disk, std::vector<std::unique_ptr<Server>>& servers,
          const networks::Catalogue& catalogue, const Weather& weather, Owner owner, Role role, Watch& watch);
  ~Process();

  publishing::Dispatcher& dispatcher() { return *dispatcher_; }
  Store& store() { return store_; }
  Owner owner() const { return owner_; }

 private:
  World& world_;
  Owner owner_;
  Store store_;
  SimJournal journal_;
  std::shared_ptr<Wire> wire_;  // bytes on their way keep it
  WorldAlarms alarms_;
  std::unique_ptr<publishing::Dispatcher> dispatcher_;
};

}  // namespace postmypost::simulation
