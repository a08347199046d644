#include "publishing/delivery.hpp"

#include <boost/json.hpp>

#include "storage/many_ids.hpp"

namespace postmypost::publishing {
namespace {

constexpr std::string_view kColumns =
    "d.id, d.project_id, d.publication_id, d.account_id, d.channel, d.uid, d.state, d.reason, d.due, d.late_policy, "
    "d.ready_at, d.generation, d.epoch, d.tries, d.absences, d.text_digest, d.content_digest, d.frozen_at, d.progress, "
    "d.last_error, d.disclosure_id, d.remote_id, d.permalink, d.sent_at";

Delivery read_row(const storage::Row& row) {
  Delivery d;
  d.id = row.get<std::int64_t>(0);
  d.project_id = row.get<std::int64_t>(1);
  d.publication_id = row.get<std::int64_t>(2);
  d.account_id = row.get<std::int64_t>(3);
  d.channel = row.get<std::string>(4);
  d.uid = row.get<std::string>(5);
  d.state = parse_state(row.get<std::string>(6));
  d.reason = row.get<std::optional<std::string>>(7);
  d.due = row.get<Instant>(8);
  d.late_policy =
      row.get<std::string>(9) == "skip" ? publications::LatePolicy::kSkip : publications::LatePolicy::kHold;
  d.ready_at = row.get<std::optional<Instant>>(10);
  d.generation = row.get<std::int64_t>(11);
  d.epoch = row.get<std::int64_t>(12);
  d.tries = row.get<std::int64_t>(13);
  d.absences = row.get<std::int64_t>(14);
  d.text_digest = row.get<std::string>(15);
  d.content_digest = row.get<std::optional<std::string>>(16);
  d.frozen_at = row.get<std::optional<Instant>>(17);
  if (const auto progress = row.get<std::string>(18); progress != "{}") d.progress = boost::json::parse(progress).as_object();
  if (const auto error = row.get<std::optional<std::string>>(19)) d.last_error = error_from_json(*error);
  d.disclosure_id = row.get<std::optional<std::int64_t>>(20);
  d.remote_id = row.get<std::optional<std::string>>(21);
  d.permalink = row.get<std::optional<std::string>>(22);
  d.sent_at = row.get<std::optional<Instant>>(23);
  return d;
}

}  // namespace

std::vector<Delivery> select_deliveries(storage::Transaction& tx, std::string_view tail,
                                        const std::vector<storage::Parameter>& parameters) {
  std::vector<Delivery> all;
  tx.each("select " + std::string(kColumns) + " " + std::string(tail), parameters,
          [&](const storage::Row& row) { all.push_back(read_row(row)); });
  return all;
}

std::optional<Delivery> load_delivery(storage::Transaction& tx, std::int64_t id) {
  auto found = select_deliveries(tx, "from delivery d where d.id=$1", {id});
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<Delivery> deliveries_of(storage::Transaction& tx, std::int64_t publication_id) {
  return select_deliveries(tx, "from delivery d where d.publication_id=$1 order by d.id", {publication_id});
}

std::map<std::int64_t, std::vector<Delivery>> deliveries_of_each(storage::Transaction& tx, std::span<const std::int64_t> publications) {
  std::map<std::int64_t, std::vector<Delivery>> all;
  storage::each_of(tx, "select " + std::string(kColumns) + " from delivery d where d.publication_id in (#) order by d.id", publications,
                   [&](const storage::Row& row) {
                     Delivery delivery = read_row(row);
                     all[delivery.publication_id].push_back(std::move(delivery));
                   });
  return all;
}

}  // namespace postmypost::publishing
