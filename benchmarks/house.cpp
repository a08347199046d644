#include "house.hpp"

#include <string>

#include "app/migrations.hpp"
#include "bare_vault.hpp"

namespace postmypost::bench {
namespace {

namespace fs = std::filesystem;

// A folder that was filled without sealing says so.
std::unique_ptr<vault::Vault> vault_in(const fs::path& folder, Random& random, const Clock& clock) {
  fs::create_directories(folder);
  auto vault = std::move(vault::open_vault(folder, !fs::exists(folder / "master.key"), random, clock)).value();
  if (!fs::exists(folder / kUnsealed)) return vault;
  return std::make_unique<BareVault>(std::move(vault));
}

std::unique_ptr<storage::Database> database_of(const fs::path& folder, const std::string& postgresql, Instant now) {
  auto database = postgresql.empty() ? storage::open_sqlite(folder / "postmypost.sqlite")
                                     : std::move(storage::open_postgresql({.address = postgresql})).value();
  storage::migrate(*database, app::all_migrations(), now).value();
  return database;
}

}  // namespace

House::House(const fs::path& where, const std::string& postgresql)
    : folder(where),
      vault(vault_in(where, random, clock)),
      database(database_of(where, postgresql, clock.now())),
      journal(journal::open_journal(where / "journal", publishing::incarnation_of(*database, random), random.token(16), clock.now())
                  .value()),
      blobs(storage::open_disk_blobs(where / "media", random)),
      accounts(*vault),
      publications(*vault, clock),
      files(*vault, *blobs, clock),
      pages(clock) {}

http::EgressOptions egress_options(unsigned short sink_port) {
  http::EgressOptions options;
  options.allow = {"127.0.0.1:" + std::to_string(sink_port)};
  return options;
}

namespace {

// The sink is ours: it takes more than a network's published quotas.
publishing::DispatcherOptions without_quotas(publishing::DispatcherOptions options) {
  options.keep_quotas = false;
  return options;
}

}  // namespace

Engine::Engine(House& house, storage::Database& database, unsigned short sink_port,
               publishing::DispatcherOptions options)
    : catalogue_(std::make_unique<networks::Catalogue>(
          networks::NetworkSettings{.telegram_base = "http://127.0.0.1:" + std::to_string(sink_port)})),
      egress_(http::make_egress_client(egress_options(sink_port))),
      dispatcher_(std::make_unique<publishing::Dispatcher>(
          publishing::Surroundings{database, *house.journal, *house.vault, house.clock, house.random, *egress_, *catalogue_, house.accounts,
                                   house.publications, house.files, *house.blobs, house.pages},
          without_quotas(std::move(options)))) {}

}  // namespace postmypost::bench
