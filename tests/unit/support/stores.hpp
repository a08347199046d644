// A real database and vault, with the tables of the given rooms.
#pragma once

#include <memory>
#include <stdexcept>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "storage/database.hpp"
#include "support/test_store.hpp"
#include "vault/vault.hpp"

namespace postmypost::support {

struct Stores {
  explicit Stores(std::vector<std::string_view> schemas) {
    std::vector<storage::Migration> migrations;
    for (const std::string_view schema : schemas) {
      migrations.push_back({static_cast<int>(migrations.size()) + 1, "test", schema});
    }
    if (!storage::migrate(*database, migrations, clock.now())) throw std::runtime_error("no tables");
  }

  template <class F>
  auto write(F work) {
    return database->write(std::move(work));
  }
  template <class F>
  auto read(F work) {
    return database->read(std::move(work));
  }

  TestStore store;
  const TemporaryFolder& folder = store.folder;
  ManualClock clock{{1'800'000'000'000'000}};  // 2027-01-15T08:00:00Z
  SystemRandom random;
  std::unique_ptr<storage::Database> database = store.open();
  std::unique_ptr<vault::Vault> vault = std::move(vault::open_vault(folder.path(), true, random, clock)).value();
};

}  // namespace postmypost::support
