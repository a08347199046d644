// Stores with the tables of all rooms, and people who have something to take with them.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/migrations.hpp"
#include "app/personal_data.hpp"
#include "cabinet/exports.hpp"
#include "identity/identity.hpp"
#include "media/files.hpp"
#include "projects/account_rows.hpp"
#include "projects/projects.hpp"
#include "publications/publications.hpp"
#include "support/test_store.hpp"

namespace postmypost::cabinet {

// One instance: its stores, rooms and blobs.
struct House {
  House() {
    if (!storage::migrate(*database, app::all_migrations(), clock.now())) throw std::runtime_error("no tables");
  }

  std::int64_t person(const std::string& name, const std::string& email) {
    return *identity.create_user({.name = name, .email = email, .password = "four unrelated words here", .locale = "ru"}, identity::Role::kUser);
  }
  std::int64_t project(std::int64_t owner, const std::string& name) {
    return database->write([&](storage::Transaction& tx) { return projects.create(tx, owner, name, "Europe/Berlin")->id; });
  }
  void join(std::int64_t project, std::int64_t user, projects::Right right = projects::Right::kEditor) {
    database->write([&](storage::Transaction& tx) { projects.add_member(tx, project, user, right); });
  }
  std::int64_t account(std::int64_t project, const std::string& title, const std::string& token) {
    return database->write([&](storage::Transaction& tx) {
      projects::AccountRow row;
      row.project_id = project;
      row.channel = "telegram";
      row.title = title;
      row.host = "api.telegram.org";
      row.remote_id = title;
      row.connected_at = row.verified_at = clock.now();
      return rows.insert(tx, row, {{"token", token}});
    });
  }
  media::File picture(std::int64_t project, const std::string& name, const std::string& bytes) {
    const media::CleanPicture clean{.mime = "image/png", .width = 2, .height = 1, .original = bytes, .thumbnail = "small", .removed = {}};
    const std::string original = *blobs->put(bytes), thumbnail = *blobs->put("small");
    return database->write([&](storage::Transaction& tx) { return files.insert(tx, project, name, clean, original, thumbnail); });
  }
  std::int64_t publication(std::int64_t project, std::int64_t author, const std::string& text, std::vector<publications::Picture> pictures = {},
                           std::vector<std::int64_t> accounts = {}) {
    publications::Publication p;
    p.project_id = project;
    p.author_id = author;
    p.zone = "Europe/Berlin";
    p.language = "ru";
    p.account_ids = std::move(accounts);
    p.details.push_back({.account_id = {}, .text = text, .pictures = std::move(pictures)});
    return database->write([&](storage::Transaction& tx) { return publications.save(tx, p)->id; });
  }

  Exports::With for_exports() {
    return {*database, *vault, *blobs, clock, random, registry, folder / "exports", "0.1.0", [] { return std::string("https://one.example"); }, true};
  }

  support::TestStore store;
  const support::TemporaryFolder& folder = store.folder;
  ManualClock clock{{1'800'000'000'000'000}};
  SystemRandom random;
  std::unique_ptr<storage::Database> database = store.open();
  std::unique_ptr<vault::Vault> vault = std::move(vault::open_vault(folder.path(), true, random, clock)).value();
  std::unique_ptr<storage::Blobs> blobs = storage::open_disk_blobs(folder / "media", random);
  const privacy::Registry registry{app::all_personal_data()};
  identity::Identity identity{*database, *vault, clock, random};
  projects::Projects projects{*vault, clock};
  projects::AccountRows rows{*vault};
  media::Files files{*vault, *blobs, clock};
  publications::Publications publications{*vault, clock};
};

}  // namespace postmypost::cabinet
