// Any bytes as the JSON body of a request: taken or refused with one of the documented codes; what is taken is UTF-8, at most 32 deep,
// survives being written, and reads into a described struct or is refused with a field.
#include <algorithm>
#include <cmath>

#include "base/json.hpp"
#include "base/text.hpp"
#include "demand.hpp"

namespace postmypost::json {

enum class Kind { kNow, kAtWallTime };
BOOST_DESCRIBE_ENUM(Kind, kNow, kAtWallTime)
struct Detail {
  std::optional<std::int64_t> account_id;
  std::string text;
  std::vector<std::int64_t> pictures;
};
BOOST_DESCRIBE_STRUCT(Detail, (), (account_id, text, pictures))
struct Body {
  std::vector<std::int32_t> account_ids;
  std::vector<Detail> details;
  Kind kind = Kind::kNow;
  Patch<double> weight;
  std::optional<bool> force;
  std::map<std::string, std::string> options;
};
BOOST_DESCRIBE_STRUCT(Body, (), (account_ids, details, kind, weight, force, options))

template <>
constexpr Rules rules<Body>(std::string_view member) {
  return member == "details" ? Rules{.min_items = 1, .max_items = 3} : Rules{};
}

}  // namespace postmypost::json

namespace postmypost::fuzz {
namespace {

std::size_t depth_of(const json::value& value) {
  std::size_t deepest = 0;
  if (value.is_array()) {
    for (const json::value& item : value.as_array()) deepest = std::max(deepest, depth_of(item));
    return deepest + 1;
  }
  if (!value.is_object()) return 0;
  for (const auto& member : value.as_object()) deepest = std::max(deepest, depth_of(member.value()));
  return deepest + 1;
}

// The same value, but for the last digits of numbers with a fraction: the library reads and writes those quickly, not exactly.
bool alike(const json::value& a, const json::value& b) {
  if (a.is_double() && b.is_double()) return std::abs(a.as_double() - b.as_double()) <= 1e-12 * std::abs(a.as_double());
  if (a.kind() != b.kind()) return false;
  if (a.is_array()) return std::ranges::equal(a.as_array(), b.as_array(), alike);
  if (!a.is_object()) return a == b;
  const auto same = [](const auto& one, const auto& other) { return one.key() == other.key() && alike(one.value(), other.value()); };
  return std::ranges::equal(a.as_object(), b.as_object(), same);
}

void read_as_body(const json::value& value, json::Unknown unknown) {
  const auto body = json::read<json::Body>(value, unknown);
  if (!body) {
    demand(body.error().code.starts_with("json.") && !body.error().detail.empty(), "a refused body says why");
    demand(body.error().field.empty() || body.error().field.starts_with('/'), "the field is a JSON pointer");
    return;
  }
  demand(body->details.size() >= 1 && body->details.size() <= 3, "limits hold");
  const json::value written = json::write(*body);
  const auto again = json::read<json::Body>(written);
  demand(again && alike(json::write(*again), written), "what was read and written is read as the same");
}

}  // namespace
}  // namespace postmypost::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace postmypost;
  using fuzz::demand;
  const std::string_view text = fuzz::text_of(data, size);
  const auto parsed = json::parse(text);
  if (!parsed) {
    const std::string& code = parsed.error().code;
    demand(code == "json.malformed" || code == "json.duplicate_key" || code == "json.too_deep", "the code is documented");
    demand(parsed.error().kind == ErrorKind::kMalformed, "what can't be read is malformed");
    return 0;
  }
  demand(is_valid_utf8(text), "only UTF-8 is taken");
  demand(fuzz::depth_of(*parsed) <= 32, "what is deeper than 32 is refused");
  const auto again = json::parse(json::serialize(*parsed));
  demand(again.has_value(), "what is written can be read");
  demand(fuzz::alike(*again, *parsed), "and is the same");
  fuzz::read_as_body(*parsed, json::Unknown::kRefuse);
  fuzz::read_as_body(*parsed, json::Unknown::kIgnore);
  return 0;
}
