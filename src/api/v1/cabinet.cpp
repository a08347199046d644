// The personal cabinet: who received what about a person; taking one's data out.
#include <charconv>

#include "api/v1/endpoint.hpp"
#include "base/zones.hpp"
#include "identity/identity.hpp"
#include "vault/ledger.hpp"

namespace postmypost::api::v1 {

struct PassedOnView {
  std::int64_t id = 0;
  std::string kind, recipient, host, country;
  std::vector<std::string> what;
  std::string purpose, clause, at;
  std::optional<std::string> outcome, outcome_at;
  std::optional<std::int64_t> project_id, account_id, publication_id;
  std::string evidence;
};
BOOST_DESCRIBE_STRUCT(PassedOnView, (),
                      (id, kind, recipient, host, country, what, purpose, clause, at, outcome, outcome_at, project_id,
                       account_id, publication_id, evidence))
struct PassedOnPage {
  std::vector<PassedOnView> items;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(PassedOnPage, (), (items, next_cursor))

struct StepUp {
  std::string password;
};
BOOST_DESCRIBE_STRUCT(StepUp, (), (password))

struct ExportView {
  std::int64_t id = 0;
  std::string state;
  std::optional<std::int64_t> bytes;
  std::optional<std::string> problem;
  std::string requested_at;
  std::optional<std::string> ready_at, expires_at, ended_at;
};
BOOST_DESCRIBE_STRUCT(ExportView, (), (id, state, bytes, problem, requested_at, ready_at, expires_at, ended_at))
struct ExportList {
  std::vector<ExportView> items;
};
BOOST_DESCRIBE_STRUCT(ExportList, (), (items))

namespace {

constexpr std::size_t kMostRows = 50;

std::string cursor_of(const vault::DisclosureRow& row) { return std::to_string(row.at.us) + "-" + std::to_string(row.id); }

Result<std::optional<vault::Ledger::Behind>> behind_cursor(const http::Request& request) {
  const auto text = request.query_value("cursor");
  if (!text) return std::optional<vault::Ledger::Behind>();
  vault::Ledger::Behind behind{};
  const char* end = text->data() + text->size();
  const auto at = std::from_chars(text->data(), end, behind.at.us);
  if (at.ec == std::errc{} && at.ptr != end && *at.ptr == '-') {
    const auto id = std::from_chars(at.ptr + 1, end, behind.id);
    if (id.ec == std::errc{} && id.ptr == end) return std::optional(behind);
  }
  return fail({.code = "request.cursor",
               .detail = "This is not a cursor of this list.",
               .field = "?cursor",
               .rule = "next_cursor",
               .how_to_fix = "Send next_cursor of the page before, or nothing for the first page."});
}

PassedOnView view_of(const vault::DisclosureRow& row) {
  const vault::Disclosure& d = row.disclosure;
  PassedOnView view{.id = row.id,
                    .kind = vault::kind_of(d),
                    .recipient = d.recipient,
                    .host = d.recipient_host,
                    .country = d.country,
                    .what = d.what,
                    .purpose = std::string(to_string(d.purpose)),
                    .clause = d.clause,
                    .at = to_rfc3339(row.at),
                    .outcome = {},
                    .outcome_at = {},
                    .project_id = d.project_id,
                    .account_id = d.account_id,
                    .publication_id = d.publication_id,
                    .evidence = d.evidence};
  if (row.outcome) view.outcome = vault::to_string(*row.outcome);
  if (row.outcome_at) view.outcome_at = to_rfc3339(*row.outcome_at);
  return view;
}

Result<PassedOnPage> list_disclosures(Call& call) {
  TRY_ASSIGN(const auto behind, behind_cursor(call.request));
  auto rows = call.with.database.read([&](storage::Transaction& tx) {
    std::vector<std::int64_t> projects;
    for (const auto& project : call.with.projects.of_user(tx, call.me().user_id)) projects.push_back(project.id);
    return vault::Ledger::of_person(tx, call.me().user_id, projects, behind, kMostRows + 1);
  });
  PassedOnPage page;
  if (rows.size() > kMostRows) {
    rows.pop_back();
    page.next_cursor = cursor_of(rows.back());
  }
  for (const auto& row : rows) page.items.push_back(view_of(row));
  return page;
}

std::optional<std::string> text_of(const std::optional<Instant>& at) {
  return at ? std::optional(to_rfc3339(*at)) : std::nullopt;
}

ExportView view_of(const cabinet::ExportRow& row) {
  return {.id = row.id,
          .state = row.state,
          .bytes = row.bytes,
          .problem = row.problem,
          .requested_at = to_rfc3339(row.requested_at),
          .ready_at = text_of(row.ready_at),
          .expires_at = text_of(row.expires_at),
          .ended_at = text_of(row.ended_at)};
}

Result<ExportView> ask_for_export(Call& call, const StepUp& in) {
  TRY(call.with.identity.confirm_password(call.me().user_id, in.password, "/password"));
  return view_of(call.with.exports.request(call.me().user_id));
}

Result<ExportList> list_exports(Call& call) {
  ExportList list;
  for (const auto& row : call.with.exports.of_person(call.me().user_id)) list.items.push_back(view_of(row));
  return list;
}

Result<> remove_export(Call& call) { return call.with.exports.remove(call.me().user_id, call.id("export")); }

http::Response fetch_export(Call& call) {
  auto source = call.with.exports.fetch(call.me().user_id, call.id("export"));
  if (!source) return problem_response(source.error(), call.request.id);
  http::Response response = http::Response::text(200, "application/zip", "");
  response.source = std::move(*source);
  response.headers.set("Content-Disposition", "attachment; filename=\"postmypost-export.zip\"");
  response.headers.set("Cache-Control", "no-store");
  return response;
}

}  // namespace

Routes cabinet_routes() {
  return {
      {"GET", "/api/v1/me/disclosures",
       endpoint<list_disclosures>(Access::kSession, 200, "Who received what about oneself, when, on which clause")},
      {"GET", "/api/v1/me/exports", before_reading(endpoint<list_exports>(Access::kSession, 200, "Exports of one's data"))},
      {"POST", "/api/v1/me/exports", before_reading(endpoint<ask_for_export>(Access::kSession, 202, "Ask for an export of all one's data"))},
      {"DELETE", "/api/v1/me/exports/{export}", before_reading(endpoint<remove_export>(Access::kSession, 204, "Take an export back"))},
      {"GET", "/api/v1/me/exports/{export}/archive",
       before_reading(endpoint<fetch_export>(Access::kSession, 200, "The finished archive, once, as a ZIP"))},
  };
}

}  // namespace postmypost::api::v1
