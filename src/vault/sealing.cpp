#include "vault/sealing.hpp"

#include <sodium.h>

namespace postmypost::vault {
namespace {

constexpr std::size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr char kWrapped = 1;  // first byte of everything wrapped

const unsigned char* raw(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* raw(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

std::string random_key(Random& random) { return random.bytes(kKeyBytes); }

std::string encrypt(std::string_view key, std::string_view plain, std::string_view associated, Random& random) {
  std::string sealed = random.bytes(kNonceBytes);
  sealed.resize(kNonceBytes + plain.size() + kTagBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(raw(sealed) + kNonceBytes, nullptr, raw(plain), plain.size(), raw(associated),
                                             associated.size(), nullptr, raw(sealed), raw(key));
  return sealed;
}

std::optional<std::string> decrypt(std::string_view key, std::string_view sealed, std::string_view associated) {
  if (key.size() != kKeyBytes || sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  const std::string_view nonce = sealed.substr(0, kNonceBytes), cipher = sealed.substr(kNonceBytes);
  std::string plain(cipher.size() - kTagBytes, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(raw(plain), nullptr, nullptr, raw(cipher), cipher.size(), raw(associated),
                                                 associated.size(), raw(nonce), raw(key)) != 0) {
    return std::nullopt;
  }
  return plain;
}

std::string subkey(std::string_view master, std::uint64_t number) {
  std::string key(kKeyBytes, '\0');
  crypto_kdf_derive_from_key(raw(key), key.size(), number, "pmpvault", raw(master));
  return key;
}

std::string wrap(std::string_view with, std::string_view secret, std::string_view name, Random& random) {
  return kWrapped + encrypt(with, secret, name, random);
}

std::optional<std::string> unwrap(std::string_view with, std::string_view wrapped, std::string_view name) {
  if (wrapped.empty() || wrapped.front() != kWrapped) return std::nullopt;
  return decrypt(with, wrapped.substr(1), name);
}

std::string key_name(std::string_view scope, std::int64_t owner, std::int64_t version) {
  std::string name = std::string(scope) + ":" + std::to_string(owner);
  return version == 1 ? name : name + "#" + std::to_string(version);
}

void forget(std::string& secret) { sodium_memzero(secret.data(), secret.size()); }

}  // namespace postmypost::vault
