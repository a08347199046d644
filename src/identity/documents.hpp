// The texts this server shows to its people, in Russian and English, versioned: the privacy policy, the terms of use, and one
// text for each purpose that a person decides about.
//
// The texts are templates: the operator's name and contact are filled in, and the hash is of the filled text. Signing up
// records an *acknowledgement* of a version, never a consent (docs/privacy.md). Old versions stay, so that people see what a
// new one changes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace postmypost::identity {

struct Section {
  std::string number;   // "2.2.5"
  std::string heading;  // empty for a plain clause
  std::vector<std::string> paragraphs;
};

struct Document {
  std::string kind;  // "policy", "terms", or the code of a purpose that is decided about
  int version = 0;
  std::string date;  // "2026-11-24"
  std::string locale;
  std::string title;
  std::vector<Section> sections;
  std::string sha256;  // hex, over title and sections
};

inline constexpr int kPolicyVersion = 3;
inline constexpr int kTermsVersion = 1;

// The current version, or the one asked for. Errors: `document.not_found`.
Result<Document> render_document(std::string_view kind, std::string_view locale, std::string_view operator_name,
                                 std::string_view operator_contact, std::optional<int> version = {});

struct ClauseChange {
  std::string number;
  std::optional<std::string> before, after;  // none: the clause was added, or dropped
};
// What the current version says otherwise than `since`, clause by clause in its order, dropped ones last.
// Errors: `document.not_found`.
Result<std::vector<ClauseChange>> changes_since(int since, std::string_view kind, std::string_view locale,
                                                std::string_view operator_name, std::string_view operator_contact);

}  // namespace postmypost::identity
