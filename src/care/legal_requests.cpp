#include "care/legal_requests.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "identity/extract.hpp"
#include "vault/ledger.hpp"

namespace postmypost::care {
namespace {

using storage::Transaction;

constexpr std::size_t kLongestField = 300;
constexpr std::string_view kEvidence = "legal:";

Error broken(std::string code, std::string detail, std::string field, std::string rule, std::string fix) {
  return {.code = std::move(code), .detail = std::move(detail), .field = std::move(field), .rule = std::move(rule),
          .how_to_fix = std::move(fix)};
}

const CategoryFacts* kind_of(const std::string& code) {
  const auto facts = std::ranges::find(kCategories, code, &CategoryFacts::code);
  return facts != kCategories.end() && identity::may_be_extracted(facts->category) ? &*facts : nullptr;
}

Result<> check_text(std::string& text, std::string field) {
  text = tidy(text);
  if (!text.empty() && count_graphemes(text) <= kLongestField) return {};
  return fail(broken("legal.missing", "The register needs the authority, the number of the act and the norm.", std::move(field),
                     "length=1..300", "Write it as it stands in the demand."));
}

Result<> check(Transaction& tx, NewLegalRequest& request) {
  TRY(check_text(request.authority, "/authority"));
  TRY(check_text(request.act_number, "/act_number"));
  TRY(check_text(request.norm, "/norm"));
  std::set<std::string> once;
  const bool known = std::ranges::all_of(request.scope, [&](const std::string& code) {
    return kind_of(code) != nullptr && once.insert(code).second;
  });
  if (request.scope.empty() || !known) {
    return fail(broken("legal.scope", "The scope must name kinds of data that can be given, each once.", "/scope",
                       "enum=name,email,ip_address,device,activity,agreement", "Choose only what the act itself names."));
  }
  if (!tx.value<std::int64_t>("select 1 from person where id=$1", request.subject_id)) {
    return fail(broken("legal.subject", "Nobody here has this address.", "/subject_email", "person",
                       "Check the address in the demand; who is not here has no data here."));
  }
  return {};
}

Error waits(const LegalRequest& request) {
  const std::string& why = *request.waits_for;
  const bool rests = why == "rests";
  return {.kind = ErrorKind::kConflict,
          .code = "legal." + why,
          .detail = rests               ? "With one operator only, a day passes between the approval and the output."
                    : why == "ended"    ? "This request is ended."
                    : why == "needs_second_operator" ? "Two different operators must approve a request."
                                                     : "Nobody has approved this request yet.",
          .how_to_fix = rests ? "Wait until the day is over; the notice reminds you." : "Look at the request in the register."};
}

constexpr std::string_view kSelect =
    "select id, authority, act_number, norm, scope, subject_id, gag_until, registered_by, registered_at from legal_request ";

LegalRequest read(const storage::Row& row) {
  return {.id = row.integer(0),
          .what = {.authority = row.text(1),
                   .act_number = row.text(2),
                   .norm = row.text(3),
                   .scope = split_words(row.text(4)),
                   .subject_id = row.integer(5),
                   .gag_until = row.get<std::optional<Instant>>(6)},
          .registered_by = row.integer(7),
          .registered_at = row.get<Instant>(8)};
}

}  // namespace

// Operators who leave do not count: their word would come from nobody.
void LegalRequests::judge(Transaction& tx, LegalRequest& request) const {
  if (request.ended) {
    request.waits_for = "ended";
    return;
  }
  const auto operators = tx.value<std::int64_t>("select count(*) from person where role='operator' and leaving_at is null");
  if (operators.value_or(0) >= 2) {
    if (request.approvals.size() < 2) request.waits_for = request.approvals.empty() ? "needs_approval" : "needs_second_operator";
    return;
  }
  if (request.approvals.empty()) {
    request.waits_for = "needs_approval";
    return;
  }
  request.rests_until = request.approvals.front().at + kRest;
  if (clock_.now() < *request.rests_until) request.waits_for = "rests";
}

std::vector<LegalRequest> LegalRequests::all(Transaction& tx) const {
  std::vector<LegalRequest> requests;
  tx.each(std::string(kSelect) + "order by registered_at desc, id desc", {},
          [&](const storage::Row& row) { requests.push_back(read(row)); });
  for (LegalRequest& request : requests) {
    for (const auto& [by, at] : tx.rows<std::int64_t, Instant>(
             "select approved_by, at from legal_approval where request_id=$1 order by at, approved_by", request.id)) {
      request.approvals.push_back({by, at});
    }
    for (const auto& [by, given, at] : tx.rows<std::int64_t, std::string, Instant>(
             "select given_by, given, at from legal_output where request_id=$1 order by at, id", request.id)) {
      request.outputs.push_back({by, split_words(given), at});
    }
    if (const auto end = tx.row<std::string, Instant>("select how, at from legal_end where request_id=$1", request.id)) {
      request.ended = std::get<0>(*end);
      request.ended_at = std::get<1>(*end);
    }
    judge(tx, request);
  }
  return requests;
}

Result<LegalRequest> LegalRequests::find(Transaction& tx, std::int64_t id) const {
  for (LegalRequest& request : all(tx)) {
    if (request.id == id) return std::move(request);
  }
  return not_found("legal_request");
}

Result<LegalRequest> LegalRequests::enter(Transaction& tx, std::int64_t by, const NewLegalRequest& given) const {
  NewLegalRequest request = given;
  TRY(check(tx, request));
  const std::int64_t id = tx.next_id("legal_request");
  tx.execute(
      "insert into legal_request (id, authority, act_number, norm, scope, subject_id, gag_until, registered_by, registered_at) "
      "values ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
      id, request.authority, request.act_number, request.norm, joined(request.scope), request.subject_id, request.gag_until, by,
      clock_.now());
  return find(tx, id);
}

Result<> LegalRequests::approve(Transaction& tx, std::int64_t by, std::int64_t id) const {
  TRY_ASSIGN(const LegalRequest request, find(tx, id));
  if (request.ended) return fail(waits(request));
  if (std::ranges::find(request.approvals, by, &LegalApproval::by) != request.approvals.end()) return {};
  tx.execute("insert into legal_approval (id, request_id, approved_by, at) values ($1,$2,$3,$4)", tx.next_id("legal_approval"),
             id, by, clock_.now());
  return {};
}

Result<> LegalRequests::end(Transaction& tx, std::int64_t by, std::int64_t id, const std::string& how) const {
  TRY_ASSIGN(const LegalRequest request, find(tx, id));
  if (request.ended) return fail(waits(request));
  if (how != "fulfilled" && how != "refused") {
    return fail(broken("legal.how", "A request ends fulfilled or refused.", "/how", "enum=fulfilled,refused", "Choose one of them."));
  }
  tx.execute("insert into legal_end (id, request_id, ended_by, how, at) values ($1,$2,$3,$4,$5)", tx.next_id("legal_end"), id, by,
             how, clock_.now());
  return {};
}

Result<std::vector<GivenKind>> LegalRequests::give(Transaction& tx, std::int64_t by, std::int64_t id) const {
  TRY_ASSIGN(const LegalRequest request, find(tx, id));
  if (request.waits_for) return fail(waits(request));
  const Instant now = clock_.now();
  const bool is_gagged = request.what.gag_until && now < *request.what.gag_until;
  const auto row = vault::Ledger::record(tx,
                                         {.recipient_host = "",
                                          .recipient = request.what.authority,
                                          .what = request.what.scope,
                                          .purpose = Purpose::kLegal,
                                          .clause = "3.2.5",
                                          .user_id = is_gagged ? std::nullopt : std::optional(request.what.subject_id),
                                          .evidence = std::string(kEvidence) + std::to_string(id)},
                                         now);
  vault::Ledger::record_outcome(tx, row.id(), vault::DisclosureOutcome::kDelivered, now);
  tx.execute("insert into legal_output (id, request_id, given_by, given, disclosure_id, at) values ($1,$2,$3,$4,$5,$6)",
             tx.next_id("legal_output"), id, by, joined(request.what.scope), row.id(), now);
  std::vector<GivenKind> given;
  for (const std::string& code : request.what.scope) {
    given.push_back({code, identity::extract(tx, vault_, request.what.subject_id, kind_of(code)->category)});
  }
  return given;
}

// Whoever was erased meanwhile is named no more.
std::int64_t LegalRequests::end_gags(Transaction& tx, Instant now) {
  return tx.execute(
      "update disclosure set user_id=(select r.subject_id from legal_request r join legal_output o on o.request_id=r.id join "
      "person p on p.id=r.subject_id where o.disclosure_id=disclosure.id) where user_id is null and id in (select o.disclosure_id "
      "from legal_output o join legal_request r on r.id=o.request_id join person p on p.id=r.subject_id where r.gag_until <= $1)",
      now);
}

}  // namespace postmypost::care
