#include "publishing/poison.hpp"

#include "publishing/transitions.hpp"

namespace postmypost::publishing {

void count_crash(storage::Transaction& tx, std::span<const std::string> uids, Instant now) {
  for (const std::string& uid : uids) {
    const auto id = tx.value<std::int64_t>("select id from delivery where uid=$1", uid);
    const auto delivery = id ? load_delivery(tx, *id) : std::nullopt;
    if (!delivery || !(is_waiting(delivery->state) || is_leased(delivery->state))) continue;  // the outcome was written before
    const auto crashes = *tx.value<std::int64_t>(
        "insert into delivery_crash (delivery_id, crashes) values ($1, 1) on conflict (delivery_id) do update set crashes = "
        "delivery_crash.crashes + 1 returning crashes",
        delivery->id);
    note(tx, *delivery, "crashed_at_work", {{"times", std::to_string(crashes)}}, now);
  }
}

std::map<std::int64_t, std::int64_t> crashes_of_all(storage::Transaction& tx) {
  std::map<std::int64_t, std::int64_t> all;
  for (const auto& [id, crashes] : tx.rows<std::int64_t, std::int64_t>("select delivery_id, crashes from delivery_crash")) {
    all[id] = crashes;
  }
  return all;
}

void forget_crashes(storage::Transaction& tx, std::int64_t delivery_id) {
  tx.execute("delete from delivery_crash where delivery_id=$1", delivery_id);
}

void forget_last_crash(storage::Transaction& tx, std::int64_t delivery_id) {
  tx.execute("update delivery_crash set crashes = crashes - 1 where delivery_id=$1", delivery_id);
}

}  // namespace postmypost::publishing
