// The product's rooms on one data folder, wired as the program wires them (src/app/instance.cpp), with SQLite in the folder or a
// PostgreSQL elsewhere.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "http/egress.hpp"
#include "journal/journal.hpp"
#include "media/files.hpp"
#include "networks/network.hpp"
#include "pages/pages.hpp"
#include "projects/account_rows.hpp"
#include "publications/publications.hpp"
#include "publishing/dispatcher.hpp"
#include "storage/blobs.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::bench {

// A folder with this file holds nothing sealed.
inline constexpr const char* kUnsealed = "unsealed";

struct House {
  // Makes the folder, its keys and its tables when they are not there. `postgresql` is an address of libpq; empty: SQLite.
  explicit House(const std::filesystem::path& folder, const std::string& postgresql = {});

  SystemClock clock;
  SystemRandom random;
  std::filesystem::path folder;
  std::unique_ptr<vault::Vault> vault;
  std::unique_ptr<storage::Database> database;
  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<storage::Blobs> blobs;
  projects::AccountRows accounts;
  publications::Publications publications;
  media::Files files;
  pages::Pages pages;
};

// The engine of a house with its own way out, to a sink on loopback. `database` is the house's or one in front of it.
class Engine {
 public:
  Engine(House& house, storage::Database& database, unsigned short sink_port,
         publishing::DispatcherOptions options = {});
  publishing::Dispatcher& dispatcher() { return *dispatcher_; }

 private:
  std::unique_ptr<networks::Catalogue> catalogue_;
  std::unique_ptr<http::EgressClient> egress_;
  std::unique_ptr<publishing::Dispatcher> dispatcher_;
};

// The options of the program's own client, with the sink allowed.
http::EgressOptions egress_options(unsigned short sink_port);

}  // namespace postmypost::bench
