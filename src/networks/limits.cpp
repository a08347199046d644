#include "networks/limits.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <string>

#include "base/text.hpp"
#include "base/zones.hpp"
#include "http/egress.hpp"

namespace postmypost::networks {
namespace {

constexpr Duration kLeast = seconds(1);
constexpr Duration kMost = hours(24);
constexpr Duration kBelievable = days(7);
constexpr Duration kSkew = minutes(1);  // clocks of servers may be behind ours
constexpr Duration kInsteadOfAbsurd = minutes(1);

std::optional<double> number_in(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

// Only numbers that a week's worth of microseconds or this century's seconds can hold.
std::optional<Instant> seconds_from(Instant start, std::optional<double> number) {
  constexpr double kFarthest = 1e11;
  if (!number || *number < 0 || *number > kFarthest) return std::nullopt;
  return start + Duration{static_cast<std::int64_t>(*number * 1e6)};
}

std::optional<Instant> read(std::string_view text, ResetNotation notation, Instant now) {
  switch (notation) {
    case ResetNotation::kUnixSeconds: return seconds_from(Instant{0}, number_in(text));
    case ResetNotation::kSecondsLeft: return seconds_from(now, number_in(text));
    case ResetNotation::kIsoTime: return parse_rfc3339(text);
  }
  return std::nullopt;
}

bool is_believable(Instant at, Instant now) { return at >= now - kSkew && at <= now + kBelievable; }

// The times that an answer names, the latest believable one of them.
class Named {
 public:
  explicit Named(Instant now) : now_(now) {}
  void add(std::optional<Instant> at) {
    any_ = true;
    if (at && is_believable(*at, now_)) latest_ = std::max(latest_.value_or(*at), *at);
  }
  std::optional<Instant> bounded() const {
    if (!any_) return std::nullopt;
    if (!latest_) return now_ + kInsteadOfAbsurd;
    return std::clamp(*latest_, now_ + kLeast, now_ + kMost);
  }

 private:
  Instant now_;
  bool any_ = false;
  std::optional<Instant> latest_;
};

std::optional<double> number_at(const http::Answer& answer, std::string_view pointer) {
  boost::json::error_code broken;
  const boost::json::value body = boost::json::parse(answer.body, broken);
  if (broken) return std::nullopt;
  const boost::json::value* found = body.find_pointer(pointer, broken);
  if (!found || !found->is_number()) return std::nullopt;
  return found->to_number<double>(broken);
}

LimitScope scope_of(const http::Answer& answer, const LimitNotation& limits) {
  if (!limits.policy.empty() && answer.header(limits.policy) == limits.host_policy) return LimitScope::kHost;
  return limits.scope;
}

}  // namespace

std::optional<Reset> named_reset(const http::Answer& answer, const LimitNotation& limits, Instant now) {
  Named named(now);
  if (const std::string after = tidy(answer.header("Retry-After")); !after.empty()) {
    const auto date = parse_http_date(after);
    named.add(date ? date : seconds_from(now, number_in(after)));
  }
  if (const std::string reset = limits.reset.empty() ? "" : tidy(answer.header(limits.reset)); !reset.empty()) {
    named.add(read(reset, limits.notation, now));
  }
  if (!limits.seconds_in_body.empty()) {
    if (const auto wait = number_at(answer, limits.seconds_in_body)) named.add(seconds_from(now, wait));
  }
  const auto at = named.bounded();
  if (!at) return std::nullopt;
  return Reset{*at + limits.margin, scope_of(answer, limits)};
}

std::optional<Reset> used_up(const http::Answer& answer, const LimitNotation& limits, Instant now) {
  if (limits.remaining.empty() || limits.reset.empty()) return std::nullopt;
  const auto left = number_in(tidy(answer.header(limits.remaining)));
  if (!left || *left >= 1) return std::nullopt;
  const auto at = read(tidy(answer.header(limits.reset)), limits.notation, now);
  if (!at || *at <= now || !is_believable(*at, now)) return std::nullopt;
  return Reset{std::min(*at, now + kMost), scope_of(answer, limits)};
}

}  // namespace postmypost::networks
