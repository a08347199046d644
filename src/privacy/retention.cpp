#include "privacy/retention.hpp"

#include "privacy/pieces.hpp"

namespace postmypost::privacy {
namespace {

RowsToEnd rows_of(const Ends& rule) {
  const std::string column(rule.emptied);
  return {.table = std::string(rule.table),
          .condition = std::string(rule.is_over),
          .set = column.empty() ? "" : column + "=substr(" + column + ", 1, 0)"};
}

}  // namespace

std::int64_t end_what_is_over(storage::Database& database, const Registry& registry, Instant now,
                              const std::atomic<bool>& stop) {
  std::int64_t ended = 0;
  for (const PersonalData& room : registry.rooms()) {
    for (const Ends& rule : room.ends) {
      const Instant before = now - days(facts_of(rule.retention).days);
      ended += end_in_pieces(database, rows_of(rule), before.us, stop);
    }
  }
  return ended;
}

}  // namespace postmypost::privacy
