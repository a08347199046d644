#include "http/multipart.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "http/ascii.hpp"

namespace postmypost::http {
namespace {

constexpr std::size_t kMostParts = 64;
constexpr std::size_t kLongestPartHeader = 4096;

std::unexpected<Error> malformed(std::string detail) {
  return fail(
      {.kind = ErrorKind::kMalformed, .code = "multipart.malformed", .detail = std::move(detail)});
}

// `form-data; name="a"; filename="b.png"`: the value before the first semicolon, and one parameter
// by name. Browsers escape only the quote (%22) and line ends in names (WHATWG HTML, multipart
// encoding).
std::optional<std::string> parameter(std::string_view header, std::string_view wanted) {
  std::size_t at = header.find(';');
  while (at < header.size()) {
    const std::string_view rest = trimmed(header.substr(at + 1));
    const std::size_t equals = rest.find('=');
    if (equals == rest.npos) return std::nullopt;
    const std::string_view name = trimmed(rest.substr(0, equals));
    std::string_view value = rest.substr(equals + 1);
    const std::size_t base = static_cast<std::size_t>(value.data() - header.data());
    std::size_t size = 0;
    if (value.starts_with('"')) {
      const std::size_t close = value.find('"', 1);
      if (close == value.npos) return std::nullopt;
      size = close + 1;
      value = value.substr(1, close - 1);
    } else {
      size = std::min(value.find(';'), value.size());
      value = trimmed(value.substr(0, size));
    }
    if (equal_ignoring_case(name, wanted)) return std::string(value);
    at = header.find(';', base + size);
  }
  return std::nullopt;
}

std::string unescaped(std::string_view name) {
  std::string out(name);
  for (std::size_t at = out.find("%22"); at != out.npos; at = out.find("%22", at + 1))
    out.replace(at, 3, "\"");
  return out;
}

Result<Part> parse_part(std::string_view text) {
  const std::size_t end = text.find("\r\n\r\n");
  if (end == text.npos || end > kLongestPartHeader)
    return malformed("A part has no header, or too long a one.");
  Part part{.name = {}, .body = text.substr(end + 4)};
  bool named = false;
  for (std::string_view rest = text.substr(0, end); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(line.size() + 2, rest.size()));
    const std::size_t colon = line.find(':');
    if (colon == line.npos || !is_token(line.substr(0, colon)))
      return malformed("A part's header is broken.");
    const std::string_view name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    if (equal_ignoring_case(name, "Content-Disposition")) {
      const auto field = parameter(value, "name");
      if (!lowered(value).starts_with("form-data") || !field || named) {
        return malformed("A part is not a named form field.");
      }
      named = true;
      part.name = unescaped(*field);
      part.filename = unescaped(parameter(value, "filename").value_or(""));
    } else if (equal_ignoring_case(name, "Content-Type")) {
      part.content_type = value;
    }
  }
  if (!named) return malformed("A part is not a named form field.");
  if (!is_valid_utf8(part.name) || !is_valid_utf8(part.filename))
    return malformed("A name is not UTF-8.");
  return part;
}

}  // namespace

Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body) {
  const auto boundary = parameter(content_type, "boundary");
  const std::string_view type = trimmed(content_type.substr(0, content_type.find(';')));
  if (!equal_ignoring_case(type, "multipart/form-data") || !boundary || boundary->empty() ||
      boundary->size() > 70) {
    return fail({.kind = ErrorKind::kMalformed,
                 .code = "multipart.type",
                 .detail = "The body has to be multipart/form-data with a boundary."});
  }
  const std::string first = "--" + *boundary, delimiter = "\r\n" + first;
  if (!body.starts_with(first)) return malformed("The body does not begin with its boundary.");
  body.remove_prefix(first.size());

  std::vector<Part> parts;
  while (!body.starts_with("--")) {
    if (!body.starts_with("\r\n")) return malformed("A boundary is not followed by a line end.");
    body.remove_prefix(2);
    const std::size_t end = body.find(delimiter);
    if (end == body.npos) return malformed("The last part has no end.");
    if (parts.size() == kMostParts) {
      return fail({.kind = ErrorKind::kTooLarge,
                   .code = "multipart.too_many_parts",
                   .detail = "The form has more than 64 parts."});
    }
    TRY_ASSIGN(Part part, parse_part(body.substr(0, end)));
    parts.push_back(std::move(part));
    body.remove_prefix(end + delimiter.size());
  }
  if (body != "--" && body != "--\r\n") return malformed("Something follows the end of the form.");
  return parts;
}

}  // namespace postmypost::http
