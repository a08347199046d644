#include "publishing/transitions.hpp"

#include <boost/json.hpp>
#include <stdexcept>

namespace postmypost::publishing {
namespace {

std::string params_json(const std::map<std::string, std::string>& params) {
  boost::json::object object;
  for (const auto& [name, value] : params) object[name] = value;
  return boost::json::serialize(object);
}

void append_event(storage::Transaction& tx, std::int64_t delivery, std::optional<State> from, State to,
                  std::string_view code, const std::map<std::string, std::string>& params, Instant now) {
  std::optional<std::string> before;
  if (from) before = to_string(*from);
  tx.execute(
      "insert into delivery_event (id, delivery_id, at, from_state, to_state, code, params) "
      "values ($1,$2,$3,$4,$5,$6,$7)",
      tx.next_id("delivery_event"), delivery, now, before, to_string(to), code, params_json(params));
}

}  // namespace

void move(storage::Transaction& tx, Delivery& delivery, const Change& change, Instant now) {
  const State from = delivery.state;
  if (!may_move(from, change.to)) {
    throw std::logic_error("a delivery can't go from " + std::string(to_string(from)) + " to " +
                           std::string(to_string(change.to)));
  }
  delivery.state = change.to;
  delivery.ready_at = change.ready_at;
  delivery.reason.reset();
  if (change.reason) delivery.reason = std::string(*change.reason);
  if (change.error) delivery.last_error = change.error;
  std::optional<std::string> error;
  if (delivery.last_error) error = to_json(*delivery.last_error);
  // The old state and epoch are part of the condition: two movers can't both win.
  const std::int64_t changed = tx.execute(
      "update delivery set state=$3, reason=$4, ready_at=$5, last_error=$6 where id=$1 and state=$2 and epoch=$7",
      delivery.id, to_string(from), to_string(delivery.state), delivery.reason, delivery.ready_at, error,
      delivery.epoch);
  if (changed != 1) throw std::logic_error("a delivery changed under its mover");
  append_event(tx, delivery.id, from, change.to, change.code, change.params, now);
  tx.execute("insert into outbox (id, topic, project_id, subject_id, at) values ($1,$2,$3,$4,$5)",
             tx.next_id("outbox"), "delivery." + std::string(to_string(change.to)), delivery.project_id, delivery.id,
             now);
  refresh_lane(tx, delivery.account_id);
}

void note(storage::Transaction& tx, const Delivery& delivery, std::string_view code,
          const std::map<std::string, std::string>& params, Instant now) {
  append_event(tx, delivery.id, delivery.state, delivery.state, code, params, now);
}

void refresh_lane(storage::Transaction& tx, std::int64_t account_id) {
  tx.execute(
      "insert into lane (account_id, next_due) values ($1, (select min(ready_at) from delivery where account_id=$1 "
      "and ready_at is not null)) on conflict (account_id) do update set next_due = excluded.next_due",
      account_id);
}

void free_lane(storage::Transaction& tx, const Delivery& delivery) {
  tx.execute("update lane set in_flight=null where account_id=$1 and in_flight=$2", delivery.account_id, delivery.id);
}

void hold_back_lane(storage::Transaction& tx, std::int64_t account_id, Instant not_before) {
  tx.execute("update lane set not_before=$2 where account_id=$1 and not_before < $2", account_id, not_before);
}

}  // namespace postmypost::publishing
