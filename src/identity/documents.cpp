#include "identity/documents.hpp"

#include <span>

#include "base/encoding.hpp"
#include "identity/policy_text.hpp"

namespace postmypost::identity {
namespace {

constexpr std::string_view kDate = "2026-11-24";

std::string filled(std::string_view text, std::string_view name, std::string_view value) {
  std::string out(text);
  for (auto at = out.find(name); at != std::string::npos; at = out.find(name, at + value.size())) {
    out.replace(at, name.size(), value);
  }
  return out;
}

std::string_view title_of(std::string_view kind, bool russian) {
  if (kind == "policy") return russian ? "Политика конфиденциальности" : "Privacy policy";
  return russian ? "Условия использования" : "Terms of use";
}

}  // namespace

Result<Document> render_document(std::string_view kind, std::string_view locale, std::string_view operator_name,
                                 std::string_view operator_contact) {
  if (kind != "policy" && kind != "terms") return not_found("document");
  const bool russian = locale == "ru";
  Document document{.kind = std::string(kind),
                    .version = kind == "policy" ? kPolicyVersion : kTermsVersion,
                    .date = std::string(kDate),
                    .locale = russian ? "ru" : "en",
                    .title = std::string(title_of(kind, russian)),
                    .sections = {},
                    .sha256 = {}};
  std::string hashed = document.title + "\n";
  const auto clauses = kind == "policy" ? std::span<const Clause>(kPolicyClauses) : std::span<const Clause>(kTermsClauses);
  for (const Clause& clause : clauses) {
    const std::string text = filled(filled(russian ? clause.ru : clause.en, "{operator}", operator_name), "{contact}",
                                    operator_contact);
    hashed += std::string(clause.number) + " " + text + "\n";
    document.sections.push_back({.number = std::string(clause.number), .heading = {}, .paragraphs = {text}});
  }
  document.sha256 = hex(sha256(hashed));
  return document;
}

}  // namespace postmypost::identity
