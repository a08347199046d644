// SHA-256 of what comes piece by piece.
#pragma once

#include <sodium.h>

#include <string>
#include <string_view>

#include "base/encoding.hpp"

namespace postmypost::cabinet {

class Digest {
 public:
  Digest() { crypto_hash_sha256_init(&state_); }
  void add(std::string_view bytes) {
    crypto_hash_sha256_update(&state_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  }
  std::string hex() {
    std::string hash(crypto_hash_sha256_BYTES, '\0');
    crypto_hash_sha256_final(&state_, reinterpret_cast<unsigned char*>(hash.data()));
    return postmypost::hex(hash);
  }

 private:
  crypto_hash_sha256_state state_;
};

}  // namespace postmypost::cabinet
