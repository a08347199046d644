#include "base/zones.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <sstream>

namespace postmypost {
namespace {

using Micros = std::chrono::microseconds;
using LocalSeconds = date::local_seconds;
using SysMicros = date::sys_time<Micros>;

const date::time_zone* find_zone(std::string_view name) {
  try {
    return date::locate_zone(std::string(name));
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

Error unknown_zone(std::string_view zone) {
  return {.code = "time.zone_unknown",
          .detail = "There is no time zone of this name.",
          .rule = "iana_zone",
          .how_to_fix = "Choose a zone from the list, such as Europe/Berlin.",
          .params = {{"zone", std::string(zone)}}};
}

LocalSeconds local_of(const WallTime& w) {
  const date::year_month_day day{date::year{w.year}, date::month{static_cast<unsigned>(w.month)},
                                 date::day{static_cast<unsigned>(w.day)}};
  return date::local_days{day} + std::chrono::hours{w.hour} + std::chrono::minutes{w.minute} +
         std::chrono::seconds{w.second};
}

WallTime wall_of(LocalSeconds local) {
  const auto days = date::floor<date::days>(local);
  const date::year_month_day day{days};
  const date::hh_mm_ss<std::chrono::seconds> time{local - days};
  return {.year = int(day.year()),
          .month = static_cast<int>(unsigned(day.month())),
          .day = static_cast<int>(unsigned(day.day())),
          .hour = static_cast<int>(time.hours().count()),
          .minute = static_cast<int>(time.minutes().count()),
          .second = static_cast<int>(time.seconds().count())};
}

Instant instant_of(date::sys_seconds t) { return {Micros(t.time_since_epoch()).count()}; }

date::sys_seconds seconds_of(Instant t) {
  return date::floor<std::chrono::seconds>(SysMicros{Micros{t.us}});
}

std::string offset_text(std::int64_t offset) {
  const std::int64_t size = offset < 0 ? -offset : offset;
  return fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', size / 3600, size / 60 % 60);
}

// Digits of exactly `count` characters at `at`; moves on.
std::optional<int> number_at(std::string_view text, std::size_t& at, std::size_t count) {
  if (text.size() < at + count) return std::nullopt;
  int value = 0;
  const char* begin = text.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + count, value);
  if (error != std::errc() || end != begin + count || *begin == '-' || *begin == '+') return std::nullopt;
  at += count;
  return value;
}

bool character_at(std::string_view text, std::size_t& at, char wanted) {
  if (at >= text.size() || text[at] != wanted) return false;
  ++at;
  return true;
}

bool is_real(const WallTime& w) {
  const date::year_month_day day{date::year{w.year}, date::month{static_cast<unsigned>(w.month)},
                                 date::day{static_cast<unsigned>(w.day)}};
  return w.year >= 1970 && w.year <= 9998 && day.ok() && w.hour < 24 && w.minute < 60 && w.second < 60;
}

// "2026-11-24T12:30[:45]"; `at` stays behind what was read.
std::optional<WallTime> read_wall(std::string_view text, std::size_t& at) {
  WallTime w;
  const auto year = number_at(text, at, 4);
  if (!year || !character_at(text, at, '-')) return std::nullopt;
  const auto month = number_at(text, at, 2);
  if (!month || !character_at(text, at, '-')) return std::nullopt;
  const auto day = number_at(text, at, 2);
  if (!day || !character_at(text, at, 'T')) return std::nullopt;
  const auto hour = number_at(text, at, 2);
  if (!hour || !character_at(text, at, ':')) return std::nullopt;
  const auto minute = number_at(text, at, 2);
  if (!minute) return std::nullopt;
  w = {.year = *year, .month = *month, .day = *day, .hour = *hour, .minute = *minute, .second = 0};
  if (character_at(text, at, ':')) {
    const auto second = number_at(text, at, 2);
    if (!second) return std::nullopt;
    w.second = *second;
  }
  return is_real(w) ? std::optional(w) : std::nullopt;
}

// The two nearest wall times around a gap: the last minute before it and the first after it.
Error in_gap(const date::local_info& info) {
  const auto before = LocalSeconds{(info.first.end + info.first.offset).time_since_epoch()} - std::chrono::minutes{1};
  const auto after = LocalSeconds{(info.second.begin + info.second.offset).time_since_epoch()};
  return {.code = "time.gap",
          .detail = "This time does not exist: the clocks are put forward over it.",
          .rule = "exists_in_zone",
          .how_to_fix = "Take one of the two nearest times.",
          .params = {{"before", to_string(wall_of(before))}, {"after", to_string(wall_of(after))}}};
}

Error in_overlap(const date::local_info& info, LocalSeconds local) {
  const auto text = [&](const date::sys_info& side) {
    return to_string(wall_of(local)) + offset_text(side.offset.count());
  };
  return {.code = "time.overlap",
          .detail = "This time happens twice: the clocks are put back over it.",
          .rule = "unique_in_zone",
          .how_to_fix = "Say whether the earlier or the later one is meant.",
          .params = {{"earlier", text(info.first)}, {"later", text(info.second)}}};
}

}  // namespace

std::optional<WallTime> parse_wall_time(std::string_view text) {
  std::size_t at = 0;
  const auto wall = read_wall(text, at);
  return wall && at == text.size() ? wall : std::nullopt;
}

std::string to_string(const WallTime& w) {
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", w.year, w.month, w.day, w.hour, w.minute, w.second);
}

bool zone_exists(std::string_view zone) { return find_zone(zone) != nullptr; }

std::vector<std::string> all_zones() {
  std::vector<std::string> names;
  for (const date::time_zone& zone : date::get_tzdb().zones) names.push_back(zone.name());
  return names;
}

Result<Instant> to_instant(const WallTime& wall, std::string_view zone_name, Fold fold) {
  const date::time_zone* zone = find_zone(zone_name);
  if (!zone) return fail(unknown_zone(zone_name));
  const LocalSeconds local = local_of(wall);
  const date::local_info info = zone->get_info(local);
  if (info.result == date::local_info::nonexistent) return fail(in_gap(info));
  if (info.result == date::local_info::ambiguous && fold == Fold::kRefuse) return fail(in_overlap(info, local));
  return instant_of(zone->to_sys(local, fold == Fold::kLater ? date::choose::latest : date::choose::earliest));
}

WallTime to_wall(Instant t, std::string_view zone_name) {
  const date::time_zone* zone = find_zone(zone_name);
  if (!zone) throw std::invalid_argument("unknown zone " + std::string(zone_name));
  return wall_of(zone->to_local(seconds_of(t)));
}

int offset_seconds(Instant t, std::string_view zone_name) {
  const date::time_zone* zone = find_zone(zone_name);
  if (!zone) throw std::invalid_argument("unknown zone " + std::string(zone_name));
  return static_cast<int>(zone->get_info(seconds_of(t)).offset.count());
}

std::string zone_rules(std::string_view zone_name, int first_year, int years) {
  const date::time_zone* zone = find_zone(zone_name);
  if (!zone) throw std::invalid_argument("unknown zone " + std::string(zone_name));
  const auto new_year = [](int year) { return date::sys_seconds{date::sys_days{date::year{year} / 1 / 1}}; };
  std::string rules;
  for (date::sys_seconds at = new_year(first_year); at < new_year(first_year + years);) {
    const date::sys_info info = zone->get_info(at);
    rules += fmt::format("{}:{} ", at.time_since_epoch().count(), info.offset.count());
    at = info.end;
  }
  return rules;
}

std::string to_rfc3339(Instant t) {
  const std::int64_t millis = ((t.us % 1'000'000) + 1'000'000) % 1'000'000 / 1'000;
  return fmt::format("{}.{:03}Z", to_string(wall_of(LocalSeconds{seconds_of(t).time_since_epoch()})), millis);
}

std::string to_rfc3339(Instant t, std::string_view zone) {
  return to_string(to_wall(t, zone)) + offset_text(offset_seconds(t, zone));
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
  std::size_t at = 0;
  const auto wall = read_wall(text, at);
  if (!wall) return std::nullopt;
  std::int64_t micros = 0;
  if (character_at(text, at, '.')) {
    std::int64_t unit = 100'000;
    const std::size_t first = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) micros += unit * (text[at] - '0');
    if (at == first) return std::nullopt;
  }
  std::int64_t offset = 0;
  if (!character_at(text, at, 'Z') && !character_at(text, at, 'z')) {
    const bool west = character_at(text, at, '-');
    if (!west && !character_at(text, at, '+')) return std::nullopt;
    const auto hours = number_at(text, at, 2);
    if (!hours || !character_at(text, at, ':')) return std::nullopt;
    const auto minutes_part = number_at(text, at, 2);
    if (!minutes_part || *hours > 23 || *minutes_part > 59) return std::nullopt;
    offset = (*hours * 3600 + *minutes_part * 60) * (west ? -1 : 1);
  }
  if (at != text.size()) return std::nullopt;
  const Instant local = instant_of(date::sys_seconds{local_of(*wall).time_since_epoch()});
  return Instant{local.us + micros - offset * 1'000'000};
}

constexpr auto kHttpDate = "%a, %d %b %Y %H:%M:%S GMT";

std::string to_http_date(Instant t) { return date::format(kHttpDate, seconds_of(t)); }

std::optional<Instant> parse_http_date(std::string_view text) {
  std::istringstream in{std::string(text)};
  date::sys_seconds time;
  in >> date::parse(kHttpDate, time);
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  return instant_of(time);
}

Result<> check_zone_files(Instant now) {
  const int year = to_wall(now, "UTC").year + 1;
  const auto july = to_instant({.year = year, .month = 7, .day = 1, .hour = 12}, "America/New_York", Fold::kEarlier);
  if (july && offset_seconds(*july, "America/New_York") == -4 * 3600) return {};
  return fail({.kind = ErrorKind::kUnavailable,
               .code = "zones.incomplete",
               .detail = "The system's time zone files stop before next summer: scheduled posts would be an hour off.",
               .rule = "New York is at -4 h next July",
               .how_to_fix = "Install Debian's tzdata package (not a slim one) and start again."});
}

}  // namespace postmypost
