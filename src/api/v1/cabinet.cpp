// The personal cabinet: who received what about a person; taking one's data out.
#include <array>
#include <charconv>

#include "api/v1/people_views.hpp"
#include "base/zones.hpp"
#include "identity/identity.hpp"
#include "publishing/restriction.hpp"
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

struct EmailChange {
  std::string email, password;
};
BOOST_DESCRIBE_STRUCT(EmailChange, (), (email, password))

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

struct NewImport {
  std::int64_t bytes = 0;
};
BOOST_DESCRIBE_STRUCT(NewImport, (), (bytes))
struct TakenView {
  std::int64_t projects = 0, publications = 0, pictures = 0, accounts = 0;
};
BOOST_DESCRIBE_STRUCT(TakenView, (), (projects, publications, pictures, accounts))
struct ImportView {
  std::int64_t id = 0;
  std::string state;
  std::int64_t bytes = 0, received = 0, pieces = 0, piece_bytes = 0;
  std::optional<ProblemView> problem;
  std::optional<TakenView> taken;
  std::string requested_at;
  std::optional<std::string> ended_at;
};
BOOST_DESCRIBE_STRUCT(ImportView, (),
                      (id, state, bytes, received, pieces, piece_bytes, problem, taken, requested_at, ended_at))
struct ImportList {
  std::vector<ImportView> items;
};
BOOST_DESCRIBE_STRUCT(ImportList, (), (items))

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

Result<UserView> change_email(Call& call, const EmailChange& in) {
  if (call.with.identity.sends_letters()) {
    TRY_ASSIGN(const identity::Person asked, call.with.identity.ask_for_email(call.me().user_id, in.email, in.password));
    call.status = 202;
    return user_view(asked);
  }
  TRY_ASSIGN(const identity::Person person,
             call.with.identity.change_email(call.me().user_id, call.me().session_id, in.email, in.password));
  return user_view(person);
}

Result<UserView> restrict_me(Call& call) {
  call.with.database.write([&](storage::Transaction& tx) { call.with.identity.restrict(tx, call.me().user_id); });
  publishing::hold_restricted(call.with.database, call.me().user_id, call.with.clock.now());
  return user_view(call.with.identity.person(call.me().user_id).value());
}

Result<UserView> lift_restriction(Call& call) {
  call.with.database.write([&](storage::Transaction& tx) { call.with.identity.lift_restriction(tx, call.me().user_id); });
  publishing::resume_restricted(call.with.database, call.me().user_id, call.with.clock.now());
  call.with.wake_engine();
  return user_view(call.with.identity.person(call.me().user_id).value());
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

ImportView view_of(const cabinet::ImportRow& row) {
  ImportView view{.id = row.id,
                  .state = row.state,
                  .bytes = row.bytes,
                  .received = row.received,
                  .pieces = row.pieces,
                  .piece_bytes = cabinet::kPieceOfImport,
                  .problem = {},
                  .taken = {},
                  .requested_at = to_rfc3339(row.requested_at),
                  .ended_at = text_of(row.ended_at)};
  if (row.problem) view.problem = problem_view(*row.problem, "");
  if (row.taken) view.taken = TakenView{row.taken->projects, row.taken->publications, row.taken->pictures, row.taken->accounts};
  return view;
}

Result<ImportView> begin_import(Call& call, const NewImport& in) {
  TRY_ASSIGN(const cabinet::ImportRow row, call.with.imports.begin(call.me().user_id, in.bytes));
  return view_of(row);
}

Result<ImportView> receive_piece(Call& call) {
  TRY_ASSIGN(const cabinet::ImportRow row,
             call.with.imports.receive(call.me().user_id, call.id("import"), call.id("piece"), call.request.body));
  return view_of(row);
}

Result<ImportView> submit_import(Call& call) {
  TRY_ASSIGN(const cabinet::ImportRow row, call.with.imports.submit(call.me().user_id, call.id("import")));
  return view_of(row);
}

Result<ImportList> list_imports(Call& call) {
  ImportList list;
  for (const auto& row : call.with.imports.of_person(call.me().user_id)) list.items.push_back(view_of(row));
  return list;
}

Result<> remove_import(Call& call) { return call.with.imports.remove(call.me().user_id, call.id("import")); }

constexpr auto kPaging = std::to_array<QueryParameter>({
    {"cursor", "string", "next_cursor of the page before"},
});

}  // namespace

Routes cabinet_routes() {
  return {
      {"GET", "/api/v1/me/disclosures",
       asking(kPaging, endpoint<list_disclosures>(Access::kSession, 200, "Who received what about oneself, when, on which clause"))},
      {"POST", "/api/v1/me/email", before_reading(perhaps_later(in_person(reaching_out(endpoint<change_email>(Access::kSession, 200, "Change the e-mail address; with letters once its link is opened (202)")))))},
      {"POST", "/api/v1/me/restriction",
       before_reading(endpoint<restrict_me>(Access::kSession, 200, "Pause what is done with one's data"))},
      {"DELETE", "/api/v1/me/restriction", endpoint<lift_restriction>(Access::kSession, 200, "Resume it")},
      {"GET", "/api/v1/me/exports", before_reading(endpoint<list_exports>(Access::kSession, 200, "Exports of one's data"))},
      {"POST", "/api/v1/me/exports", before_reading(reaching_out(endpoint<ask_for_export>(Access::kSession, 202, "Ask for an export of all one's data")))},
      {"DELETE", "/api/v1/me/exports/{export}", before_reading(reaching_out(endpoint<remove_export>(Access::kSession, 204, "Take an export back")))},
      {"GET", "/api/v1/me/exports/{export}/archive",
       before_reading(reaching_out(endpoint<fetch_export>(Access::kSession, 200, "The finished archive, once, as a ZIP")))},
      {"GET", "/api/v1/me/imports", before_reading(endpoint<list_imports>(Access::kSession, 200, "Imports of one's archives"))},
      {"POST", "/api/v1/me/imports", reaching_out(endpoint<begin_import>(Access::kSession, 201, "Begin to send an archive of another server"))},
      {"PUT", "/api/v1/me/imports/{import}/pieces/{piece}",
       uploading(endpoint<receive_piece>(Access::kSession, 200, "Its next piece, as bytes"))},
      {"POST", "/api/v1/me/imports/{import}/submit",
       reaching_out(endpoint<submit_import>(Access::kSession, 202, "Have it taken in, now that it is here as a whole"))},
      {"DELETE", "/api/v1/me/imports/{import}", before_reading(reaching_out(endpoint<remove_import>(Access::kSession, 204, "Take an import back")))},
  };
}

}  // namespace postmypost::api::v1
