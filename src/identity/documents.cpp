#include "identity/documents.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/encoding.hpp"
#include "identity/choice_text.hpp"
#include "identity/policy_text.hpp"

namespace postmypost::identity {
namespace {

struct Text {
  std::string_view kind;
  int version;
  std::string_view date, ru, en;  // titles
  std::span<const Clause> clauses;
  std::array<std::span<const Clause>, 2> changed = {};  // replace those of the same number, the later before the earlier
};

constexpr std::string_view kPolicyRu = "Политика конфиденциальности", kPolicyEn = "Privacy policy";

// Of each kind the newest version last.
constexpr auto kTexts = std::to_array<Text>({
    {"policy", 1, "2026-11-24", kPolicyRu, kPolicyEn, kPolicyVersion1},
    {"policy", 2, "2026-11-26", kPolicyRu, kPolicyEn, kPolicyVersion1, {kPolicyChanges2}},
    {"policy", 3, "2026-11-26", kPolicyRu, kPolicyEn, kPolicyVersion1, {kPolicyChanges2, kPolicyChanges3}},
    {"terms", 1, "2026-11-24", "Условия использования", "Terms of use", kTermsClauses},
    {"improve", 1, "2026-11-26", "Согласие на счётчики для улучшений", "Consent to counters for improvement",
     kImproveClauses},
    {"personalise", 1, "2026-11-26", "Ваш язык и оформление", "Your language and look", kPersonaliseClauses},
    {"security", 1, "2026-11-26", "IP-адрес сеанса", "The IP address of a session", kSecurityClauses},
    {"statistics", 1, "2026-11-26", "Статистика без имён", "Statistics without names", kStatisticsClauses},
});

const Text* text_of(std::string_view kind, std::optional<int> version) {
  const Text* found = nullptr;
  for (const Text& text : kTexts) {
    if (text.kind == kind && (!version || text.version == *version)) found = &text;
  }
  return found;
}

std::string filled(std::string_view text, std::string_view name, std::string_view value) {
  std::string out(text);
  for (auto at = out.find(name); at != std::string::npos; at = out.find(name, at + value.size())) {
    out.replace(at, name.size(), value);
  }
  return out;
}

const Clause& current(const Text& text, const Clause& clause) {
  const Clause* said = &clause;
  for (const std::span<const Clause> changes : text.changed) {
    const auto changed = std::ranges::find(changes, clause.number, &Clause::number);
    if (changed != changes.end()) said = &*changed;
  }
  return *said;
}

const std::string* said_of(const Document& document, const std::string& number) {
  const auto found = std::ranges::find(document.sections, number, &Section::number);
  return found == document.sections.end() ? nullptr : &found->paragraphs.front();
}

}  // namespace

Result<Document> render_document(std::string_view kind, std::string_view locale, std::string_view operator_name,
                                 std::string_view operator_contact, std::optional<int> version) {
  const Text* const text = text_of(kind, version);
  if (!text) return not_found("document");
  const bool russian = locale == "ru";
  Document document{.kind = std::string(kind),
                    .version = text->version,
                    .date = std::string(text->date),
                    .locale = russian ? "ru" : "en",
                    .title = std::string(russian ? text->ru : text->en),
                    .sections = {},
                    .sha256 = {}};
  std::string hashed = document.title + "\n";
  for (const Clause& one : text->clauses) {
    const Clause& clause = current(*text, one);
    const std::string words = filled(filled(russian ? clause.ru : clause.en, "{operator}", operator_name), "{contact}",
                                     operator_contact);
    hashed += std::string(clause.number) + " " + words + "\n";
    document.sections.push_back({.number = std::string(clause.number), .heading = {}, .paragraphs = {words}});
  }
  document.sha256 = hex(sha256(hashed));
  return document;
}

Result<std::vector<ClauseChange>> changes_since(int since, std::string_view kind, std::string_view locale,
                                                std::string_view operator_name, std::string_view operator_contact) {
  TRY_ASSIGN(const Document old, render_document(kind, locale, operator_name, operator_contact, since));
  TRY_ASSIGN(const Document now, render_document(kind, locale, operator_name, operator_contact));
  std::vector<ClauseChange> changes;
  for (const Section& section : now.sections) {
    const std::string* const before = said_of(old, section.number);
    if (before && *before == section.paragraphs.front()) continue;
    changes.push_back({section.number, before ? std::optional(*before) : std::nullopt, section.paragraphs.front()});
  }
  for (const Section& section : old.sections) {
    if (!said_of(now, section.number)) changes.push_back({section.number, section.paragraphs.front(), std::nullopt});
  }
  return changes;
}

}  // namespace postmypost::identity
