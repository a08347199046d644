// Limits of networks, as data and as they are read from answers: when the next request may come, how many posts a while takes.
//
// Every network says "not before" in its own way: `Retry-After` in seconds or as an HTTP date everywhere; beside it a header of
// Unix seconds, ISO time or seconds left, or a number inside the body. A LimitNotation tells which; nothing is guessed from the
// looks of a number. What can't be true is bounded, so that no server can stop an account for years or make us hammer it:
//
//   named                                          obeyed as
//   less than a second ahead, a minute past        1 s
//   up to a day ahead                              exactly
//   up to a week ahead                             a day: then we ask again
//   negative, unreadable, NaN, the year 9999       1 min
//   two different believable times                 the later
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace postmypost::http {
struct Answer;
}

namespace postmypost::networks {

enum class ResetNotation { kUnixSeconds, kIsoTime, kSecondsLeft };

// Whom a limit holds back: one account, or everything that this instance sends to the host.
enum class LimitScope { kAccount, kHost };

struct LimitNotation {
  std::string_view remaining = {};        // header: how many requests are left
  std::string_view reset = {};            // header: when there are new ones
  ResetNotation notation = ResetNotation::kSecondsLeft;  // of `reset`
  std::string_view seconds_in_body = {};  // JSON pointer to seconds to wait
  Duration margin = {};                   // on top of what is named
  LimitScope scope = LimitScope::kAccount;
  std::string_view policy = {};           // header that names the limit which was met …
  std::string_view host_policy = {};      // … and its value when that is the host's for our address
};

struct Reset {
  Instant at;
  LimitScope scope = LimitScope::kAccount;
};

// What a refusal asks for; null when it names no time at all.
std::optional<Reset> named_reset(const http::Answer& answer, const LimitNotation& limits, Instant now);

// A good answer that says it was the last one for now.
std::optional<Reset> used_up(const http::Answer& answer, const LimitNotation& limits, Instant now);

// At most `posts` in any `window`.
struct Quota {
  int posts = 0;
  Duration window = {};
  LimitScope scope = LimitScope::kAccount;  // kHost: of all accounts with the same Capabilities::app
};

}  // namespace postmypost::networks
