#include <algorithm>

#include "base/encoding.hpp"
#include "storage/database.hpp"

namespace postmypost::storage {
namespace {

// Statements end with a semicolon at the end of a line; none of ours holds one inside.
std::vector<std::string> statements_of(std::string_view sql) {
  std::vector<std::string> statements;
  while (!sql.empty()) {
    const auto end = sql.find(";\n");
    std::string statement(sql.substr(0, end));
    if (statement.find_first_not_of(" \n\t;") != std::string::npos) statements.push_back(std::move(statement));
    sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 2);
  }
  return statements;
}

Error changed(const Migration& migration) {
  return {.kind = ErrorKind::kUnavailable,
          .code = "storage.migration_changed",
          .detail = "Migration " + std::to_string(migration.version) + " is not the text that this database was made with.",
          .how_to_fix = "Start the program that made this database, or bring back its backup."};
}

}  // namespace

Result<int> migrate(Database& database, const std::vector<Migration>& migrations, Instant now) {
  database.write([](Transaction& tx) {
    tx.execute(
        "create table if not exists schema_version (version bigint primary key, room text not null, "
        "sha256 text not null, applied_at bigint not null)");
  });
  const auto applied = database.read(
      [](Transaction& tx) { return tx.rows<std::int64_t, std::string>("select version, sha256 from schema_version"); });
  int newest = 0;
  for (const Migration& migration : migrations) newest = std::max(newest, migration.version);
  for (const auto& [version, digest] : applied) {
    if (version > newest) {
      return fail({.kind = ErrorKind::kUnavailable,
                   .code = "storage.newer_database",
                   .detail = "This database was made by a newer program (version " + std::to_string(version) + ").",
                   .how_to_fix = "Start the newer program, or bring back the backup made before the upgrade."});
    }
  }
  int count = 0;
  for (const Migration& migration : migrations) {
    const std::string digest = hex(sha256(migration.sql));
    const auto known = std::ranges::find(applied, migration.version, [](const auto& row) { return std::get<0>(row); });
    if (known != applied.end()) {
      if (std::get<1>(*known) != digest) return fail(changed(migration));
      continue;
    }
    database.write([&](Transaction& tx) {
      for (const std::string& statement : statements_of(migration.sql)) tx.execute(statement);
      tx.execute("insert into schema_version (version, room, sha256, applied_at) values ($1,$2,$3,$4)",
                 migration.version, migration.room, digest, now);
    });
    ++count;
  }
  return count;
}

}  // namespace postmypost::storage
