#include "http/target.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "http/ascii.hpp"

namespace postmypost::http {
namespace {

std::unexpected<Error> refused(std::string detail) {
  return fail({.kind = ErrorKind::kMalformed, .code = "http.target", .detail = std::move(detail)});
}

enum class Plus { kLiteral, kSpace };

std::optional<std::string> decoded(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::kSpace) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return is_valid_utf8(out) ? std::optional(std::move(out)) : std::nullopt;
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(segment.size());
  }
  return false;
}

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view form) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!form.empty()) {
    const std::string_view pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(pair.size() + 1, form.size()));
    if (pair.empty()) continue;
    const std::string_view name = pair.substr(0, pair.find('='));
    auto key = decoded(name, Plus::kSpace);
    auto value = decoded(pair.substr(std::min(name.size() + 1, pair.size())), Plus::kSpace);
    if (!key || !value)
      return refused("A query or form value has a broken escape or is not UTF-8.");
    if (key->find('\0') != key->npos || value->find('\0') != value->npos) {
      return refused("A query or form value holds a NUL.");
    }
    pairs.emplace_back(std::move(*key), std::move(*value));
  }
  return pairs;
}

Result<Target> parse_target(std::string_view target) {
  if (!target.starts_with('/'))
    return refused("The request target has to be a path that begins with a slash.");
  if (std::ranges::any_of(target,
                          [](unsigned char c) { return c <= 0x20 || c >= 0x7f || c == '#'; })) {
    return refused("The request target holds a character that has to be percent-encoded.");
  }
  const std::string_view raw_path = target.substr(0, target.find('?'));
  if (lowered(raw_path).find("%2f") != std::string::npos) {
    return refused("The path holds an escaped slash.");
  }
  auto path = decoded(raw_path, Plus::kLiteral);
  if (!path) return refused("The path has a broken escape or is not UTF-8.");
  if (has_control(*path)) return refused("The path holds a control character.");
  if (has_dot_segment(*path)) return refused("The path holds a '.' or '..' segment.");
  TRY_ASSIGN(auto query, parse_form(target.substr(std::min(raw_path.size() + 1, target.size()))));
  return Target{.path = std::move(*path), .query = std::move(query)};
}

}  // namespace postmypost::http
