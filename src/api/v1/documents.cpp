// The texts of this server: policy, terms, and one for each purpose that is decided about; what a new version changes.
#include <array>
#include <charconv>

#include "api/v1/api.hpp"
#include "identity/identity.hpp"
#include "privacy/clauses.hpp"

namespace postmypost::api::v1 {

struct ClauseView {
  std::string state;  // "pass", "not-yet"
  std::optional<std::string> where, missing;
};
BOOST_DESCRIBE_STRUCT(ClauseView, (), (state, where, missing))

struct SectionView {
  std::string number, heading;
  std::vector<std::string> paragraphs;
  std::optional<ClauseView> clause;  // of the policy only
};
BOOST_DESCRIBE_STRUCT(SectionView, (), (number, heading, paragraphs, clause))

struct DocumentView {
  std::string kind;
  std::int64_t version = 0;
  std::string date, locale, sha256, title;
  std::vector<SectionView> sections;
};
BOOST_DESCRIBE_STRUCT(DocumentView, (), (kind, version, date, locale, sha256, title, sections))

struct ClauseChangeView {
  std::string number;
  std::optional<std::string> before, after;
};
BOOST_DESCRIBE_STRUCT(ClauseChangeView, (), (number, before, after))

struct ClauseChanges {
  std::int64_t since = 0;
  std::vector<ClauseChangeView> items;
};
BOOST_DESCRIBE_STRUCT(ClauseChanges, (), (since, items))

namespace {

Result<std::optional<int>> number_asked(const Call& call, std::string_view name) {
  const auto text = call.request.query_value(name);
  if (!text) return std::nullopt;
  int number = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (failure != std::errc() || end != text->data() + text->size()) return not_found("document");
  return number;
}

std::optional<ClauseView> clause_of(const identity::Document& document, const std::string& number) {
  if (document.kind != "policy" || document.version != identity::kPolicyVersion) return std::nullopt;
  const auto state = privacy::state_of_clause(number.empty() ? "preamble" : number, privacy::language_of(document.locale));
  if (!state) return std::nullopt;
  return ClauseView{.state = state->missing ? "not-yet" : "pass", .where = state->where, .missing = state->missing};
}

Result<DocumentView> show_document(Call& call) {
  const identity::Settings s = call.with.identity.settings();
  TRY_ASSIGN(const std::optional<int> version, number_asked(call, "version"));
  TRY_ASSIGN(const identity::Document document,
             identity::render_document(call.parameters["kind"], call.request.query_value("locale").value_or("en"),
                                       s.operator_name, s.operator_contact, version));
  DocumentView view{.kind = document.kind,
                    .version = document.version,
                    .date = document.date,
                    .locale = document.locale,
                    .sha256 = document.sha256,
                    .title = document.title,
                    .sections = {}};
  for (const auto& section : document.sections) {
    view.sections.push_back({section.number, section.heading, section.paragraphs, clause_of(document, section.number)});
  }
  return view;
}

Result<ClauseChanges> show_changes(Call& call) {
  const identity::Settings s = call.with.identity.settings();
  TRY_ASSIGN(const std::optional<int> since, number_asked(call, "since"));
  if (!since) return not_found("document");
  TRY_ASSIGN(const auto changes,
             identity::changes_since(*since, call.parameters["kind"], call.request.query_value("locale").value_or("en"),
                                     s.operator_name, s.operator_contact));
  ClauseChanges view{.since = *since, .items = {}};
  for (const auto& change : changes) view.items.push_back({change.number, change.before, change.after});
  return view;
}

constexpr auto kVersion = std::to_array<QueryParameter>({
    {"locale", "string", "en or ru"},
    {"version", "integer", "An older version; without it the current one"},
});

constexpr auto kSince = std::to_array<QueryParameter>({
    {"locale", "string", "en or ru"},
    {"since", "integer", "The version to compare with"},
});

}  // namespace

Routes document_routes() {
  return {
      {"GET", "/api/v1/documents/{kind}",
       asking(kVersion, endpoint<show_document>(Access::kAnyone, 200, "Policy, terms, or the text of a choice; also an older version"))},
      {"GET", "/api/v1/documents/{kind}/changes",
       asking(kSince, endpoint<show_changes>(Access::kAnyone, 200, "What the current version says otherwise than an older one"))},
  };
}

}  // namespace postmypost::api::v1
