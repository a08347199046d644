#include "privacy/pieces.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

namespace postmypost::privacy {
namespace {

using storage::Transaction;

constexpr std::int64_t kLookedAt = 500;    // rows in one read
constexpr std::size_t kEndedAtOnce = 100;  // rows in one write

// A piece of a table by its ids: the last one, and which of its rows are to end.
struct Piece {
  std::optional<std::int64_t> last;
  std::vector<std::int64_t> found;
};

Piece look(Transaction& tx, const RowsToEnd& what, std::int64_t argument, std::int64_t behind) {
  Piece piece;
  const std::string sql = "select id, case when " + what.condition + " then 1 else 0 end from " + what.table +
                          " where id > $2 order by id limit $3";
  for (const auto& [id, is_found] : tx.rows<std::int64_t, std::int64_t>(sql, argument, behind, kLookedAt)) {
    piece.last = id;
    if (is_found == 1) piece.found.push_back(id);
  }
  return piece;
}

std::int64_t end(storage::Database& database, const RowsToEnd& what, std::int64_t argument, std::span<const std::int64_t> ids) {
  const std::string sql = (what.set.empty() ? "delete from " + what.table : "update " + what.table + " set " + what.set) +
                          " where id=$2 and (" + what.condition + ")";
  return database.write([&](Transaction& tx) {
    std::int64_t ended = 0;
    for (const std::int64_t id : ids) ended += tx.execute(sql, argument, id);
    return ended;
  });
}

}  // namespace

std::int64_t end_in_pieces(storage::Database& database, const RowsToEnd& what, std::int64_t argument,
                           const std::atomic<bool>& stop) {
  std::int64_t ended = 0, behind = 0;
  while (!stop) {
    const Piece piece = database.read([&](Transaction& tx) { return look(tx, what, argument, behind); });
    if (!piece.last) break;
    behind = *piece.last;
    for (std::size_t at = 0; at < piece.found.size() && !stop; at += kEndedAtOnce) {
      const std::size_t count = std::min(kEndedAtOnce, piece.found.size() - at);
      ended += end(database, what, argument, std::span(piece.found).subspan(at, count));
    }
  }
  return ended;
}

}  // namespace postmypost::privacy
