// Rotation of the master key and of data keys (data_keys.hpp).
#include "base/fault_point.hpp"
#include "vault/data_keys.hpp"
#include "vault/sealing.hpp"
#include "vault/vault.hpp"

namespace postmypost::vault {
namespace {

using storage::Blob;
using storage::Transaction;

constexpr std::int64_t kOwnersAtOnce = 500;

// A version that a newer one has followed; $1: before when.
constexpr std::string_view kFollowed =
    "wrapped is not null and exists (select 1 from data_key n where n.scope = data_key.scope and n.owner = data_key.owner "
    "and n.version = data_key.version + 1 and n.made_at < $1)";

}  // namespace

// Everything is wrapped anew in one transaction, so the database belongs to one master key at any instant; which of the two
// files is that key is found out at the start.
Result<> DataKeys::rotate_master() {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(std::string fresh, file_.make_next(random_));
  FAULT_POINT("vault.next_master_made");
  const std::string wrapping = subkey(fresh, kWrappingUse);
  forget(fresh);
  database_->write([&](Transaction& tx) {
    renew_master(tx);
    rewrap(tx, wrapping);
  });
  FAULT_POINT("vault.keys_wrapped_anew");
  wrapping_ = wrapping;
  TRY(file_.adopt_next());
  FAULT_POINT("vault.master_adopted");
  return {};
}

void DataKeys::rewrap(Transaction& tx, const std::string& fresh) const {
  for (const auto& [scope, owner, version, bytes] : tx.rows<std::string, std::int64_t, std::int64_t, Blob>(
           "select scope, owner, version, wrapped from data_key where wrapped is not null")) {
    const std::string name = key_name(scope, owner, version);
    tx.execute("update data_key set wrapped=$4 where scope=$1 and owner=$2 and version=$3", scope, owner, version,
               Blob{wrap(fresh, unwrapped(bytes.bytes, name), name, random_)});
  }
  tx.execute("update key_check set value=$1 where id=1", Blob{wrap(fresh, kCheckText, kCheckName, random_)});
}

std::int64_t DataKeys::add_versions() {
  const std::lock_guard lock(mutex_);
  std::int64_t added = 0;
  for (const KeyScope kind : {KeyScope::kUser, KeyScope::kAccount, KeyScope::kProject, KeyScope::kInstance}) {
    const std::string scope(to_string(kind));
    for (std::int64_t behind = -1, found = kOwnersAtOnce; found == kOwnersAtOnce;) {
      database_->write([&](Transaction& tx) {
        renew_master(tx);
        const auto owners = tx.rows<std::int64_t, std::int64_t>(
            "select owner, max(version) from data_key where scope=$1 and owner>$2 group by owner "
            "having count(destroyed_at) = 0 order by owner limit $3",
            scope, behind, kOwnersAtOnce);
        for (const auto& [owner, version] : owners) {
          tx.execute("insert into data_key (scope, owner, version, wrapped, made_at) values ($1,$2,$3,$4,$5)", scope, owner,
                     version + 1, Blob{wrapped(random_key(random_), key_name(scope, owner, version + 1))}, clock_.now());
          behind = owner;
        }
        found = static_cast<std::int64_t>(owners.size());
      });
      added += found;
      FAULT_POINT("vault.versions_added");
    }
  }
  known_.clear();
  return added;
}

bool DataKeys::has_undrained() const {
  return database_->read([](Transaction& tx) {
    return tx.value<int>("select 1 from data_key where drained_at is null and " + std::string(kFollowed) + " limit 1",
                         std::numeric_limits<std::int64_t>::max())
        .has_value();
  });
}

void DataKeys::mark_drained(Instant before) {
  database_->write([&](Transaction& tx) {
    tx.execute("update data_key set drained_at=$2 where drained_at is null and " + std::string(kFollowed), before, clock_.now());
  });
}

std::int64_t DataKeys::retire(Instant before) {
  const std::lock_guard lock(mutex_);
  known_.clear();
  return database_->write([&](Transaction& tx) {
    return tx.execute("delete from data_key where drained_at is not null and " + std::string(kFollowed), before);
  });
}

}  // namespace postmypost::vault
