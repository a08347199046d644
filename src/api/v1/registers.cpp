// The operator's registers: legal requests and incidents.
#include <array>
#include <algorithm>

#include "api/v1/api.hpp"
#include "base/zones.hpp"
#include "care/incidents.hpp"
#include "care/legal_requests.hpp"
#include "identity/identity.hpp"

namespace postmypost::api::v1 {

struct LegalRequestInput {
  std::string authority, act_number, norm;
  std::vector<std::string> scope;
  std::string subject_email;
  std::optional<std::string> gag_until;
};
BOOST_DESCRIBE_STRUCT(LegalRequestInput, (), (authority, act_number, norm, scope, subject_email, gag_until))

struct LegalApprovalView {
  std::string by, at;
};
BOOST_DESCRIBE_STRUCT(LegalApprovalView, (), (by, at))

struct LegalOutputView {
  std::vector<std::string> given;
  std::string by, at;
};
BOOST_DESCRIBE_STRUCT(LegalOutputView, (), (given, by, at))

struct LegalRequestView {
  std::int64_t id = 0;
  std::string authority, act_number, norm;
  std::vector<std::string> scope;
  std::int64_t subject_id = 0;
  std::optional<std::string> gag_until;
  std::string registered_by, registered_at;
  std::vector<LegalApprovalView> approvals;
  std::vector<LegalOutputView> outputs;
  std::optional<std::string> ended, ended_at, waits_for, rests_until;
};
BOOST_DESCRIBE_STRUCT(LegalRequestView, (),
                      (id, authority, act_number, norm, scope, subject_id, gag_until, registered_by, registered_at, approvals,
                       outputs, ended, ended_at, waits_for, rests_until))

struct LegalRequestList {
  std::vector<LegalRequestView> items;
};
BOOST_DESCRIBE_STRUCT(LegalRequestList, (), (items))

struct LegalEndInput {
  std::string how;
};
BOOST_DESCRIBE_STRUCT(LegalEndInput, (), (how))

struct GivenView {
  std::string kind;
  std::vector<std::string> values;
};
BOOST_DESCRIBE_STRUCT(GivenView, (), (kind, values))

struct GivenList {
  std::vector<GivenView> items;
};
BOOST_DESCRIBE_STRUCT(GivenList, (), (items))

struct IncidentInput {
  std::string what;
  std::vector<std::string> kinds;
  std::string noticed_at;
};
BOOST_DESCRIBE_STRUCT(IncidentInput, (), (what, kinds, noticed_at))

struct IncidentDisclosureView {
  std::string recipient;
  std::vector<std::string> what;
  std::string at;
};
BOOST_DESCRIBE_STRUCT(IncidentDisclosureView, (), (recipient, what, at))

struct IncidentView {
  std::int64_t id = 0;
  std::string what;
  std::vector<std::string> kinds;
  std::string noticed_at, first_due, result_due, expires_at;
  bool first_overdue = false, result_overdue = false, expired = false;
  std::optional<std::string> first_at, result_at, persons_told_at, closed_at;
  std::vector<IncidentDisclosureView> disclosures;
};
BOOST_DESCRIBE_STRUCT(IncidentView, (),
                      (id, what, kinds, noticed_at, first_due, result_due, expires_at, first_overdue, result_overdue, expired,
                       first_at, result_at, persons_told_at, closed_at, disclosures))

struct IncidentList {
  std::vector<IncidentView> items;
};
BOOST_DESCRIBE_STRUCT(IncidentList, (), (items))

struct AffectedView {
  std::string kind;
  std::int64_t rows = 0;
  std::optional<std::int64_t> persons;
};
BOOST_DESCRIBE_STRUCT(AffectedView, (), (kind, rows, persons))

struct IncidentStory {
  IncidentView incident;
  std::vector<AffectedView> affected;
  std::string draft_for_authority, draft_for_persons;
};
BOOST_DESCRIBE_STRUCT(IncidentStory, (), (incident, affected, draft_for_authority, draft_for_persons))

struct IncidentStepInput {
  std::string step;
};
BOOST_DESCRIBE_STRUCT(IncidentStepInput, (), (step))

struct IncidentDisclosureInput {
  std::string recipient;
  std::vector<std::string> what;
};
BOOST_DESCRIBE_STRUCT(IncidentDisclosureInput, (), (recipient, what))

namespace {

using storage::Transaction;

std::optional<std::string> text_of(const std::optional<Instant>& at) {
  return at ? std::optional(to_rfc3339(*at)) : std::nullopt;
}

Result<Instant> instant_in(const std::string& text, std::string field) {
  if (const auto at = parse_rfc3339(text)) return *at;
  return fail({.code = "time.form",
               .detail = "This is not an instant.",
               .field = std::move(field),
               .rule = "rfc3339",
               .how_to_fix = "Write it as 2026-11-24T09:30:00Z."});
}

std::string operator_name(const Call& call, std::int64_t id) {
  const auto contact = call.with.identity.contact(id);
  return contact ? contact->name : "";
}

LegalRequestView view_of(const Call& call, const care::LegalRequest& r) {
  LegalRequestView view{.id = r.id,
                        .authority = r.what.authority,
                        .act_number = r.what.act_number,
                        .norm = r.what.norm,
                        .scope = r.what.scope,
                        .subject_id = r.what.subject_id,
                        .gag_until = text_of(r.what.gag_until),
                        .registered_by = operator_name(call, r.registered_by),
                        .registered_at = to_rfc3339(r.registered_at),
                        .approvals = {},
                        .outputs = {},
                        .ended = r.ended,
                        .ended_at = text_of(r.ended_at),
                        .waits_for = r.waits_for,
                        .rests_until = text_of(r.rests_until)};
  for (const auto& approval : r.approvals) view.approvals.push_back({operator_name(call, approval.by), to_rfc3339(approval.at)});
  for (const auto& output : r.outputs) {
    view.outputs.push_back({output.given, operator_name(call, output.by), to_rfc3339(output.at)});
  }
  return view;
}

Result<LegalRequestView> shown(Call& call, std::int64_t id) {
  TRY_ASSIGN(const care::LegalRequest request,
             call.with.database.read([&](Transaction& tx) { return call.with.legal_requests.find(tx, id); }));
  return view_of(call, request);
}

Result<LegalRequestList> list_legal(Call& call) {
  LegalRequestList list;
  for (const auto& request :
       call.with.database.read([&](Transaction& tx) { return call.with.legal_requests.all(tx); })) {
    list.items.push_back(view_of(call, request));
  }
  return list;
}

Result<LegalRequestView> enter_legal(Call& call, const LegalRequestInput& in) {
  care::NewLegalRequest request{.authority = in.authority,
                                .act_number = in.act_number,
                                .norm = in.norm,
                                .scope = in.scope,
                                .subject_id = call.with.identity.find_by_email(in.subject_email).value_or(0),
                                .gag_until = {}};
  if (in.gag_until) {
    TRY_ASSIGN(request.gag_until, instant_in(*in.gag_until, "/gag_until"));
  }
  TRY_ASSIGN(const care::LegalRequest made, call.with.database.write([&](Transaction& tx) {
    return call.with.legal_requests.enter(tx, call.me().user_id, request);
  }));
  return view_of(call, made);
}

Result<LegalRequestView> approve_legal(Call& call) {
  TRY(call.with.database.write([&](Transaction& tx) {
    return call.with.legal_requests.approve(tx, call.me().user_id, call.id("request"));
  }));
  return shown(call, call.id("request"));
}

Result<LegalRequestView> end_legal(Call& call, const LegalEndInput& in) {
  TRY(call.with.database.write([&](Transaction& tx) {
    return call.with.legal_requests.end(tx, call.me().user_id, call.id("request"), in.how);
  }));
  return shown(call, call.id("request"));
}

Result<GivenList> give_legal(Call& call) {
  TRY_ASSIGN(auto given, call.with.database.write([&](Transaction& tx) {
    return call.with.legal_requests.give(tx, call.me().user_id, call.id("request"));
  }));
  GivenList list;
  for (auto& one : given) list.items.push_back({std::move(one.kind), std::move(one.values)});
  return list;
}

IncidentView view_of(const Call& call, const care::Incident& i) {
  const Instant now = call.with.clock.now();
  const auto first = i.taken("authority_first"), result = i.taken("authority_result");
  IncidentView view{.id = i.id,
                    .what = i.what.what,
                    .kinds = i.what.kinds,
                    .noticed_at = to_rfc3339(i.what.noticed_at),
                    .first_due = to_rfc3339(i.first_due()),
                    .result_due = to_rfc3339(i.result_due()),
                    .expires_at = to_rfc3339(i.expires_at),
                    .first_overdue = i.first_due() < first.value_or(now),
                    .result_overdue = i.result_due() < result.value_or(now),
                    .expired = i.expires_at < now,
                    .first_at = text_of(first),
                    .result_at = text_of(result),
                    .persons_told_at = text_of(i.taken("persons_told")),
                    .closed_at = text_of(i.taken("closed")),
                    .disclosures = {}};
  for (const auto& one : i.disclosures) view.disclosures.push_back({one.recipient, one.what, to_rfc3339(one.at)});
  return view;
}

Result<IncidentList> list_incidents(Call& call) {
  IncidentList list;
  for (const auto& incident : call.with.database.read([&](Transaction& tx) { return call.with.incidents.all(tx); })) {
    list.items.push_back(view_of(call, incident));
  }
  return list;
}

Result<IncidentStory> show_incident(Call& call) {
  const identity::Settings s = call.with.identity.settings();
  return call.with.database.read([&](Transaction& tx) -> Result<IncidentStory> {
    TRY_ASSIGN(const care::Incident incident, call.with.incidents.find(tx, call.id("incident")));
    const auto affected = call.with.incidents.affected(tx, incident);
    const std::string_view locale = call.request.query_value("locale") == "ru" ? "ru" : "en";
    const care::IncidentDrafts drafts =
        care::drafts_of(incident, affected, locale, s.operator_name, s.operator_contact);
    IncidentStory story{.incident = view_of(call, incident),
                        .affected = {},
                        .draft_for_authority = drafts.authority,
                        .draft_for_persons = drafts.persons};
    for (const auto& one : affected) story.affected.push_back({one.kind, one.rows, one.persons});
    return story;
  });
}

Result<IncidentView> enter_incident(Call& call, const IncidentInput& in) {
  TRY_ASSIGN(const Instant noticed, instant_in(in.noticed_at, "/noticed_at"));
  TRY_ASSIGN(const care::Incident made, call.with.database.write([&](Transaction& tx) {
    return call.with.incidents.enter(tx, call.me().user_id, {.what = in.what, .kinds = in.kinds, .noticed_at = noticed});
  }));
  return view_of(call, made);
}

Result<IncidentView> shown_incident(Call& call) {
  TRY_ASSIGN(const care::Incident incident,
             call.with.database.read([&](Transaction& tx) { return call.with.incidents.find(tx, call.id("incident")); }));
  return view_of(call, incident);
}

Result<IncidentView> take_step(Call& call, const IncidentStepInput& in) {
  TRY(call.with.database.write([&](Transaction& tx) {
    return call.with.incidents.take(tx, call.me().user_id, call.id("incident"), in.step);
  }));
  return shown_incident(call);
}

Result<IncidentView> disclose(Call& call, const IncidentDisclosureInput& in) {
  TRY(call.with.database.write([&](Transaction& tx) {
    return call.with.incidents.disclose(tx, call.id("incident"), in.recipient, in.what);
  }));
  return shown_incident(call);
}

constexpr auto kDrafts = std::to_array<QueryParameter>({
    {"locale", "string", "Language of the drafts: en or ru"},
});

}  // namespace

// An operator answers for these acts in person, never by a program.
Routes register_routes() {
  return {
      {"GET", "/api/v1/registers/legal", endpoint<list_legal>(Access::kOperator, 200, "The register of legal requests")},
      {"POST", "/api/v1/registers/legal", in_person(endpoint<enter_legal>(Access::kOperator, 201, "Enter a legal request"))},
      {"POST", "/api/v1/registers/legal/{request}/approvals",
       in_person(endpoint<approve_legal>(Access::kOperator, 200, "Approve a legal request"))},
      {"POST", "/api/v1/registers/legal/{request}/output",
       in_person(reaching_out(endpoint<give_legal>(Access::kOperator, 200, "Take out what its scope names, after a row of the ledger")))},
      {"POST", "/api/v1/registers/legal/{request}/end", in_person(endpoint<end_legal>(Access::kOperator, 200, "End a legal request"))},
      {"GET", "/api/v1/registers/incidents", endpoint<list_incidents>(Access::kOperator, 200, "The register of incidents")},
      {"POST", "/api/v1/registers/incidents", in_person(endpoint<enter_incident>(Access::kOperator, 201, "Enter an incident"))},
      {"GET", "/api/v1/registers/incidents/{incident}",
       asking(kDrafts, endpoint<show_incident>(Access::kOperator, 200, "An incident, whom it touches, and drafts of letters"))},
      {"POST", "/api/v1/registers/incidents/{incident}/steps",
       in_person(endpoint<take_step>(Access::kOperator, 200, "Say that a step was taken"))},
      {"POST", "/api/v1/registers/incidents/{incident}/disclosures",
       in_person(endpoint<disclose>(Access::kOperator, 200, "Write down what is passed on to stop it"))},
  };
}

}  // namespace postmypost::api::v1
