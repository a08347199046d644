#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "app/instance.hpp"
#include "app/migrations.hpp"
#include "base/log.hpp"
#include "base/zones.hpp"
#include "publishing/adoption.hpp"

namespace postmypost::app {

namespace fs = std::filesystem;

Result<std::unique_ptr<DataLock>> DataLock::take(const fs::path& folder, std::string_view option) {
  const int handle = ::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (handle >= 0 && ::flock(handle, LOCK_EX | LOCK_NB) == 0) return std::unique_ptr<DataLock>(new DataLock(handle));
  if (handle >= 0) ::close(handle);
  return fail({.kind = ErrorKind::kUnavailable,
               .code = "data.in_use",
               .detail = "Another postmypost works with " + fs::absolute(folder).string() + ".",
               .how_to_fix = "Stop it first, or give this one its own folder with " + std::string(option) + "."});
}

DataLock::~DataLock() { ::close(handle_); }

namespace {

constexpr const char* kFile = "postmypost.sqlite";

Result<std::unique_ptr<storage::Database>> open_database(const Options& options) {
  if (options.database.empty()) return storage::open_sqlite(options.data / kFile);
  return storage::open_postgresql({.address = options.database});
}

// On SQLite one process works with the data folder. On PostgreSQL many do, each engine with a sent-journal of its own.
Result<std::unique_ptr<DataLock>> lock_for(const Options& options) {
  if (!options.is_shared()) return DataLock::take(options.data, "--data");
  if (!options.has_engine()) return std::unique_ptr<DataLock>();
  fs::create_directories(options.journal_folder());
  return DataLock::take(options.journal_folder(), "--journal");
}

std::int64_t cluster_of(storage::Database& postgresql) {
  return *postgresql.read([](storage::Transaction& tx) {
    return tx.value<std::int64_t>("select system_identifier from pg_control_system()");
  });
}

// In one cluster a backup of the data has the keys beside it: then destroying a key erases nothing in that backup.
void warn_of_one_cluster(storage::Database& data, storage::Database& keys) {
  const bool is_server = data.read([](storage::Transaction& tx) { return tx.dialect() == storage::Dialect::kPostgresql; });
  if (is_server && cluster_of(data) == cluster_of(keys)) log::warning("keys.in_the_same_cluster");
}

Result<std::unique_ptr<vault::Vault>> open_keys(const Options& options, storage::Database& data, bool may_create, Random& random,
                                                const Clock& clock) {
  std::unique_ptr<storage::Database> keys;
  if (!options.keys_database.empty()) {
    TRY_ASSIGN(keys, storage::open_postgresql({.address = options.keys_database, .people = 1, .readers = 2}));
    warn_of_one_cluster(data, *keys);
  }
  return vault::open_vault(options.data, may_create, random, clock, std::move(keys));
}

bool is_empty(storage::Database& postgresql) {
  return postgresql.read([](storage::Transaction& tx) {
    return *tx.value<bool>("select to_regclass('schema_version') is null");
  });
}

}  // namespace

Result<std::unique_ptr<Stores>> Stores::open(const Options& options) {
  auto stores = std::make_unique<Stores>();
  TRY(check_zone_files(stores->clock.now()));
  std::error_code failed;
  fs::create_directories(options.data, failed);
  if (failed) {
    return fail({.kind = ErrorKind::kUnavailable,
                 .code = "data.unwritable",
                 .detail = "The data folder " + options.data.string() + " can't be made: " + failed.message() + ".",
                 .how_to_fix = "Choose another folder with --data, or change its permissions."});
  }
  fs::permissions(options.data, fs::perms::owner_all, failed);
  TRY_ASSIGN(stores->lock, lock_for(options));
  const bool has_file = fs::exists(options.data / kFile);
  TRY_ASSIGN(stores->database, open_database(options));
  // A new master key is made only for new data: beside old data a missing one is an error that says which backup to bring.
  const bool is_new = options.database.empty() ? !has_file : is_empty(*stores->database);
  TRY_ASSIGN(stores->vault, open_keys(options, *stores->database, is_new, stores->random, stores->clock));
  TRY_ASSIGN(const int applied, storage::migrate(*stores->database, all_migrations(), stores->clock.now()));
  if (applied > 0) log::info("storage.migrated", {{"migrations", applied}});
  if (options.has_engine()) {
    const std::string incarnation = publishing::incarnation_of(*stores->database, stores->random);
    TRY_ASSIGN(stores->journal, journal::open_journal(options.journal_folder(), incarnation, stores->random.token(16),
                                                      stores->clock.now()));
  }
  stores->blobs = storage::open_disk_blobs(options.data / "media", stores->random);
  stores->identity =
      std::make_unique<identity::Identity>(*stores->database, *stores->vault, stores->clock, stores->random);
  return stores;
}

}  // namespace postmypost::app
