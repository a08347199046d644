#include "vault/vault.hpp"

#include <sodium.h>

#include "base/encoding.hpp"
#include "vault/data_keys.hpp"
#include "vault/master_key.hpp"
#include "vault/sealing.hpp"

namespace postmypost::vault {
namespace {

namespace fs = std::filesystem;

// First byte of a sealed value. The first format did not say which version of the key sealed it: there was one only.
constexpr char kWithoutVersion = 1, kWithVersion = 2;
constexpr std::size_t kVersionBytes = 4;  // big-endian

std::string associated_data(const Place& place) {
  std::string data;
  data.append(place.table).append("|").append(place.column).append("|").append(std::to_string(place.row));
  return data + "|" + key_name(to_string(place.scope), place.owner);
}

struct Envelope {
  std::int64_t version = 1;
  std::string_view sealed;
  std::string associated;
};

std::string opening(std::int64_t version) {
  std::string bytes(1, kWithVersion);
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>((version >> shift) & 0xff);
  return bytes;
}

std::string associated_data(const Place& place, std::int64_t version) {
  return associated_data(place) + "|" + std::to_string(version);
}

std::optional<Envelope> envelope_of(const Place& place, std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  if (bytes.front() == kWithoutVersion) {
    return Envelope{.version = 1, .sealed = bytes.substr(1), .associated = associated_data(place)};
  }
  if (bytes.front() != kWithVersion || bytes.size() < 1 + kVersionBytes) return std::nullopt;
  std::int64_t version = 0;
  for (const char byte : bytes.substr(1, kVersionBytes)) version = (version << 8) | static_cast<unsigned char>(byte);
  return Envelope{.version = version, .sealed = bytes.substr(1 + kVersionBytes), .associated = associated_data(place, version)};
}

class FileVault final : public Vault {
 public:
  FileVault(std::unique_ptr<DataKeys> keys, std::string master, Random& random)
      : keys_(std::move(keys)),
        index_(keys_->own("index", subkey(master, 2))),
        derivation_(keys_->own("derivation", subkey(master, 3))),
        random_(random) {
    forget(master);
  }
  ~FileVault() override {
    for (std::string* key : {&index_, &derivation_}) forget(*key);
  }

  std::string blind_index(std::string_view what, std::string_view normalised) const override {
    return hmac_sha256(index_, std::string(what) + "|" + std::string(normalised));
  }
  std::string derived(std::string_view what, std::string_view message) const override {
    return hmac_sha256(derivation_, std::string(what) + "|" + std::string(message));
  }

  void destroy(KeyScope scope, std::int64_t owner) override { keys_->destroy(scope, owner); }
  DataKeys& keys() override { return *keys_; }

  std::optional<std::string> sealed_anew(const Place& place, std::string_view sealed) override {
    const auto envelope = envelope_of(place, sealed);
    if (envelope && envelope->version == keys_->current(place.scope, place.owner).version) return std::nullopt;
    return seal_bytes(place, open_bytes(place, sealed));
  }
  bool can_open(const Place& place, std::string_view sealed) const override { return opened(place, sealed).has_value(); }

 protected:
  std::string seal_bytes(const Place& place, std::string_view plain) override {
    const DataKey key = keys_->current(place.scope, place.owner);
    return opening(key.version) + encrypt(key.bytes, plain, associated_data(place, key.version), random_);
  }
  std::string open_bytes(const Place& place, std::string_view sealed) const override {
    auto plain = opened(place, sealed);
    if (!plain) {
      throw Unreadable("a sealed value of " + std::string(place.table) + "." + std::string(place.column) + " does not open");
    }
    return std::move(*plain);
  }

 private:
  std::optional<std::string> opened(const Place& place, std::string_view sealed) const {
    const auto envelope = envelope_of(place, sealed);
    if (!envelope) return std::nullopt;
    const auto key = keys_->find(place.scope, place.owner, envelope->version);
    return key ? decrypt(*key, envelope->sealed, envelope->associated) : std::nullopt;
  }

  std::unique_ptr<DataKeys> keys_;
  std::string index_, derivation_;
  Random& random_;
};

bool holds_keys(storage::Database& keys) {
  return keys.read([](storage::Transaction& tx) {
    return tx.dialect() == storage::Dialect::kSqlite
               ? tx.value<int>("select 1 from sqlite_master where name='key_check'").has_value()
               : tx.value<bool>("select to_regclass('key_check') is not null").value_or(false);
  });
}

}  // namespace

Result<std::unique_ptr<Vault>> open_vault(const fs::path& folder, bool may_create, Random& random, const Clock& clock,
                                          std::unique_ptr<storage::Database> keys) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium can't start");
  const fs::path keys_file = folder / "keys.sqlite";
  const MasterKeyFile file(folder);
  const bool has_key = file.exists(), has_keys = keys ? holds_keys(*keys) : fs::exists(keys_file);
  if (!has_key && (has_keys || !may_create)) {
    return fail(key_error("vault.master_key_missing",
                          "master.key is missing in " + folder.string() + ": nothing sealed in this data can be read.",
                          "Bring master.key back from the backup of keys (it is kept apart from the data's backup)."));
  }
  TRY_ASSIGN(std::string master, has_key ? file.read() : file.make(random));
  if (!keys) {
    try {
      keys = storage::open_sqlite(keys_file);
    } catch (const storage::DatabaseError& failure) {
      return fail(key_error("vault.keys_damaged", keys_file.string() + " can't be opened: " + failure.what(),
                            "Bring the newest of the key copies back as keys.sqlite (docs/operations.md)."));
    }
  }
  auto opened = std::make_unique<DataKeys>(std::move(keys), file, clock, random);
  TRY(opened->open(master));
  return std::make_unique<FileVault>(std::move(opened), std::move(master), random);
}

}  // namespace postmypost::vault
