// The keys' own backup cycle: copies of the keys' database in a folder, gone after seven days (docs/privacy.md).
//
// Short, because a key that was destroyed lives on in its copies: a week after an erasure no copy holds it. A copy is a
// SQLite file with the same tables, whatever the keys' database is. The master key is in none: without it a copy opens
// nothing. One thread at a time.
#pragma once

#include <filesystem>
#include <optional>

#include "base/clock.hpp"
#include "vault/data_keys.hpp"

namespace postmypost::vault {

inline constexpr Duration kCopyLife = days(7);

class KeyCopies {
 public:
  KeyCopies(std::filesystem::path folder, const Clock& clock) : folder_(std::move(folder)), clock_(clock) {}

  // Makes a copy when the keys changed since the newest one; and when a day has passed. Its file, when it made one. A
  // copy is complete or not there. Throws std::filesystem::filesystem_error, storage::DatabaseError.
  std::optional<std::filesystem::path> copy_if_changed(DataKeys& keys);
  // Removes copies older than seven days, but within a day only the newest is kept; how many went.
  int drop_old();

 private:
  std::filesystem::path folder_;
  const Clock& clock_;
  std::string last_;  // what the newest copy holds, as a digest
};

}  // namespace postmypost::vault
