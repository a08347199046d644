#include "publishing/waiting.hpp"

#include <boost/json.hpp>

#include "publishing/poison.hpp"

namespace postmypost::publishing {
namespace {

using storage::Transaction;

std::map<std::string, std::string> params_of(const std::string& json) {
  std::map<std::string, std::string> params;
  for (const auto& member : boost::json::parse(json).as_object()) params[member.key()] = std::string(member.value().as_string());
  return params;
}

std::optional<Waiting> put_off(Transaction& tx, std::int64_t account_id, Instant not_before) {
  Waiting waiting{"rate_limited"};
  if (const auto why = tx.row<std::string, std::string>(
          "select code, params from lane_wait where account_id=$1 and until=$2", account_id, not_before)) {
    waiting = {std::get<0>(*why), params_of(std::get<1>(*why))};
  }
  waiting.params["until"] = to_rfc3339(not_before);
  return waiting;
}

// The lane's reason, or the engine's, or the delivery's own.
std::optional<Waiting> why_due(Transaction& tx, const Delivery& delivery, Instant now) {
  const auto lane = tx.row<Instant, std::optional<std::int64_t>>("select not_before, in_flight from lane where account_id=$1",
                                                                 delivery.account_id);
  if (!lane) return Waiting{"starting"};
  const auto& [not_before, in_flight] = *lane;
  if (in_flight) {
    const auto holder = load_delivery(tx, *in_flight);
    return Waiting{holder && holder->state == State::kReconciling ? "lane.in_doubt" : "lane.busy"};
  }
  if (not_before > now) return put_off(tx, delivery.account_id, not_before);
  const auto crashes = tx.value<std::int64_t>("select crashes from delivery_crash where delivery_id=$1", delivery.id);
  if (crashes && sentence_for(*crashes) != Sentence::kTogether) return Waiting{"alone"};
  if (const auto pause = why_paused(tx)) return Waiting{*pause};
  return Waiting{"starting"};
}

}  // namespace

std::optional<Waiting> why_waiting(Transaction& tx, const Delivery& delivery, Instant now) {
  if (!is_waiting(delivery.state)) return std::nullopt;
  const auto account = tx.value<std::string>("select state from account where id=$1", delivery.account_id);
  if (account == "needs_reconnect" && delivery.state != State::kUnknown) return Waiting{"account.needs_reconnect"};
  const Instant ready = delivery.ready_at.value_or(now);
  if (delivery.state == State::kRetryWait && ready > now) return Waiting{"retry", {{"until", to_rfc3339(ready)}}};
  if (delivery.state == State::kUnknown && ready > now) return Waiting{"quiet_time", {{"until", to_rfc3339(ready)}}};
  if (!delivery.ready_at || ready > now) return std::nullopt;
  return why_due(tx, delivery, now);
}

std::optional<std::string> why_paused(Transaction& tx) {
  return tx.value<std::string>(
      "select p.code from engine_pause p join worker w on w.id=p.worker where w.ended_at is null order by p.since limit 1");
}

void explain_lane(Transaction& tx, std::int64_t account_id, Instant until, const Waiting& why) {
  boost::json::object params;
  for (const auto& [name, value] : why.params) params[name] = value;
  tx.execute(
      "insert into lane_wait (account_id, until, code, params) values ($1,$2,$3,$4) on conflict (account_id) do update set "
      "until=excluded.until, code=excluded.code, params=excluded.params",
      account_id, until, why.code, boost::json::serialize(params));
}

void explain_pause(Transaction& tx, std::int64_t worker, std::optional<std::string_view> code, Instant now) {
  tx.execute("delete from engine_pause where worker=$1", worker);
  if (code) tx.execute("insert into engine_pause (worker, code, since) values ($1,$2,$3)", worker, *code, now);
}

}  // namespace postmypost::publishing
