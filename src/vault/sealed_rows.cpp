#include "vault/sealed_rows.hpp"

#include <functional>

namespace postmypost::vault {
namespace {

using storage::Blob;
using storage::Transaction;

constexpr std::int64_t kPiece = 200;

struct SealedRow {
  std::int64_t walk = 0, row = 0, owner = 0;
  std::string bytes;
};

Place place_of(const SealedColumn& column, const SealedRow& at) {
  return {column.table, column.column, at.row, column.scope, at.owner};
}

// Rows that share their value of `walk` never lie on both sides of a piece's end.
std::vector<SealedRow> piece_behind(Transaction& tx, const SealedColumn& column, std::int64_t behind) {
  const std::string walk(column.walk), name(column.column);
  const std::string sql = "select " + walk + ", " + std::string(column.row) + ", " + std::string(column.owner) + ", " + name +
                          " from " + std::string(column.table) + " where " + walk + " > $1 order by " + walk + " limit $2";
  std::vector<SealedRow> rows;
  tx.each(sql, {behind, kPiece}, [&](const storage::Row& row) {
    rows.push_back({row.integer(0), row.integer(1), row.integer(2), row.is_null(3) ? "" : row.blob(3)});
  });
  if (rows.size() < kPiece || rows.front().walk == rows.back().walk) return rows;
  const std::int64_t cut = rows.back().walk;
  if (column.walk != column.row) std::erase_if(rows, [&](const SealedRow& row) { return row.walk == cut; });
  return rows;
}

void walk_through(storage::Database& database, const SealedColumn& column,
                  const std::function<bool(const std::vector<SealedRow>&)>& use) {
  for (std::int64_t behind = 0;;) {
    const auto rows = database.read([&](Transaction& tx) { return piece_behind(tx, column, behind); });
    if (rows.empty() || !use(rows)) return;
    behind = rows.back().walk;
  }
}

std::int64_t replace(storage::Database& database, Vault& vault, const SealedColumn& column, const std::vector<SealedRow>& rows) {
  std::vector<std::pair<const SealedRow*, std::string>> fresh;
  for (const SealedRow& row : rows) {
    if (row.bytes.empty()) continue;
    if (auto sealed = vault.sealed_anew(place_of(column, row), row.bytes)) fresh.emplace_back(&row, std::move(*sealed));
  }
  if (fresh.empty()) return 0;
  const std::string name(column.column);
  const std::string sql = "update " + std::string(column.table) + " set " + name + "=$1 where " + std::string(column.walk) +
                          "=$2 and " + name + "=$3";
  return database.write([&](Transaction& tx) {
    std::int64_t changed = 0;
    for (const auto& [row, sealed] : fresh) changed += tx.execute(sql, Blob{sealed}, row->walk, Blob{row->bytes});
    return changed;
  });
}

}  // namespace

std::int64_t seal_anew(storage::Database& database, Vault& vault, std::span<const SealedColumn> columns,
                       const std::atomic<bool>& stop) {
  std::int64_t changed = 0;
  for (const SealedColumn& column : columns) {
    walk_through(database, column, [&](const std::vector<SealedRow>& rows) {
      changed += replace(database, vault, column, rows);
      return !stop;
    });
  }
  return changed;
}

std::vector<UnreadableValue> find_unreadable(storage::Database& database, const Vault& vault,
                                             std::span<const SealedColumn> columns, std::size_t most) {
  std::vector<UnreadableValue> found;
  for (const SealedColumn& column : columns) {
    walk_through(database, column, [&](const std::vector<SealedRow>& rows) {
      for (const SealedRow& row : rows) {
        if (row.bytes.empty() || vault.can_open(place_of(column, row), row.bytes)) continue;
        if (found.size() < most) found.push_back({std::string(column.table) + "." + std::string(column.column), row.row});
      }
      return found.size() < most;
    });
  }
  return found;
}

}  // namespace postmypost::vault
