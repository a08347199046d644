// Every cookie that this server sets, and the value of its Set-Cookie header (RFC 6265 section 4.1): always HttpOnly,
// SameSite=Lax and Path=/. The server refuses to send a cookie that is not declared here (check_cookies).
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/personal_data.hpp"
#include "http/message.hpp"

namespace postmypost::http {

enum class Cookie { kSession };

// In the order of `Cookie`. Behind https a cookie's name begins with "__Host-".
inline constexpr auto kCookies = std::to_array<Declared>({
    items(Medium::kCookie, "session __Host-session",
          {.category = Category::kDevice,
           .retention = Retention::kCookie,
           .note = "a random token; the server keeps its hash"}),
});

std::string cookie_name(Cookie cookie, bool secure);

// `max_age` of zero tells the browser to forget the cookie. The value is a token of ours: anything outside base64url
// throws std::logic_error.
std::string set_cookie(Cookie cookie, std::string_view value, bool secure, Duration max_age);

// A Set-Cookie of another name is an invariant broken by a handler: throws std::logic_error.
void check_cookies(const Headers& headers);

}  // namespace postmypost::http
