// Configuration: flags, then environment (POSTMYPOST_…), then DATA/postmypost.toml, then defaults that work.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "networks/network.hpp"

namespace postmypost::app {

// What a process does. Several web and worker processes share one PostgreSQL; SQLite has one process that does both.
enum class Role { kServe, kWeb, kWorker };

struct Options {
  Role role = Role::kServe;
  std::filesystem::path data = "data";
  std::string database;                    // URL of a PostgreSQL; empty: SQLite in the data folder
  std::filesystem::path journal;           // the sent-journal's folder; empty: DATA/journal
  std::string keys_database;               // URL of a PostgreSQL for the keys; empty: keys.sqlite in the data folder
  std::filesystem::path key_copies;        // folder of the keys' copies; empty: DATA/key-copies
  std::string listen = "127.0.0.1:8080";
  std::string public_url;                  // empty: the one from set-up, or the listen address
  std::filesystem::path web;               // built web app; empty: found beside the program
  std::vector<std::string> egress_allow;   // host:port that may be reached although not public, plain http included
  std::vector<std::string> trusted_proxies;
  networks::NetworkSettings networks;
  std::string ca_file = "/etc/ssl/certs/ca-certificates.crt";
  std::string rate_limit = "read=30000,write=12000,upload=1200";  // api/rate_limits.hpp
  bool without_quotas = false;             // measurements only: the network is a sink of one's own
  double engine_time_scale = 1.0;          // tests only: shortens quiet times and pauses
  bool demo = false;

  std::filesystem::path journal_folder() const { return journal.empty() ? data / "journal" : journal; }
  std::filesystem::path key_copies_folder() const { return key_copies.empty() ? data / "key-copies" : key_copies; }
  bool is_shared() const { return !database.empty(); }
  bool has_engine() const { return role != Role::kWeb; }
  bool has_web() const { return role != Role::kWorker; }
  std::string host() const;
  unsigned short port() const;
};

// One option: where its value came from, for `postmypost config`.
struct InForce {
  std::string name, value, source;  // source: "flag", "environment", "file", "default"
};

}  // namespace postmypost::app
