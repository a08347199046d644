// Data keys: one per user, account and project, in versions, wrapped by the master key, in a database of their own.
//
// A key is durable before it is given out, so no row can outlive its key. Destroying one leaves a row without a key: nothing
// is ever sealed for that owner again, and a restore of old data finds out whom to erase once more. Several processes may
// share the database: what one learnt from it is believed for five seconds. Thread-safe.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/personal_data.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "storage/database.hpp"
#include "vault/master_key.hpp"

namespace postmypost::vault {

// A value that only the right master key opens, kept under this name: it tells a wrong one at the start.
inline constexpr std::string_view kCheckName = "check", kCheckText = "postmypost keys";
inline constexpr std::uint64_t kWrappingUse = 1;  // of subkey

struct DataKey {
  std::int64_t version = 0;
  std::string bytes;
};

struct DestroyedKey {
  KeyScope scope;
  std::int64_t owner = 0;
  Instant at;
};

class DataKeys {
 public:
  DataKeys(std::unique_ptr<storage::Database> database, MasterKeyFile file, const Clock& clock, Random& random)
      : database_(std::move(database)), file_(std::move(file)), clock_(clock), random_(random) {}
  ~DataKeys();

  // Brings the tables up to date and finds out which master key opens them; ends a rotation of it that was cut off.
  // Errors: `vault.keys_damaged`, `vault.master_key_wrong` and those of the file.
  Result<> open(std::string master);

  // The key to seal with. Throws Unreadable when it was destroyed.
  DataKey current(KeyScope scope, std::int64_t owner);
  // The key of that version; empty when there is none, or it was destroyed.
  std::optional<std::string> find(KeyScope scope, std::int64_t owner, std::int64_t version) const;
  // The program's own key for a use. `first` is what it is when it has to be made.
  std::string own(std::string_view use, const std::string& first);

  void destroy(KeyScope scope, std::int64_t owner);
  std::vector<DestroyedKey> destroyed() const;
  // The highest owner of the scope that ever had a key, destroyed ones too; 0: none.
  std::int64_t highest_owner(KeyScope scope) const;

  // -- Rotation
  Result<> rotate_master();
  // A new version for every owner's key; how many.
  std::int64_t add_versions();
  bool has_undrained() const;
  // Says that no row needs a version that was followed by a newer one before `before`.
  void mark_drained(Instant before);
  // Destroys versions that no row needs and that were followed before `before`; how many.
  std::int64_t retire(Instant before);

  storage::Database& database() { return *database_; }

 private:
  struct Known {
    std::map<std::int64_t, std::string> versions;
    bool is_destroyed = false;
    std::chrono::steady_clock::time_point read_at;
  };
  const Known& known(const std::string& scope, std::int64_t owner) const;  // under mutex_
  Known read(const std::string& scope, std::int64_t owner) const;
  const std::string& add(const std::string& scope, std::int64_t owner, const std::string& key, std::int64_t version);
  std::string wrapped(const std::string& key, const std::string& name) const;
  std::string unwrapped(const std::string& wrapped, const std::string& name) const;
  Result<> find_master(std::string master);
  bool opens(const std::string& master, const std::string& check) const;
  void renew_master(storage::Transaction& tx) const;
  void rewrap(storage::Transaction& tx, const std::string& fresh) const;

  std::unique_ptr<storage::Database> database_;
  MasterKeyFile file_;
  const Clock& clock_;
  Random& random_;
  mutable std::mutex mutex_;
  mutable std::string wrapping_;  // derived from the master key
  mutable std::map<std::string, Known> known_;
};

}  // namespace postmypost::vault
