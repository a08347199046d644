#include "privacy/acts.hpp"

#include <boost/json.hpp>

namespace postmypost::privacy {
namespace {

std::string json_of(const EndedRows& rows) {
  boost::json::object object;
  for (const auto& [table, count] : rows) object[table] = count;
  return boost::json::serialize(object);
}

EndedRows rows_of(const std::string& text) {
  EndedRows rows;
  for (const auto& member : boost::json::parse(text).as_object()) rows[member.key()] = member.value().as_int64();
  return rows;
}

}  // namespace

std::string_view to_string(ActSubject subject) {
  switch (subject) {
    case ActSubject::kPerson: return "person";
    case ActSubject::kProject: return "project";
    case ActSubject::kAccount: return "account";
  }
  return "account";
}

std::string_view to_string(ActReason reason) { return reason == ActReason::kOwnWish ? "own_wish" : "after_restore"; }

void record_act(storage::Transaction& tx, const DestructionAct& act) {
  tx.execute(
      "insert into destruction_act (id, subject, subject_id, reason, begun_at, ended_at, ended_rows, files, keys) "
      "values ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
      tx.next_id("destruction_act"), to_string(act.subject), act.subject_id, to_string(act.reason), act.begun_at, act.ended_at,
      json_of(act.ended_rows), act.files, act.keys);
}

std::vector<DestructionAct> newest_acts(storage::Transaction& tx, std::int64_t limit) {
  std::vector<DestructionAct> acts;
  for (const auto& [id, subject, subject_id, reason, begun, ended, rows, files, keys] :
       tx.rows<std::int64_t, std::string, std::int64_t, std::string, Instant, Instant, std::string, std::int64_t, std::int64_t>(
           "select id, subject, subject_id, reason, begun_at, ended_at, ended_rows, files, keys from destruction_act "
           "order by id desc limit $1",
           limit)) {
    acts.push_back({.id = id,
                    .subject = subject == "person"    ? ActSubject::kPerson
                               : subject == "project" ? ActSubject::kProject
                                                      : ActSubject::kAccount,
                    .subject_id = subject_id,
                    .reason = reason == "own_wish" ? ActReason::kOwnWish : ActReason::kAfterRestore,
                    .begun_at = begun,
                    .ended_at = ended,
                    .ended_rows = rows_of(rows),
                    .files = files,
                    .keys = keys});
  }
  return acts;
}

}  // namespace postmypost::privacy
