#include "app/keys_command.hpp"

#include <fmt/core.h>

#include <cstdio>

#include "app/command_client.hpp"
#include "app/instance.hpp"
#include "app/personal_data.hpp"
#include "vault/data_keys.hpp"
#include "vault/sealed_rows.hpp"

namespace postmypost::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostShown = 20;

Result<std::string> check_keys(const KeyStores& stores) {
  const auto columns = stores.registry.sealed_columns();
  const auto unreadable = vault::find_unreadable(stores.database, stores.vault, columns, kMostShown);
  if (unreadable.empty()) return std::string("Every sealed value opens.\n");
  std::string rows;
  for (const vault::UnreadableValue& one : unreadable) rows += fmt::format(" {} of row {};", one.column, one.row);
  rows.pop_back();
  return fail({.kind = ErrorKind::kUnavailable,
               .code = "data.unreadable",
               .detail = fmt::format("{}{} sealed values don't open:{}.", unreadable.size(), unreadable.size() == kMostShown ? " or more" : "",
                                     rows),
               .how_to_fix = "They were moved or changed, or their keys are missing: bring back the keys that belong to this data "
                             "(docs/operations.md)."});
}

Result<std::string> rotate_keys(const KeyStores& stores) {
  return fmt::format("{} keys have a new version. Data moves to them in the background; the old ones end when nothing needs them.\n",
                     stores.vault.keys().add_versions());
}

Result<std::string> rotate_master_key(const KeyStores& stores) {
  TRY(stores.vault.keys().rotate_master());
  return std::string("master.key is new. Put it into its own backup now: the old one opens nothing any more.\n");
}

int tell(const Result<std::string>& done) {
  if (done) return std::fputs(done->c_str(), stdout) >= 0 ? 0 : 1;
  std::fprintf(stderr, "postmypost: %s\n  %s\n", done.error().detail.c_str(), done.error().how_to_fix.c_str());
  return 1;
}

// What the keys at hand say was destroyed; nothing when they can't be read.
std::vector<vault::DestroyedKey> destroyed_so_far(const Options& options, Random& random, const Clock& clock) {
  if (auto vault = vault::open_vault(options.data, false, random, clock)) return (*vault)->keys().destroyed();
  return {};
}

Result<std::string> bring_back(const Options& options, const fs::path& copy) {
  SystemRandom random;
  SystemClock clock;
  TRY_ASSIGN(const auto lock, DataLock::take(options.data, "--data"));
  const auto destroyed = destroyed_so_far(options, random, clock);
  const fs::path keys = options.data / "keys.sqlite", part = options.data / "keys.sqlite.part";
  fs::copy_file(copy, part, fs::copy_options::overwrite_existing);
  for (const char* beside : {"-wal", "-shm"}) fs::remove(keys.string() + beside);
  fs::rename(part, keys);
  TRY_ASSIGN(const auto vault, vault::open_vault(options.data, false, random, clock));
  for (const vault::DestroyedKey& key : destroyed) vault->destroy(key.scope, key.owner);
  return fmt::format("The keys are back. {} that were destroyed stay destroyed. Run `postmypost keys check` now.\n", destroyed.size());
}

}  // namespace

std::optional<Result<std::string>> run_key_command(const std::string& command, const KeyStores& stores) {
  if (command == "keys-check") return check_keys(stores);
  if (command == "keys-rotate") return rotate_keys(stores);
  if (command == "keys-rotate-master") return rotate_master_key(stores);
  return std::nullopt;
}

int key_command(const Options& options, const std::string& command) {
  if (is_server_running(options)) return send_command(options, command, {});
  auto stores = Stores::open(options);
  if (!stores) return tell(std::unexpected(stores.error()));
  const privacy::Registry registry(all_personal_data());
  return tell(*run_key_command(command, {*(*stores)->database, *(*stores)->vault, registry}));
}

int restore_keys(const Options& options, const fs::path& copy) {
  if (!options.keys_database.empty() || !fs::is_regular_file(copy)) {
    std::fputs(options.keys_database.empty() ? "postmypost: there is no such copy.\n  Name a file of the key copies.\n"
                                             : "postmypost: these keys are in a PostgreSQL.\n  Restore its own backup there.\n",
               stderr);
    return 1;
  }
  return tell(bring_back(options, copy));
}

}  // namespace postmypost::app
