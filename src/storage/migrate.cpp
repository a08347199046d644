#include <map>

#include "base/encoding.hpp"
#include "storage/database.hpp"

namespace postmypost::storage {
namespace {

using Applied = std::map<int, std::string>;  // version to SHA-256

constexpr std::string_view kTable =
    "create table if not exists schema_version (version bigint primary key, room text not null, "
    "sha256 text not null, applied_at bigint not null)";

// Where the quoted text, quoted name or comment that starts at `at` ends; `at` itself when none
// does.
std::size_t skip_quoted(std::string_view sql, std::size_t at) {
  const auto past = [&](std::string_view end, std::size_t from) {
    const auto found = sql.find(end, from);
    return found == std::string_view::npos ? sql.size() : found + end.size();
  };
  if (sql[at] == '\'' || sql[at] == '"')
    return past(sql.substr(at, 1), at + 1);  // '' is two texts in a row
  if (sql.substr(at, 2) == "--") return past("\n", at);
  if (sql.substr(at, 2) == "/*") return past("*/", at + 2);
  return at;
}

// The statements without comments.
std::vector<std::string> statements_of(std::string_view sql) {
  std::vector<std::string> all(1);
  for (std::size_t at = 0; at < sql.size();) {
    const std::size_t end = skip_quoted(sql, at);
    if (end == at) {
      if (sql[at] == ';') {
        all.emplace_back();
      } else {
        all.back() += sql[at];
      }
      ++at;
      continue;
    }
    const bool is_comment = sql[at] == '-' || sql[at] == '/';
    all.back() += is_comment ? "\n" : sql.substr(at, end - at);
    at = end;
  }
  std::erase_if(all, [](const std::string& s) {
    return s.find_first_not_of(" \t\r\n") == std::string::npos;
  });
  return all;
}

Error newer(int version) {
  return {.kind = ErrorKind::kConflict,
          .code = "storage.newer_database",
          .detail = "The database was written by a newer version of this program.",
          .how_to_fix = "Install that version again, or restore the backup made before the update.",
          .params = {{"version", std::to_string(version)}}};
}

Error changed(int version, std::string detail) {
  return {
      .kind = ErrorKind::kConflict,
      .code = "storage.migration_changed",
      .detail = std::move(detail),
      .how_to_fix =
          "Use a released version of this program; a database of development builds is made anew.",
      .params = {{"version", std::to_string(version)}}};
}

Result<> check(const Applied& applied, const std::map<int, const Migration*>& known) {
  for (const auto& [version, hash] : applied) {
    const auto found = known.find(version);
    if (found == known.end()) return fail(newer(version));
    if (hex(sha256(found->second->sql)) != hash) {
      return fail(changed(
          version, "A migration that this database has run is not what this program holds."));
    }
  }
  for (const auto& [version, migration] : known) {
    if (!applied.empty() && !applied.contains(version) && version < applied.rbegin()->first) {
      return fail(changed(
          version,
          "This program holds a migration older than the newest that the database has run."));
    }
  }
  return {};
}

// In SQLite only a primary key that is an `integer` is the row's own address; of any other type it would be a second tree, and
// every look-up by id two searches.
std::string in_dialect(std::string statement, Dialect dialect) {
  constexpr std::string_view kKey = " bigint primary key";
  if (dialect != Dialect::kSqlite) return statement;
  if (const auto at = statement.find(kKey); at != std::string::npos) statement.replace(at, kKey.size(), " integer primary key");
  return statement;
}

// Processes that start together on one server migrate one after the other. In SQLite there is one process.
void wait_for_turn(Transaction& tx) {
  if (tx.dialect() == Dialect::kSqlite) return;
  tx.execute("set local lock_timeout = 0");
  tx.execute("select pg_advisory_xact_lock(7367)");
}

// False when another process has applied it meanwhile.
bool apply(Transaction& tx, const Migration& migration, Instant now) {
  wait_for_turn(tx);
  if (tx.value<int>("select 1 from schema_version where version=$1", migration.version)) return false;
  for (const std::string& statement : statements_of(migration.sql)) tx.execute(in_dialect(statement, tx.dialect()));
  tx.execute(
      "insert into schema_version (version, room, sha256, applied_at) values ($1, $2, $3, $4)",
      migration.version, migration.room, hex(sha256(migration.sql)), now);
  return true;
}

}  // namespace

Result<int> migrate(Database& database, const std::vector<Migration>& migrations, Instant now) {
  std::map<int, const Migration*> known;
  for (const Migration& migration : migrations) {
    if (!known.emplace(migration.version, &migration).second)
      throw std::logic_error("two migrations of one version");
  }
  // In the engine's line, where each statement sees what was committed before it: after waiting for its turn a
  // serializable one would still not see what it waited for.
  const Applied applied = database.write([](Transaction& tx) {
    wait_for_turn(tx);
    tx.execute(kTable);
    Applied all;
    for (auto& [version, hash] :
         tx.rows<int, std::string>("select version, sha256 from schema_version")) {
      all.emplace(version, std::move(hash));
    }
    return all;
  }, Queue::kEngine);
  TRY(check(applied, known));
  int count = 0;
  for (const auto& [version, migration] : known) {
    if (applied.contains(version)) continue;
    count += database.write([&](Transaction& tx) { return apply(tx, *migration, now); }, Queue::kEngine) ? 1 : 0;
  }
  return count;
}

}  // namespace postmypost::storage
