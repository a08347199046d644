// How often one caller, and everybody in one project, may ask.
//
// Counted in memory of this process, in windows of a minute that begin with their first request; nothing about a caller is
// kept when its window is over. Answers say what is left as the fields RateLimit-Policy and RateLimit (IETF draft
// "RateLimit header fields for HTTP", names and items of revision 10). Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/message.hpp"

namespace postmypost::api {

enum class Rate : std::uint8_t { kRead, kWrite, kUpload };
inline constexpr std::size_t kRates = 3;
std::string_view to_string(Rate rate);

// Requests a minute of one caller; a project has four times as many. 0: unlimited.
struct RateQuotas {
  std::array<std::int64_t, kRates> a_minute{30'000, 12'000, 1'200};
};
// "off", or "read=600,write=60,upload=10" with any of them. Errors: `options.rate_limit`.
Result<RateQuotas> parse_rate_quotas(std::string_view text);

class RateLimits {
 public:
  RateLimits(RateQuotas quotas, const Clock& clock) : quotas_(quotas), clock_(clock) {}

  struct Caller {
    std::int64_t token_id = 0;  // of an access token; 0: signed in in a browser
    std::int64_t user_id = 0;
    std::int64_t project_id = 0;  // 0: of no project
  };
  struct Standing {
    std::int64_t quota = 0, left = 0, seconds = 0;  // until the window is over
  };
  struct Verdict {
    bool is_allowed = true;
    bool is_limited = false;      // the class has a quota at all
    std::string_view spent = {};  // "token" or "project" when it is not allowed
    Standing caller, project;     // of the project: quota 0 when there is none
  };
  Verdict take(const Caller& caller, Rate rate);

 private:
  struct Window {
    Duration ends;  // by boot time
    std::int64_t used = 0;
  };
  using Key = std::pair<std::string, Rate>;
  Window& window_of(const Key& key, Duration now);
  void forget_what_is_over(Duration now);

  const RateQuotas quotas_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<Key, Window> windows_;
  Duration swept_{};
};

void tell(const RateLimits::Verdict& verdict, Rate rate, http::Headers& headers);
// `request.too_many` with retry_after_s.
Error too_many(const RateLimits::Verdict& verdict);

}  // namespace postmypost::api
