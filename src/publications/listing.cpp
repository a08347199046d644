#include "publications/listing.hpp"

#include <algorithm>
#include <string>

namespace postmypost::publications {
namespace {

constexpr std::string_view kListed = " from publication where project_id=$1 and deleted_at is null and gone_at is null";
constexpr std::string_view kPostAt = "coalesce(instant, created_at)";

std::string_view column_of(SortKey key) {
  switch (key) {
    case SortKey::kId: return "id";
    case SortKey::kPostAt: return kPostAt;
    case SortKey::kCreatedAt: return "created_at";
  }
  return "id";
}

std::string order_by(const std::vector<Sorting>& order) {
  std::string sql = " order by ";
  for (const Sorting& one : order) {
    sql += std::string(column_of(one.key)) + (one.descending ? " desc, " : ", ");
    if (one.key == SortKey::kId) return sql.substr(0, sql.size() - 2);
  }
  return sql + (!order.empty() && order.front().descending ? "id desc" : "id");
}

}  // namespace

Listed list_page(storage::Transaction& tx, std::int64_t project_id, const std::vector<Sorting>& order,
                 std::optional<Instant> from, std::optional<Instant> to, std::int64_t offset, std::int64_t limit) {
  Listed listed;
  std::string where(kListed);
  std::vector<storage::Parameter> parameters{project_id};
  if (from && to) {
    where += " and " + std::string(kPostAt) + " >= $2 and " + std::string(kPostAt) + " < $3";
    parameters.insert(parameters.end(), {from->us, to->us});
    tx.each("select count(*)" + where, parameters, [&](const storage::Row& row) { listed.total = row.integer(0); });
  } else {
    listed.total = tx.value<std::int64_t>("select cast(coalesce(sum(listed), 0) as bigint) from publication_count where project_id=$1", project_id).value_or(0);
  }
  if (offset >= listed.total) return listed;
  const std::string most = "$" + std::to_string(parameters.size() + 1), skipped = "$" + std::to_string(parameters.size() + 2);
  parameters.insert(parameters.end(), {limit, offset});
  tx.each("select id" + where + order_by(order) + " limit " + most + " offset " + skipped, parameters,
          [&](const storage::Row& row) { listed.ids.push_back(row.integer(0)); });
  return listed;
}

}  // namespace postmypost::publications
