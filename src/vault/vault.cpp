#include "vault/vault.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <mutex>
#include <stdexcept>
#include <tuple>

#include "base/encoding.hpp"

namespace postmypost::vault {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr char kFormat = 1;  // first byte of every sealed value
constexpr std::string_view kCheckText = "postmypost keys";

const unsigned char* raw(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* raw(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string encrypt(std::string_view key, std::string_view plain, std::string_view associated, Random& random) {
  std::string out(1, kFormat);
  out += random.bytes(kNonceBytes);
  std::string cipher(plain.size() + kTagBytes, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(raw(cipher), nullptr, raw(plain), plain.size(), raw(associated),
                                             associated.size(), nullptr, raw(out) + 1, raw(key));
  return out + cipher;
}

std::optional<std::string> decrypt(std::string_view key, std::string_view sealed, std::string_view associated) {
  if (sealed.size() < 1 + kNonceBytes + kTagBytes || sealed.front() != kFormat) return std::nullopt;
  const std::string_view nonce = sealed.substr(1, kNonceBytes);
  const std::string_view cipher = sealed.substr(1 + kNonceBytes);
  std::string plain(cipher.size() - kTagBytes, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(raw(plain), nullptr, nullptr, raw(cipher), cipher.size(),
                                                 raw(associated), associated.size(), raw(nonce), raw(key)) != 0) {
    return std::nullopt;
  }
  return plain;
}

std::string_view to_string(KeyScope scope) {
  switch (scope) {
    case KeyScope::kUser: return "user";
    case KeyScope::kAccount: return "account";
    case KeyScope::kProject: return "project";
    case KeyScope::kInstance: return "instance";
  }
  return "instance";
}

std::string key_name(KeyScope scope, std::int64_t owner) {
  return std::string(to_string(scope)) + ":" + std::to_string(owner);
}

std::string associated_data(const Place& place) {
  std::string data;
  data.append(place.table).append("|").append(place.column).append("|").append(std::to_string(place.row));
  return data + "|" + key_name(place.scope, place.owner);
}

// The master key itself never encrypts data: each use has a key of its own derived from it.
std::string subkey(std::string_view master, std::uint64_t number) {
  std::string key(kKeyBytes, '\0');
  crypto_kdf_derive_from_key(raw(key), key.size(), number, "pmpvault", raw(master));
  return key;
}

Error key_error(std::string code, std::string detail, std::string fix) {
  return {.kind = ErrorKind::kUnavailable, .code = std::move(code), .detail = std::move(detail), .how_to_fix = std::move(fix)};
}

Result<std::string> read_master_key(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || (status.st_mode & 077) != 0) {
    return fail(key_error("vault.master_key_permissions", file.string() + " can be read by others than its owner.",
                          "Run: chmod 0400 " + file.string()));
  }
  std::ifstream in(file);
  std::string text;
  in >> text;
  const auto key = from_base64url(text);
  if (!key || key->size() != kKeyBytes) {
    return fail(key_error("vault.master_key_wrong", file.string() + " does not hold a master key.",
                          "Bring master.key back from the backup of keys that belongs to this data folder."));
  }
  return *key;
}

Result<std::string> make_master_key(const fs::path& file, Random& random) {
  const std::string key = random.bytes(kKeyBytes);
  const std::string text = base64url(key) + "\n";
  const fs::path part = file.string() + ".part";
  ::unlink(part.c_str());
  const int out = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
  const bool written = out >= 0 && ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(out) == 0;
  if (out >= 0) ::close(out);
  if (!written || ::rename(part.c_str(), file.c_str()) != 0) {
    return fail(key_error("vault.master_key_unwritable", "The master key can't be written to " + file.string() + ".",
                          "Free space there, or choose another data folder."));
  }
  const int folder = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
  return key;
}

class FileVault final : public Vault {
 public:
  FileVault(std::unique_ptr<storage::Database> keys, std::string master, Random& random)
      : keys_(std::move(keys)),
        wrapping_(subkey(master, 1)),
        index_(subkey(master, 2)),
        derivation_(subkey(master, 3)),
        random_(random) {
    sodium_memzero(master.data(), master.size());
  }
  ~FileVault() override {
    for (std::string* key : {&wrapping_, &index_, &derivation_}) sodium_memzero(key->data(), key->size());
    for (auto& [name, key] : opened_) sodium_memzero(key.data(), key.size());
  }

  // A value that only this master key can open tells a wrong one at the start.
  Result<> check() {
    return keys_->write([&](storage::Transaction& tx) -> Result<> {
      tx.execute("create table if not exists data_key (scope text not null, owner bigint not null, "
                 "wrapped blob not null, primary key (scope, owner))");
      tx.execute("create table if not exists key_check (id bigint primary key, value blob not null)");
      const auto stored = tx.value<storage::Blob>("select value from key_check where id=1");
      if (!stored) {
        tx.execute("insert into key_check (id, value) values (1, $1)",
                   storage::Blob{encrypt(wrapping_, kCheckText, "check", random_)});
        return {};
      }
      if (decrypt(wrapping_, stored->bytes, "check") == kCheckText) return {};
      return fail(key_error("vault.master_key_wrong", "master.key is not the key that keys.sqlite was made with.",
                            "Bring back master.key and keys.sqlite from the same backup of keys."));
    });
  }

  std::string blind_index(std::string_view what, std::string_view normalised) const override {
    return hmac_sha256(index_, std::string(what) + "|" + std::string(normalised));
  }
  std::string derived(std::string_view what, std::string_view message) const override {
    return hmac_sha256(derivation_, std::string(what) + "|" + std::string(message));
  }

  void destroy(KeyScope scope, std::int64_t owner) override {
    const std::lock_guard lock(mutex_);
    keys_->write([&](storage::Transaction& tx) {
      tx.execute("delete from data_key where scope=$1 and owner=$2", to_string(scope), owner);
    });
    opened_.erase(key_name(scope, owner));
  }

 protected:
  std::string seal_bytes(const Place& place, std::string_view plain) override {
    return encrypt(key(place, /*may_create=*/true), plain, associated_data(place), random_);
  }
  std::string open_bytes(const Place& place, std::string_view sealed) const override {
    auto plain = decrypt(key(place, /*may_create=*/false), sealed, associated_data(place));
    if (!plain) throw std::runtime_error("a sealed value of " + std::string(place.table) + " does not open");
    return std::move(*plain);
  }

 private:
  // Durable in keys.sqlite before it is returned, so no row can outlive its key.
  std::string key(const Place& place, bool may_create) const {
    const std::string name = key_name(place.scope, place.owner);
    const std::lock_guard lock(mutex_);
    if (const auto found = opened_.find(name); found != opened_.end()) return found->second;
    const auto wrapped = keys_->read([&](storage::Transaction& tx) {
      return tx.value<storage::Blob>("select wrapped from data_key where scope=$1 and owner=$2",
                                     to_string(place.scope), place.owner);
    });
    std::string key;
    if (wrapped) {
      auto opened = decrypt(wrapping_, wrapped->bytes, name);
      if (!opened) throw std::runtime_error("the data key of " + name + " does not open");
      key = std::move(*opened);
    } else {
      if (!may_create) throw std::runtime_error("the data key of " + name + " was destroyed");
      key = random_.bytes(kKeyBytes);
      keys_->write([&](storage::Transaction& tx) {
        tx.execute("insert into data_key (scope, owner, wrapped) values ($1,$2,$3)", to_string(place.scope), place.owner,
                   storage::Blob{encrypt(wrapping_, key, name, random_)});
      });
    }
    return opened_.emplace(name, std::move(key)).first->second;
  }

  std::unique_ptr<storage::Database> keys_;
  std::string wrapping_, index_, derivation_;
  Random& random_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::string> opened_;
};

}  // namespace

Result<std::unique_ptr<Vault>> open_vault(const fs::path& folder, bool may_create, Random& random) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium can't start");
  const fs::path key_file = folder / "master.key";
  const fs::path keys_file = folder / "keys.sqlite";
  const bool has_key = fs::exists(key_file);
  if (!has_key && (fs::exists(keys_file) || !may_create)) {
    return fail(key_error("vault.master_key_missing",
                          "master.key is missing in " + folder.string() + ": nothing sealed in this data can be read.",
                          "Bring master.key back from the backup of keys (it is kept apart from the data's backup)."));
  }
  TRY_ASSIGN(std::string master, has_key ? read_master_key(key_file) : make_master_key(key_file, random));
  auto vault = std::make_unique<FileVault>(storage::open_sqlite(keys_file), std::move(master), random);
  TRY(vault->check());
  return vault;
}

}  // namespace postmypost::vault
