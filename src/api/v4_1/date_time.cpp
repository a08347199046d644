#include "api/v4_1/date_time.hpp"

#include <algorithm>
#include <optional>

#include "base/zones.hpp"

namespace postmypost::api::v4_1 {
namespace {

bool are_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "2026-01-10" and "20260110"; nothing in between.
std::optional<std::string> date_in(std::string_view text) {
  if (text.size() == 10 && text[4] == '-' && text[7] == '-') return std::string(text);
  if (text.size() != 8 || !are_digits(text)) return std::nullopt;
  return std::string(text.substr(0, 4)) + "-" + std::string(text.substr(4, 2)) + "-" + std::string(text.substr(6, 2));
}

// "12:30", "12:30:05", "1230", "123005".
std::optional<std::string> time_in(std::string_view text) {
  const bool is_extended = text.size() >= 5 && text[2] == ':' && (text.size() == 5 || (text.size() == 8 && text[5] == ':'));
  if (is_extended) return std::string(text);
  if ((text.size() != 4 && text.size() != 6) || !are_digits(text)) return std::nullopt;
  std::string time = std::string(text.substr(0, 2)) + ":" + std::string(text.substr(2, 2));
  return text.size() == 6 ? time + ":" + std::string(text.substr(4, 2)) : time;
}

// Seconds east of Greenwich of "+03", "+0300", "-03:30".
std::optional<std::int64_t> offset_in(std::string_view text) {
  const std::int64_t sign = text.starts_with('-') ? -1 : 1;
  text.remove_prefix(1);
  std::string digits(text);
  if (digits.size() == 5 && digits[2] == ':') digits.erase(2, 1);
  if ((digits.size() != 2 && digits.size() != 4) || !are_digits(digits)) return std::nullopt;
  const int hours = std::stoi(digits.substr(0, 2)), minutes = digits.size() == 4 ? std::stoi(digits.substr(2)) : 0;
  if (hours > 23 || minutes > 59) return std::nullopt;
  return sign * (hours * 3600 + minutes * 60);
}

struct Parts {
  WallTime wall;
  std::optional<std::int64_t> offset;
};

std::optional<Parts> parts_of(std::string_view text) {
  const auto between = text.find_first_of("Tt ");
  if (between == text.npos) return std::nullopt;
  const auto date = date_in(text.substr(0, between));
  std::string_view rest = text.substr(between + 1);
  Parts parts;
  if (rest.ends_with('Z') || rest.ends_with('z')) {
    parts.offset = 0;
    rest.remove_suffix(1);
  } else if (const auto sign = rest.find_first_of("+-"); sign != rest.npos) {
    parts.offset = offset_in(rest.substr(sign));
    if (!parts.offset) return std::nullopt;
    rest = rest.substr(0, sign);
  }
  if (const auto point = rest.find_first_of(".,"); point != rest.npos) {
    if (point + 1 == rest.size() || !are_digits(rest.substr(point + 1))) return std::nullopt;
    rest = rest.substr(0, point);
  }
  const auto time = time_in(rest);
  const auto wall = date && time ? parse_wall_time(*date + "T" + *time) : std::nullopt;
  if (!wall) return std::nullopt;
  parts.wall = *wall;
  return parts;
}

}  // namespace

Result<Instant> parse_date_time(std::string_view text, std::string_view zone, const std::string& field) {
  const auto parts = parts_of(text);
  if (!parts) {
    return fail({.code = "time.form",
                 .detail = "This is no date and time of ISO 8601.",
                 .field = field,
                 .rule = "date-time",
                 .how_to_fix = "Write it as 2026-01-10T12:00:00+03:00."});
  }
  auto instant = to_instant(parts->wall, parts->offset ? "UTC" : zone, Fold::kEarlier);
  if (!instant) {
    instant.error().field = field;
    return fail(std::move(instant).error());
  }
  return Instant{instant->us - parts->offset.value_or(0) * 1'000'000};
}

}  // namespace postmypost::api::v4_1
