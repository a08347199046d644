// multipart/form-data (RFC 7578), for uploads. Strict: CR LF line ends, every part named, nothing
// after the end.
//
// The size of the body is limited by the server before it comes here. Parts are views into it: no
// copies, and the body has to outlive them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace postmypost::http {

struct Part {
  std::string name;
  std::string filename = {};      // as sent; a label for people, never a path
  std::string content_type = {};  // what the client claims; empty when it did not say
  std::string_view body;
};

// Errors: `multipart.type` (415-like: not multipart/form-data with a boundary),
// `multipart.malformed`, `multipart.too_many_parts` (over 64).
Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body);

}  // namespace postmypost::http
