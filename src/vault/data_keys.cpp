#include "vault/data_keys.hpp"

#include <algorithm>

#include "vault/keys_schema.hpp"
#include "vault/sealing.hpp"
#include "vault/vault.hpp"

namespace postmypost::vault {
namespace {

using storage::Blob;
using storage::Transaction;

constexpr std::chrono::seconds kBelieved{5};

std::optional<std::string> stored_check(Transaction& tx) {
  const auto value = tx.value<Blob>("select value from key_check where id=1");
  return value ? std::optional(value->bytes) : std::nullopt;
}

Error damaged(const std::string& why) {
  return key_error("vault.keys_damaged", "The database of keys can't be read: " + why + ".",
                   "Bring the newest file of the key copies back as keys.sqlite (docs/operations.md).");
}

}  // namespace

DataKeys::~DataKeys() {
  forget(wrapping_);
  for (auto& [name, known] : known_) {
    for (auto& [version, key] : known.versions) forget(key);
  }
}

Result<> DataKeys::open(std::string master) {
  using Kind = storage::DatabaseError::Kind;
  try {
    const std::vector<storage::Migration> migrations(kKeyMigrations.begin(), kKeyMigrations.end());
    TRY(storage::migrate(*database_, migrations, clock_.now()));
    if (database_->read([](Transaction& tx) { return tx.dialect(); }) == storage::Dialect::kSqlite) {
      const auto state = database_->read([](Transaction& tx) { return tx.value<std::string>("pragma quick_check(1)"); });
      if (state != "ok") return fail(damaged(state.value_or("nothing in it")));
    }
  } catch (const storage::DatabaseError& failure) {
    if (failure.kind() != Kind::kCorrupt && failure.kind() != Kind::kOther) throw;
    return fail(damaged(failure.what()));
  }
  return find_master(std::move(master));
}

bool DataKeys::opens(const std::string& master, const std::string& check) const {
  return unwrap(subkey(master, kWrappingUse), check, kCheckName) == kCheckText;
}

Result<> DataKeys::find_master(std::string master) {
  wrapping_ = subkey(master, kWrappingUse);
  const std::string check = database_->write([&](Transaction& tx) {
    if (auto stored = stored_check(tx)) return std::move(*stored);
    std::string made = wrap(wrapping_, kCheckText, kCheckName, random_);
    tx.execute("insert into key_check (id, value) values (1, $1)", Blob{made});
    return made;
  });
  const auto next = file_.read_next();
  if (opens(master, check)) {
    if (next) file_.drop_next();  // a rotation that had not begun to re-wrap
    forget(master);
    return {};
  }
  if (next && opens(*next, check)) {  // one that had only its file to rename
    wrapping_ = subkey(*next, kWrappingUse);
    return file_.adopt_next();
  }
  return fail(key_error("vault.master_key_wrong", "master.key is not the key that the database of keys was made with.",
                        "Bring back master.key and keys.sqlite that belong together."));
}

// Another process may have changed the master key since. Throws Unreadable when no file here opens the keys.
void DataKeys::renew_master(Transaction& tx) const {
  const auto check = stored_check(tx);
  if (check && unwrap(wrapping_, *check, kCheckName) == kCheckText) return;
  for (const auto& candidate : {file_.read_next(), file_.exists() ? std::optional(file_.read().value_or("")) : std::nullopt}) {
    if (!candidate || candidate->empty() || !check || !opens(*candidate, *check)) continue;
    wrapping_ = subkey(*candidate, kWrappingUse);
    return;
  }
  throw Unreadable("the master key is not the one that the keys are wrapped with");
}

std::string DataKeys::wrapped(const std::string& key, const std::string& name) const {
  return wrap(wrapping_, key, name, random_);
}

std::string DataKeys::unwrapped(const std::string& bytes, const std::string& name) const {
  auto key = unwrap(wrapping_, bytes, name);
  if (!key) throw Unreadable("the key " + name + " does not open");
  return std::move(*key);
}

DataKeys::Known DataKeys::read(const std::string& scope, std::int64_t owner) const {
  return database_->read([&](Transaction& tx) {
    Known found{.read_at = std::chrono::steady_clock::now()};
    renew_master(tx);
    for (const auto& [version, bytes, destroyed] : tx.rows<std::int64_t, std::optional<Blob>, std::optional<Instant>>(
             "select version, wrapped, destroyed_at from data_key where scope=$1 and owner=$2", scope, owner)) {
      if (bytes) found.versions.emplace(version, unwrapped(bytes->bytes, key_name(scope, owner, version)));
      found.is_destroyed = found.is_destroyed || destroyed.has_value();
    }
    return found;
  });
}

const DataKeys::Known& DataKeys::known(const std::string& scope, std::int64_t owner) const {
  const std::string name = key_name(scope, owner);
  const auto found = known_.find(name);
  if (found != known_.end() && std::chrono::steady_clock::now() - found->second.read_at < kBelieved) return found->second;
  return known_.insert_or_assign(name, read(scope, owner)).first->second;
}

// Another process may be first; then its key is the key.
const std::string& DataKeys::add(const std::string& scope, std::int64_t owner, const std::string& key, std::int64_t version) {
  database_->write([&](Transaction& tx) {
    renew_master(tx);
    tx.execute("insert into data_key (scope, owner, version, wrapped, made_at) values ($1,$2,$3,$4,$5) on conflict do nothing",
               scope, owner, version, Blob{wrapped(key, key_name(scope, owner, version))}, clock_.now());
  });
  known_.erase(key_name(scope, owner));
  const Known& now = known(scope, owner);
  if (now.is_destroyed) throw Unreadable("the key of " + key_name(scope, owner) + " was destroyed");
  return now.versions.rbegin()->second;
}

DataKey DataKeys::current(KeyScope scope, std::int64_t owner) {
  const std::string text(to_string(scope));
  const std::lock_guard lock(mutex_);
  const Known& there = known(text, owner);
  if (there.is_destroyed) throw Unreadable("the key of " + key_name(text, owner) + " was destroyed");
  if (there.versions.empty()) add(text, owner, random_key(random_), 1);
  const Known& now = known(text, owner);
  return {now.versions.rbegin()->first, now.versions.rbegin()->second};
}

std::optional<std::string> DataKeys::find(KeyScope scope, std::int64_t owner, std::int64_t version) const {
  const std::string text(to_string(scope));
  const std::lock_guard lock(mutex_);
  const auto look = [&]() -> std::optional<std::string> {
    const Known& there = known(text, owner);
    const auto found = there.versions.find(version);
    return found == there.versions.end() ? std::nullopt : std::optional(found->second);
  };
  if (auto found = look()) return found;
  known_.erase(key_name(text, owner));  // a version that another process has just added
  return look();
}

std::string DataKeys::own(std::string_view use, const std::string& first) {
  const std::lock_guard lock(mutex_);
  const Known& there = known(std::string(use), 0);
  return there.versions.empty() ? add(std::string(use), 0, first, 1) : there.versions.rbegin()->second;
}

void DataKeys::destroy(KeyScope scope, std::int64_t owner) {
  const std::lock_guard lock(mutex_);
  database_->write([&](Transaction& tx) {
    const std::int64_t rows =
        tx.execute("update data_key set wrapped=null, destroyed_at=coalesce(destroyed_at, $3) where scope=$1 and owner=$2",
                   to_string(scope), owner, clock_.now());
    if (rows > 0) return;
    tx.execute("insert into data_key (scope, owner, version, made_at, destroyed_at) values ($1,$2,1,$3,$3)", to_string(scope),
               owner, clock_.now());
  });
  known_.erase(key_name(to_string(scope), owner));
  database_->sweep();
}

std::vector<DestroyedKey> DataKeys::destroyed() const {
  return database_->read([](Transaction& tx) {
    std::vector<DestroyedKey> all;
    for (const KeyScope scope : {KeyScope::kUser, KeyScope::kAccount, KeyScope::kProject}) {
      for (const auto& [owner, at] : tx.rows<std::int64_t, Instant>(
               "select owner, min(destroyed_at) from data_key where scope=$1 and destroyed_at is not null group by owner",
               to_string(scope))) {
        all.push_back({scope, owner, at});
      }
    }
    return all;
  });
}

std::int64_t DataKeys::highest_owner(KeyScope scope) const {
  return database_->read([&](Transaction& tx) {
    return tx.value<std::int64_t>("select coalesce(max(owner), 0) from data_key where scope=$1", to_string(scope)).value_or(0);
  });
}

}  // namespace postmypost::vault
