// The one cipher: XChaCha20-Poly1305 with a random nonce (libsodium; RFC 8439 with the extended nonce of draft-irtf-cfrg-xchacha).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"

namespace postmypost::vault {

std::string random_key(Random& random);  // 32 bytes
std::string encrypt(std::string_view key, std::string_view plain, std::string_view associated, Random& random);
// Empty when key, bytes or associated data differ from those of `encrypt`.
std::optional<std::string> decrypt(std::string_view key, std::string_view sealed, std::string_view associated);
// A key for one use, derived from the master key, which itself never encrypts anything.
std::string subkey(std::string_view master, std::uint64_t number);

// A wrapped key, or another small secret of the keys' database: bound to its name.
std::string wrap(std::string_view with, std::string_view secret, std::string_view name, Random& random);
std::optional<std::string> unwrap(std::string_view with, std::string_view wrapped, std::string_view name);
// "user:7", and from the second version on "user:7#2".
std::string key_name(std::string_view scope, std::int64_t owner, std::int64_t version = 1);

void forget(std::string& secret);  // overwrites it

}  // namespace postmypost::vault
