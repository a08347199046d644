#include "publishing/transitions.hpp"

#include <array>
#include <boost/json.hpp>
#include <stdexcept>

namespace postmypost::publishing {
namespace {

using storage::Parameter;
using storage::Transaction;
using Rows = std::vector<std::vector<Parameter>>;

std::string params_json(const std::map<std::string, std::string>& params) {
  if (params.empty()) return "{}";
  boost::json::object object;
  for (const auto& [name, value] : params) object[name] = value;
  return boost::json::serialize(object);
}

std::optional<std::string> error_json(const std::optional<Error>& error) {
  return error ? std::optional(to_json(*error)) : std::nullopt;
}

// Everything of a delivery that its movers may change. $2 and $3 are the epoch and state it was read with.
constexpr std::string_view kSave =
    "update delivery set state=$4, reason=$5, ready_at=$6, last_error=$7, epoch=$8, generation=$9, due=$10, tries=$11, "
    "absences=$12, frozen_at=$13, content_digest=$14, progress=$15, disclosure_id=$16, remote_id=$17, permalink=$18, "
    "sent_at=$19 where id=$1 and epoch=$2 and state=$3";
// In the order of Guard.
const std::array<std::string, 3> kSaves{
    std::string(kSave),
    std::string(kSave) + " and exists (select 1 from account a where a.id=delivery.account_id and a.state='connected') and not exists "
                         "(select 1 from publication p join person h on h.id=p.author_id where p.id=delivery.publication_id and "
                         "h.restricted_at is not null)",
    std::string(kSave) +
        " and not exists (select 1 from delivery o where o.account_id=delivery.account_id and o.remote_id=$17 and o.id<>$1)"};

std::vector<Parameter> saved(const Delivery& d, State from, std::int64_t epoch) {
  return Transaction::parameters(d.id, epoch, to_string(from), to_string(d.state), d.reason, d.ready_at,
                                 error_json(d.last_error), d.epoch, d.generation, d.due, d.tries, d.absences, d.frozen_at,
                                 d.content_digest, boost::json::serialize(d.progress), d.disclosure_id, d.remote_id,
                                 d.permalink, d.sent_at);
}

constexpr std::string_view kAddEvent =
    "insert into delivery_event (id, delivery_id, at, from_state, to_state, code, params) values ($1,$2,$3,$4,$5,$6,$7)";
constexpr std::string_view kAddToOutbox =
    "insert into outbox (id, topic, project_id, subject_id, at) values ($1,$2,$3,$4,$5)";

void apply(Delivery& delivery, const Change& change) {
  if (!may_move(delivery.state, change.to)) {
    throw std::logic_error("a delivery can't go from " + std::string(to_string(delivery.state)) + " to " +
                           std::string(to_string(change.to)));
  }
  delivery.state = change.to;
  delivery.ready_at = change.ready_at;
  delivery.reason.reset();
  if (change.reason) delivery.reason = std::string(*change.reason);
  if (change.error) delivery.last_error = change.error;
}

// Applies each change and saves; true where the row was still what the mover had read.
std::vector<bool> save_each(Transaction& tx, std::span<Moving> movings, Guard guard, std::vector<State>& from) {
  Rows rows;
  for (Moving& moving : movings) {
    from.push_back(moving.delivery.state);
    const std::int64_t epoch = moving.delivery.epoch;
    apply(moving.delivery, moving.change);
    moving.delivery.epoch += moving.claims;
    rows.push_back(saved(moving.delivery, from.back(), epoch));
  }
  const auto affected = tx.execute_each(kSaves.at(static_cast<std::size_t>(guard)), rows);
  return {affected.begin(), affected.end()};
}

}  // namespace

std::vector<bool> move_each(Transaction& tx, std::span<Moving> movings, Guard guard, Instant now) {
  if (movings.empty()) return {};
  std::vector<State> from;
  const std::vector<bool> moved = save_each(tx, movings, guard, from);
  Rows events, announcements;
  for (std::size_t i = 0; i < movings.size(); ++i) {
    if (!moved[i]) continue;
    const Delivery& delivery = movings[i].delivery;
    const Change& change = movings[i].change;
    events.push_back(Transaction::parameters(tx.next_id("delivery_event"), delivery.id, now, to_string(from[i]),
                                             to_string(change.to), change.code, params_json(change.params)));
    if (!is_announced(change.to)) continue;
    announcements.push_back(Transaction::parameters(tx.next_id("outbox"), "delivery." + std::string(to_string(change.to)),
                                                    delivery.project_id, delivery.id, now));
  }
  tx.execute_each(kAddEvent, events);
  tx.execute_each(kAddToOutbox, announcements);
  return moved;
}

void move(Transaction& tx, Delivery& delivery, const Change& change, Instant now) {
  std::array<Moving, 1> one{Moving{.delivery = delivery, .change = change}};
  if (!move_each(tx, one, Guard::kNone, now)[0]) throw std::logic_error("a delivery changed under its mover");
  delivery = std::move(one[0].delivery);
  refresh_lane(tx, delivery.account_id);
}

void note(Transaction& tx, const Delivery& delivery, std::string_view code,
          const std::map<std::string, std::string>& params, Instant now) {
  tx.execute(kAddEvent, tx.next_id("delivery_event"), delivery.id, now, to_string(delivery.state),
             to_string(delivery.state), code, params_json(params));
}

namespace {

// `next_due` of lane $1 when nothing of it may be claimed before NOT_BEFORE.
std::string next_due(std::string_view not_before) {
  return "(select case when min(ready_at) < " + std::string(not_before) + " then " + std::string(not_before) +
         " else min(ready_at) end from delivery where account_id=$1 and ready_at is not null)";
}

}  // namespace

void refresh_lane(Transaction& tx, std::int64_t account_id) {
  static const std::string sql = "insert into lane (account_id, next_due) values ($1, " + next_due("0") +
                                 ") on conflict (account_id) do update set next_due = " + next_due("lane.not_before");
  tx.execute(sql, account_id);
}

void hold_back_lane(Transaction& tx, std::int64_t account_id, Instant not_before) {
  if (tx.execute("update lane set not_before=$2 where account_id=$1 and not_before < $2", account_id, not_before) == 1) {
    refresh_lane(tx, account_id);
  }
}

void release_lanes(Transaction& tx, std::span<const Release> releases) {
  Rows leases, lanes;
  for (const Release& release : releases) {
    leases.push_back(Transaction::parameters(release.account_id, release.delivery_id));
    lanes.push_back(Transaction::parameters(release.account_id, release.delivery_id, release.not_before));
  }
  if (tx.dialect() == storage::Dialect::kPostgresql) {
    // Takes the rows' locks first, so that the next statement sees what people planned for these lanes a moment ago.
    tx.execute_each("update lane set worker=null where account_id=$1 and in_flight=$2", leases);
  }
  static const std::string later = "case when not_before < $3 then $3 else not_before end";
  static const std::string sql = "update lane set in_flight=null, worker=null, not_before=" + later +
                                 ", next_due=" + next_due("(" + later + ")") +
                                 " where account_id=$1 and in_flight=$2";
  tx.execute_each(sql, lanes);
}

void announce(Transaction& tx, std::string_view topic, std::int64_t project_id, std::int64_t publication_id, Instant now) {
  tx.execute(kAddToOutbox, tx.next_id("outbox"), topic, project_id, publication_id, now);
}

}  // namespace postmypost::publishing
