#include "api/rate_limits.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace postmypost::api {
namespace {

constexpr std::int64_t kProjectTimes = 4;
constexpr std::array<std::string_view, kRates> kNames{"read", "write", "upload"};

std::size_t index_of(Rate rate) { return static_cast<std::size_t>(rate); }

Error bad_quota(std::string_view part) {
  return {.code = "options.rate_limit",
          .detail = "--rate-limit does not understand \"" + std::string(part) + "\".",
          .rule = "off | read=N,write=N,upload=N",
          .how_to_fix = "Give requests a minute, such as read=600,write=60,upload=10, or off."};
}

Result<> read_quota(std::string_view part, RateQuotas& quotas) {
  const std::size_t equals = part.find('=');
  const auto* name = std::ranges::find(kNames, part.substr(0, equals));
  std::int64_t number = -1;
  if (equals != std::string_view::npos) {
    const auto [end, error] = std::from_chars(part.data() + equals + 1, part.data() + part.size(), number);
    if (error != std::errc() || end != part.data() + part.size()) number = -1;
  }
  if (name == kNames.end() || number < 0) return fail(bad_quota(part));
  quotas.a_minute.at(static_cast<std::size_t>(name - kNames.begin())) = number;
  return {};
}

}  // namespace

std::string_view to_string(Rate rate) { return kNames.at(index_of(rate)); }

Result<RateQuotas> parse_rate_quotas(std::string_view text) {
  RateQuotas quotas;
  if (text == "off") return RateQuotas{.a_minute = {}};
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    TRY(read_quota(text.substr(0, comma), quotas));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return quotas;
}

RateLimits::Window& RateLimits::window_of(const Key& key, Duration now) {
  Window& window = windows_[key];
  if (window.ends <= now) window = {.ends = now + seconds(60), .used = 0};
  return window;
}

void RateLimits::forget_what_is_over(Duration now) {
  if (now < swept_ + seconds(60)) return;
  std::erase_if(windows_, [&](const auto& entry) { return entry.second.ends <= now; });
  swept_ = now;
}

RateLimits::Verdict RateLimits::take(const Caller& caller, Rate rate) {
  Verdict verdict;
  const std::int64_t quota = quotas_.a_minute.at(index_of(rate));
  verdict.is_limited = quota > 0;
  if (!verdict.is_limited) return verdict;
  const std::lock_guard lock(mutex_);
  const Duration now = clock_.since_boot();
  forget_what_is_over(now);
  const std::string name =
      caller.token_id != 0 ? "token " + std::to_string(caller.token_id) : "person " + std::to_string(caller.user_id);
  Window& own = window_of({name, rate}, now);
  Window* shared = caller.project_id == 0 ? nullptr : &window_of({"project " + std::to_string(caller.project_id), rate}, now);
  if (own.used >= quota) verdict.spent = "token";
  else if (shared && shared->used >= quota * kProjectTimes) verdict.spent = "project";
  verdict.is_allowed = verdict.spent.empty();
  if (verdict.is_allowed) {
    ++own.used;
    if (shared) ++shared->used;
  }
  const auto standing = [&](const Window& window, std::int64_t whole) {
    return Standing{.quota = whole, .left = whole - window.used, .seconds = (window.ends.us - now.us + 999'999) / 1'000'000};
  };
  verdict.caller = standing(own, quota);
  if (shared) verdict.project = standing(*shared, quota * kProjectTimes);
  return verdict;
}

void tell(const RateLimits::Verdict& verdict, Rate rate, http::Headers& headers) {
  if (!verdict.is_limited) return;
  const std::string name(to_string(rate));
  std::string policy = fmt::format("\"{}\";q={};w=60", name, verdict.caller.quota);
  std::string now = fmt::format("\"{}\";r={};t={}", name, verdict.caller.left, verdict.caller.seconds);
  if (verdict.project.quota > 0) {
    policy += fmt::format(", \"project-{}\";q={};w=60", name, verdict.project.quota);
    now += fmt::format(", \"project-{}\";r={};t={}", name, verdict.project.left, verdict.project.seconds);
  }
  headers.set("RateLimit-Policy", policy);
  headers.set("RateLimit", now);
}

Error too_many(const RateLimits::Verdict& verdict) {
  const bool by_project = verdict.spent == "project";
  const RateLimits::Standing& spent = by_project ? verdict.project : verdict.caller;
  return {.kind = ErrorKind::kTooMany,
          .code = "request.too_many",
          .detail = by_project ? "This project was asked too often in this minute." : "You asked too often in this minute.",
          .rule = "requests_a_minute=" + std::to_string(spent.quota),
          .how_to_fix = "Wait as many seconds as Retry-After says, then go on.",
          .params = {{"limit", std::to_string(spent.quota)}, {"seconds", std::to_string(spent.seconds)}},
          .retry_after_s = static_cast<int>(spent.seconds)};
}

}  // namespace postmypost::api
