#include "publishing/poison.hpp"

#include <string>

#include "publishing/transitions.hpp"

namespace postmypost::publishing {
namespace {

bool may_be_held(State state) {
  return state == State::kScheduled || state == State::kRetryWait || state == State::kUnknown;
}

std::optional<Delivery> delivery_of(storage::Transaction& tx, const std::string& uid) {
  const auto id = tx.value<std::int64_t>("select id from delivery where uid=$1", uid);
  return id ? load_delivery(tx, *id) : std::nullopt;
}

}  // namespace

std::size_t count_crash(storage::Transaction& tx, std::span<const AtWork::Left> left, Instant now) {
  std::size_t held = 0;
  for (const auto& [uid, alone] : left) {
    auto delivery = delivery_of(tx, uid);
    if (!delivery || !may_be_held(delivery->state)) continue;  // its outcome was written before the process died
    const auto crashes = *tx.value<std::int64_t>(
        "insert into delivery_crash (delivery_id, crashes) values ($1, 1) on conflict (delivery_id) do update set crashes = "
        "delivery_crash.crashes + 1 returning crashes",
        delivery->id);
    note(tx, *delivery, "crashed_at_work", {{"times", std::to_string(crashes)}}, now);
    if (!alone) continue;
    const bool in_doubt = delivery->state == State::kUnknown;
    move(tx, *delivery,
         {.to = State::kHeld, .code = "crashed_alone", .reason = in_doubt ? reason::kUndecided : reason::kPoison}, now);
    ++held;
  }
  return held;
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

}  // namespace postmypost::publishing
