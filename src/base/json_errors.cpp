#include <fmt/format.h>

#include "base/json.hpp"

namespace postmypost::json {

std::string enum_name(std::string_view enumerator) {
  if (enumerator.size() > 1 && enumerator[0] == 'k' && enumerator[1] >= 'A' && enumerator[1] <= 'Z') {
    enumerator.remove_prefix(1);
  }
  if (enumerator.ends_with('_')) enumerator.remove_suffix(1);
  std::string name;
  for (const char c : enumerator) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !name.empty()) name += '_';
    name += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return name;
}

Error wrong_type(const std::string& at, std::string_view wanted) {
  return {.code = "json.type",
          .detail = fmt::format("This member must be of type {}.", wanted),
          .field = at,
          .rule = fmt::format("type={}", wanted),
          .how_to_fix = "Send a value of this type."};
}

Error missing_member(const std::string& at) {
  return {.code = "json.required",
          .detail = "A required member is missing.",
          .field = at,
          .rule = "required",
          .how_to_fix = "Send this member."};
}

Error unknown_member(const std::string& at) {
  return {.code = "json.unknown_field",
          .detail = "There is no such member here.",
          .field = at,
          .rule = "unknown_field",
          .how_to_fix = "Remove it, or check its spelling."};
}

Error out_of_range(const std::string& at, std::int64_t min, std::int64_t max) {
  return {.code = "json.range",
          .detail = "The number is out of range.",
          .field = at,
          .rule = fmt::format("range={}..{}", min, max),
          .how_to_fix = "Send a number within the range."};
}

Error not_in_enum(const std::string& at, const std::string& names) {
  return {.code = "json.enum",
          .detail = fmt::format("This must be one of: {}.", names),
          .field = at,
          .rule = "enum=" + names,
          .how_to_fix = "Send one of these values."};
}

Result<> check_length(const std::string& at, std::size_t size, std::size_t min, std::size_t max,
                      std::string_view unit) {
  if (size >= min && size <= max) return {};
  const bool short_of = size < min;
  return fail({.code = "json.length",
               .detail = short_of ? "This is too short." : "This is too long.",
               .field = at,
               .rule = short_of ? fmt::format("min_{}={}", unit, min) : fmt::format("max_{}={}", unit, max),
               .how_to_fix = short_of ? "Send more." : "Send less.",
               .params = {{"size", std::to_string(size)}, {"limit", std::to_string(short_of ? min : max)}}});
}

}  // namespace postmypost::json
