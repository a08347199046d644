// The target of a request, decoded once and here only (OWASP ASVS V1.1.1).
//
// Refused with `http.target`: anything but origin form ("/path?query"), a fragment, bytes outside
// printable ASCII, broken escapes, an escaped slash, control characters, text that is not UTF-8
// (overlong forms are not), and the segments "." and "..", however they were written.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace postmypost::http {

struct Target {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query = {};
};

Result<Target> parse_target(std::string_view target);

// "a=1&b=%20+" as in a query or an application/x-www-form-urlencoded body. Error: `http.target`.
Result<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view form);

}  // namespace postmypost::http
