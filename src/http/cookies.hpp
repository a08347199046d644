// The value of a Set-Cookie header (RFC 6265 section 4.1). Always HttpOnly, SameSite=Lax and
// Path=/.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace postmypost::http {

// `max_age` of zero tells the browser to forget the cookie. Names and values are our own tokens:
// anything outside base64url throws std::logic_error.
std::string set_cookie(std::string_view name, std::string_view value, bool secure,
                       Duration max_age);

}  // namespace postmypost::http
