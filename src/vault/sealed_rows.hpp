// What is sealed in the database, taken as a whole: moved to newer keys, and checked. Goes by the lists of the rooms
// (SealedColumn in base/personal_data.hpp); no plain text leaves the vault.
#pragma once

#include <atomic>
#include <span>
#include <string>
#include <vector>

#include "base/personal_data.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::vault {

// Seals anew what an older version of a key seals; how many values. Reads 200 rows and writes those of them that need it, so
// people and the engine never wait for it. May die anywhere: the next run goes on. A value that changed meanwhile is left
// alone. Stops early when `stop` turns true.
std::int64_t seal_anew(storage::Database& database, Vault& vault, std::span<const SealedColumn> columns,
                       const std::atomic<bool>& stop);

struct UnreadableValue {
  std::string column;  // "person.email"
  std::int64_t row = 0;
};
// Every value that does not open, at most `most` of them.
std::vector<UnreadableValue> find_unreadable(storage::Database& database, const Vault& vault,
                                             std::span<const SealedColumn> columns, std::size_t most);

}  // namespace postmypost::vault
