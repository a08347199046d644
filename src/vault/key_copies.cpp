#include "vault/key_copies.hpp"

#include <algorithm>
#include <map>

#include "base/encoding.hpp"
#include "base/zones.hpp"
#include "vault/keys_schema.hpp"

namespace postmypost::vault {
namespace {

namespace fs = std::filesystem;
using storage::Blob;
using storage::Transaction;

struct KeyRow {
  std::string scope;
  std::int64_t owner, version;
  std::optional<Blob> wrapped;
  std::int64_t made_at;
  std::optional<std::int64_t> drained_at, destroyed_at;
};

struct AllKeys {
  std::string check;
  std::vector<KeyRow> rows;
};

AllKeys read_all(Transaction& tx) {
  AllKeys all{.check = tx.value<Blob>("select value from key_check where id=1").value_or(Blob{}).bytes, .rows = {}};
  for (auto& [scope, owner, version, wrapped, made, drained, destroyed] :
       tx.rows<std::string, std::int64_t, std::int64_t, std::optional<Blob>, std::int64_t, std::optional<std::int64_t>,
               std::optional<std::int64_t>>("select scope, owner, version, wrapped, made_at, drained_at, destroyed_at "
                                            "from data_key order by scope, owner, version")) {
    all.rows.push_back({scope, owner, version, wrapped, made, drained, destroyed});
  }
  return all;
}

std::string digest_of(const AllKeys& all) {
  std::string text = all.check;
  for (const KeyRow& row : all.rows) {
    text += row.scope + ":" + std::to_string(row.owner) + "#" + std::to_string(row.version) + (row.wrapped ? row.wrapped->bytes : "-");
  }
  return sha256(text);
}

void write_all(Transaction& tx, const AllKeys& all) {
  tx.execute("insert into key_check (id, value) values (1, $1)", Blob{all.check});
  for (const KeyRow& row : all.rows) {
    tx.execute("insert into data_key (scope, owner, version, wrapped, made_at, drained_at, destroyed_at) "
               "values ($1,$2,$3,$4,$5,$6,$7)",
               row.scope, row.owner, row.version, row.wrapped, row.made_at, row.drained_at, row.destroyed_at);
  }
}

// "keys-20261126T104422Z.sqlite"
std::string name_at(Instant at) {
  std::string text = to_rfc3339(at).substr(0, 19);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return "keys-" + text + "Z.sqlite";
}

bool is_copy(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.starts_with("keys-") && name.ends_with("Z.sqlite") && name.size() == name_at({}).size();
}

std::vector<fs::path> copies_in(const fs::path& folder) {
  std::vector<fs::path> all;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    if (is_copy(entry.path())) all.push_back(entry.path());
  }
  std::ranges::sort(all);  // names sort by time
  return all;
}

}  // namespace

std::optional<fs::path> KeyCopies::copy_if_changed(DataKeys& keys) {
  const AllKeys all = keys.database().read([](Transaction& tx) { return read_all(tx); });
  const std::string digest = digest_of(all);
  const auto there = copies_in(folder_);
  const bool has_todays = !there.empty() && there.back().filename().string() >= name_at(clock_.now() - days(1));
  if (digest == last_ && has_todays) return std::nullopt;
  fs::create_directories(folder_);
  fs::permissions(folder_, fs::perms::owner_all);
  const fs::path file = folder_ / name_at(clock_.now()), part = folder_ / "copy.part";
  fs::remove(part);
  {
    const auto copy = storage::open_sqlite(part);
    const std::vector<storage::Migration> migrations(kKeyMigrations.begin(), kKeyMigrations.end());
    if (const auto made = storage::migrate(*copy, migrations, clock_.now()); !made) throw std::runtime_error(made.error().detail);
    copy->write([&](Transaction& tx) { write_all(tx, all); });
  }
  fs::rename(part, file);
  last_ = digest;
  return file;
}

int KeyCopies::drop_old() {
  const std::string oldest = name_at(clock_.now() - kCopyLife);
  constexpr std::size_t kDay = std::string_view("keys-20261126").size();
  std::map<std::string, fs::path> newest_of_day;
  int dropped = 0;
  for (const fs::path& file : copies_in(folder_)) {
    const std::string name = file.filename().string();
    if (name < oldest) {
      fs::remove(file);
      ++dropped;
      continue;
    }
    auto& newest = newest_of_day[name.substr(0, kDay)];
    if (!newest.empty()) dropped += fs::remove(newest) ? 1 : 0;
    newest = file;
  }
  return dropped;
}

}  // namespace postmypost::vault
