// Leaving: deleting one's cabinet and taking that back; the acts of destruction, for the operator.
#include "api/v1/endpoint.hpp"
#include "api/v1/shapes.hpp"
#include "base/zones.hpp"

namespace postmypost::api::v1 {

struct LeavingInput {
  std::string password;
};
BOOST_DESCRIBE_STRUCT(LeavingInput, (), (password))

struct LeavingView {
  std::string leaving_at, erased_after;
};
BOOST_DESCRIBE_STRUCT(LeavingView, (), (leaving_at, erased_after))

struct DestructionActView {
  std::int64_t id = 0;
  std::string subject;
  std::int64_t subject_id = 0;
  std::string reason, begun_at, ended_at;
  std::map<std::string, std::int64_t> ended_rows;
  std::int64_t files = 0, keys = 0;
};
BOOST_DESCRIBE_STRUCT(DestructionActView, (),
                      (id, subject, subject_id, reason, begun_at, ended_at, ended_rows, files, keys))

struct DestructionActList {
  std::vector<DestructionActView> items;
};
BOOST_DESCRIBE_STRUCT(DestructionActList, (), (items))

namespace {

constexpr std::int64_t kNewestActs = 200;

LeavingView view_of(const leaving::Leave& leave) {
  return {.leaving_at = to_rfc3339(leave.since), .erased_after = to_rfc3339(leave.erased_after)};
}

Result<LeavingView> leave(Call& call, const LeavingInput& in) {
  TRY_ASSIGN(const leaving::Leave begun, call.with.leaving.begin(call.me().user_id, call.me().session_id, in.password));
  call.with.leave_soon();
  return view_of(begun);
}

Result<> stay(Call& call) {
  TRY(call.with.leaving.undo(call.me().user_id));
  call.with.wake_engine();
  return {};
}

Result<LeavingView> show_leaving(Call& call) {
  const auto begun = call.with.leaving.of(call.me().user_id);
  if (!begun) return not_found("leaving");
  return view_of(*begun);
}

Result<DestructionActList> list_acts(Call& call) {
  DestructionActList list;
  for (const privacy::DestructionAct& act :
       call.with.database.read([](storage::Transaction& tx) { return privacy::newest_acts(tx, kNewestActs); })) {
    list.items.push_back({.id = act.id,
                          .subject = std::string(privacy::to_string(act.subject)),
                          .subject_id = act.subject_id,
                          .reason = std::string(privacy::to_string(act.reason)),
                          .begun_at = to_rfc3339(act.begun_at),
                          .ended_at = to_rfc3339(act.ended_at),
                          .ended_rows = act.ended_rows,
                          .files = act.files,
                          .keys = act.keys});
  }
  return list;
}

}  // namespace

Routes leaving_routes() {
  return {
      {"GET", "/api/v1/me/leaving", before_reading(endpoint<show_leaving>(Access::kSession, 200, "Whether one's cabinet is being deleted"))},
      {"POST", "/api/v1/me/leaving", before_reading(in_person(reaching_out(endpoint<leave>(Access::kSession, 202, "Delete one's cabinet after a week"))))},
      {"DELETE", "/api/v1/me/leaving", before_reading(in_person(endpoint<stay>(Access::kSession, 204, "Take the deletion back")))},
      {"GET", "/api/v1/destruction-acts",
       endpoint<list_acts>(Access::kOperator, 200, "Acts of destruction, for the operator's signature")},
  };
}

}  // namespace postmypost::api::v1
