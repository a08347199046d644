#include "privacy/erasure.hpp"

#include <ranges>

#include "privacy/pieces.hpp"

namespace postmypost::privacy {
namespace {

// Rooms further down refer to rooms further up.
template <class F>
void each_table(const Registry& registry, Owner owner, F use) {
  for (const PersonalData& room : std::views::reverse(registry.rooms())) {
    for (const Belongs& one : room.belongs) {
      if (one.owner == owner) use(one);
    }
  }
}

void count(EndedRows& ended, const Belongs& one, std::int64_t rows) {
  if (rows > 0) ended[std::string(one.table)] += rows;
}

}  // namespace

void erase_rows(storage::Transaction& tx, const Registry& registry, Owner owner, std::int64_t id, EndedRows& ended) {
  each_table(registry, owner, [&](const Belongs& one) {
    if (one.walked) return;
    const std::string table(one.table), where = " where " + std::string(one.condition);
    const std::string what = one.set.empty() ? "delete from " + table : "update " + table + " set " + std::string(one.set);
    count(ended, one, tx.execute(what + where, id));
  });
}

void erase_scattered_rows(storage::Database& database, const Registry& registry, Owner owner, std::int64_t id,
                          EndedRows& ended, const std::atomic<bool>& stop) {
  each_table(registry, owner, [&](const Belongs& one) {
    if (!one.walked) return;
    const RowsToEnd rows{.table = std::string(one.table), .condition = std::string(one.condition), .set = std::string(one.set)};
    count(ended, one, end_in_pieces(database, rows, id, stop));
  });
}

}  // namespace postmypost::privacy
