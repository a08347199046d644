// What keeps the keys in order by itself: copies of their own, data moved to newer keys, old versions ended.
#pragma once

#include <atomic>
#include <span>

#include "vault/key_copies.hpp"
#include "vault/sealed_rows.hpp"

namespace postmypost::vault {

// How long an old version of a key outlives the next one: backups of the data are kept for 30 days and the sent-journal for
// 37, and both hold values that it sealed.
inline constexpr Duration kOldVersionLife = days(facts_of(Retention::kJournal).days);

struct KeyKeeping {
  storage::Database& database;
  Vault& vault;
  KeyCopies& copies;
  const Clock& clock;
  std::span<const SealedColumn> columns;

  // One round of all three. May die anywhere; the next round goes on.
  void keep(const std::atomic<bool>& stop) const;
};

}  // namespace postmypost::vault
