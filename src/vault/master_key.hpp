// The master key's file: 32 bytes as base64url, mode 0400, kept apart from the data's backup.
//
// A new one is first written beside it as master.key.next. Whichever of the two opens the keys' database is the master key;
// so a rotation that dies anywhere is finished or forgotten at the next start.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/random.hpp"
#include "base/result.hpp"

namespace postmypost::vault {

class MasterKeyFile {
 public:
  explicit MasterKeyFile(const std::filesystem::path& folder) : file_(folder / "master.key"), next_(folder / "master.key.next") {}

  bool exists() const;
  // Errors: `vault.master_key_permissions`, `vault.master_key_wrong`.
  Result<std::string> read() const;
  // The key of a rotation that has not ended; empty when there is none that can be read.
  std::optional<std::string> read_next() const;

  // Durable before they return. Errors: `vault.master_key_unwritable`.
  Result<std::string> make(Random& random) const;
  Result<std::string> make_next(Random& random) const;
  Result<> adopt_next() const;  // the next key is the key from now on
  void drop_next() const;

 private:
  std::filesystem::path file_, next_;
};

Error key_error(std::string code, std::string detail, std::string fix);

}  // namespace postmypost::vault
