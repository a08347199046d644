// Our own privacy policy and terms of use, in Russian and English, versioned.
//
// The texts are templates: the operator's name and contact are filled in, and the hash is of the filled text. Signing up
// records an *acknowledgement* of a version, never a consent (docs/privacy.md).
#pragma once

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
  std::string kind;  // "policy", "terms"
  int version = 0;
  std::string date;  // "2026-11-24"
  std::string locale;
  std::string title;
  std::vector<Section> sections;
  std::string sha256;  // hex, over title and sections
};

inline constexpr int kPolicyVersion = 1;
inline constexpr int kTermsVersion = 1;

// Errors: `document.not_found`.
Result<Document> render_document(std::string_view kind, std::string_view locale, std::string_view operator_name,
                                 std::string_view operator_contact);

}  // namespace postmypost::identity
