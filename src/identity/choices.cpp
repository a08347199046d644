#include "identity/choices.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "identity/documents.hpp"

namespace postmypost::identity {
namespace {

constexpr std::size_t kLongestName = 60;

std::string_view word_of(Decision decision, bool permitted) {
  switch (decision) {
    case Decision::kConsent: return permitted ? "given" : "withdrawn";
    case Decision::kSwitch: return permitted ? "on" : "off";
    case Decision::kObjection: return permitted ? "taken_back" : "objected";
    case Decision::kNone: break;
  }
  return "";
}

bool is_yes(std::string_view choice) { return choice == "given" || choice == "on" || choice == "taken_back"; }

// Names of pages and controls: letters, digits, "-", "_", ".".
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

Result<> check(const ShownChoice& shown, const Document& text) {
  if (shown.version != text.version) {
    return fail({.kind = ErrorKind::kConflict,
                 .code = "choice.text_not_current",
                 .detail = "The text that was shown is not the current one.",
                 .field = "/version",
                 .rule = "current_version",
                 .how_to_fix = "Load the page again, read the text and decide then."});
  }
  if (is_name(shown.screen) && is_name(shown.control)) return {};
  return fail({.code = "choice.shown",
               .detail = "It is not said on which page and with which control this was chosen.",
               .field = is_name(shown.screen) ? "/control" : "/screen",
               .rule = "name",
               .how_to_fix = "Send the ids of the page and of the control, at most 60 letters and digits."});
}

void forget_addresses(storage::Transaction& tx, std::int64_t user) {
  tx.execute("update session set ip=substr(ip, 1, 0) where user_id=$1 and length(ip) > 0", user);
}

}  // namespace

bool Choices::permits(storage::Transaction& tx, std::int64_t user, Purpose purpose) const {
  const Decision decision = facts_of(purpose).decision;
  if (decision == Decision::kNone) return true;
  const auto chosen = tx.value<std::string>(
      "select choice from choice where user_id=$1 and purpose=$2 order by number desc limit 1", user, to_string(purpose));
  return chosen ? is_yes(*chosen) : decision != Decision::kConsent;
}

Result<> Choices::choose(std::int64_t user, Purpose purpose, bool permitted, const ShownChoice& shown,
                         std::string_view operator_name, std::string_view operator_contact) {
  const Decision decision = facts_of(purpose).decision;
  if (decision == Decision::kNone) return not_found("choice");
  TRY_ASSIGN(const Document text,
             render_document(to_string(purpose), shown.locale, operator_name, operator_contact));
  TRY(check(shown, text));
  database_.write([&](storage::Transaction& tx) {
    if (permits(tx, user, purpose) == permitted) return;
    const auto last = tx.value<std::optional<std::int64_t>>(
        "select max(number) from choice where user_id=$1 and purpose=$2", user, to_string(purpose));
    ChoiceRow row{.number = last.value_or(std::nullopt).value_or(0) + 1,
                  .purpose = std::string(to_string(purpose)),
                  .choice = std::string(word_of(decision, permitted)),
                  .shown = shown,
                  .sha256 = text.sha256,
                  .policy_version = kPolicyVersion,
                  .at = clock_.now(),
                  .proof = {}};
    row.shown.locale = text.locale;
    row.proof = proof_of(user, row);
    tx.execute(
        "insert into choice (id, user_id, purpose, number, choice, version, sha256, locale, screen, control, "
        "policy_version, at, proof) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)",
        tx.next_id("choice"), user, row.purpose, row.number, row.choice, row.shown.version, row.sha256, row.shown.locale,
        row.shown.screen, row.shown.control, row.policy_version, row.at, row.proof);
    if (purpose == Purpose::kSecurity && !permitted) forget_addresses(tx, user);
  });
  return {};
}

std::vector<ChoiceRow> Choices::history(std::int64_t user) const {
  return database_.read([&](storage::Transaction& tx) {
    std::vector<ChoiceRow> rows;
    tx.each(
        "select number, purpose, choice, version, locale, screen, control, sha256, policy_version, at, proof from choice "
        "where user_id=$1 order by purpose, number",
        {user}, [&](const storage::Row& row) {
          rows.push_back({.number = row.integer(0),
                          .purpose = row.text(1),
                          .choice = row.text(2),
                          .shown = {.version = row.integer(3),
                                    .locale = row.text(4),
                                    .screen = row.text(5),
                                    .control = row.text(6)},
                          .sha256 = row.text(7),
                          .policy_version = row.integer(8),
                          .at = row.get<Instant>(9),
                          .proof = row.text(10)});
        });
    return rows;
  });
}

bool Choices::is_genuine(std::int64_t user, const ChoiceRow& row) const { return row.proof == proof_of(user, row); }

std::string Choices::proof_of(std::int64_t user, const ChoiceRow& row) const {
  std::string said;
  for (const std::string& part :
       {std::to_string(user), std::to_string(row.number), row.purpose, row.choice, std::to_string(row.shown.version),
        row.sha256, row.shown.locale, row.shown.screen, row.shown.control, std::to_string(row.policy_version),
        std::to_string(row.at.us)}) {
    said += part + "|";
  }
  return base64url(vault_.derived("choice", said));
}

}  // namespace postmypost::identity
