// Any bytes as the target of a request and as a form: what is taken has a clean path, and the query written again is read as the same.
#include <algorithm>

#include "base/text.hpp"
#include "demand.hpp"
#include "http/router.hpp"
#include "http/target.hpp"

namespace postmypost::fuzz {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789aBcDeF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
  }
  return out;
}

void check_pairs(const Pairs& pairs) {
  std::string form;
  for (const auto& [name, value] : pairs) {
    demand(is_valid_utf8(name) && is_valid_utf8(value), "names and values are UTF-8");
    demand(!name.contains('\0') && !value.contains('\0'), "there is no NUL");
    form.append(encoded(name)).append("=").append(encoded(value)).append("&");
  }
  const auto again = http::parse_form(form);
  demand(again && *again == pairs, "a form that is written is read as the same");
}

void check_path(const std::string& path) {
  demand(path.starts_with('/') && is_valid_utf8(path), "a path begins with a slash and is UTF-8");
  demand(std::ranges::none_of(path, [](unsigned char c) { return c < 0x20 || c == 0x7f; }), "a path has no control character");
  for (std::string_view rest = path; !rest.empty();) {
    rest.remove_prefix(1);
    const std::string_view segment = rest.substr(0, rest.find('/'));
    demand(segment != "." && segment != "..", "a path goes nowhere up");
    rest.remove_prefix(segment.size());
  }
  static const http::RouteTable<int> table({{"GET", "/api/v1/projects/{project}", 1}, {"GET", "/@{handle}/{entry}", 2}, {"GET", "/files/{rest...}", 3}});
  http::Parameters parameters;
  if (table.match("GET", path, parameters)) {
    for (const auto& [name, value] : parameters.all()) demand(!value.empty(), "a parameter is never empty");
  }
}

}  // namespace
}  // namespace postmypost::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace postmypost;
  using fuzz::demand;
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto target = http::parse_target(text)) {
    demand(std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7f; }), "a target is printable ASCII");
    fuzz::check_path(target->path);
    fuzz::check_pairs(target->query);
  } else {
    demand(target.error().code == "http.target", "a refused target says so");
  }
  if (const auto form = http::parse_form(text)) fuzz::check_pairs(*form);
  return 0;
}
