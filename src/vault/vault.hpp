// Keys and sealed columns (docs/privacy.md).
//
// A master key in a file of mode 0400 outside the database wraps data keys; a data key belongs to a user, an
// account or a project and lives, wrapped, in a second database (data_keys.hpp). Columns are sealed with
// XChaCha20-Poly1305; table, column, row, key and the key's version are associated data, so a sealed value moved to another
// row does not open. Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/personal_data.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "storage/database.hpp"
#include "vault/purposes.hpp"

namespace postmypost::vault {

using postmypost::KeyScope;

// Where a sealed value lives. `owner` is the id of the user, account or project whose key seals it.
struct Place {
  std::string_view table;
  std::string_view column;
  std::int64_t row;
  KeyScope scope;
  std::int64_t owner;
};

// A sealed column. The category is part of the type, so opening it for a forbidden purpose does not compile.
template <Category C>
struct Sealed {
  std::string bytes;  // opaque; stored as a BLOB
};

// A stored value that can't be opened: it was moved, changed, never sealed, or its key is gone (erased).
class Unreadable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class DataKeys;

// Asked before a value opens for a purpose that its person decides about. Answers from the transaction it is given, so
// what a person took back is refused from the next transaction on, in every process.
class Permissions {
 public:
  virtual ~Permissions() = default;
  virtual bool permits(storage::Transaction& tx, std::int64_t user, Purpose purpose) const = 0;
};

class Vault {
 public:
  virtual ~Vault() = default;

  template <Category C>
  Sealed<C> seal(const Place& place, std::string_view plain) {
    return {seal_bytes(place, plain)};
  }

  // Throws Unreadable.
  template <Purpose P, Category C>
    requires(allowed(C, P) && !is_decided_by_person(C, P))
  std::string open(const Place& place, const Sealed<C>& sealed) const {
    note_read<P, C>();
    return open_bytes(place, sealed.bytes);
  }
  // For a purpose that its person decides about: none without their word, and none of what belongs to no one person.
  template <Purpose P, Category C>
    requires(is_decided_by_person(C, P))
  std::optional<std::string> open(storage::Transaction& tx, const Permissions& permissions, const Place& place,
                                  const Sealed<C>& sealed) const {
    if (place.scope != KeyScope::kUser || !permissions.permits(tx, place.owner, P)) return std::nullopt;
    note_read<P, C>();
    return open_bytes(place, sealed.bytes);
  }

  // Counts the reading of a value that lies plain and is used for the purpose.
  template <Purpose P, Category C>
    requires(allowed(C, P))
  void note_read() const {
    reads_[slot(C, P)].fetch_add(1, std::memory_order_relaxed);
  }

  // How often a value of the category was opened for the purpose since this process started.
  std::uint64_t reads(Category category, Purpose purpose) const {
    return reads_[slot(category, purpose)].load(std::memory_order_relaxed);
  }

  // HMAC with an own key, for exact look-ups of sealed values (the normalised e-mail). 32 bytes.
  virtual std::string blind_index(std::string_view what, std::string_view normalised) const = 0;
  // HMAC with an own key for idempotency keys of the engine. 32 bytes.
  virtual std::string derived(std::string_view what, std::string_view message) const = 0;

  // Destroys the owner's key: everything sealed with it is unreadable at once, and nothing is sealed for that owner again.
  virtual void destroy(KeyScope scope, std::int64_t owner) = 0;

  // For the keeping of keys (sealed_rows.hpp): the same value under the newest key, or nothing when it is so already. No plain
  // text leaves the vault. Throws Unreadable.
  virtual std::optional<std::string> sealed_anew(const Place& place, std::string_view sealed) = 0;
  virtual bool can_open(const Place& place, std::string_view sealed) const = 0;
  virtual DataKeys& keys() = 0;

 protected:
  virtual std::string seal_bytes(const Place& place, std::string_view plain) = 0;
  virtual std::string open_bytes(const Place& place, std::string_view sealed) const = 0;

 private:
  static constexpr std::size_t slot(Category category, Purpose purpose) {
    return static_cast<std::size_t>(category) * kPurposes.size() + static_cast<std::size_t>(purpose);
  }
  mutable std::array<std::atomic<std::uint64_t>, kCategories.size() * kPurposes.size()> reads_{};
};

// Opens FOLDER/master.key and the database of keys: `keys`, or FOLDER/keys.sqlite when none is given. Makes both when neither
// exists and `may_create`.
// Errors: `vault.master_key_missing` (keys exist, the master key does not: says which backup to bring back),
// `vault.master_key_wrong`, `vault.master_key_permissions`, `vault.keys_damaged`.
Result<std::unique_ptr<Vault>> open_vault(const std::filesystem::path& folder, bool may_create, Random& random,
                                          const Clock& clock, std::unique_ptr<storage::Database> keys = {});

}  // namespace postmypost::vault
