#include "http/cookies.hpp"

#include <fmt/core.h>

#include <stdexcept>

#include "http/ascii.hpp"

namespace postmypost::http {

std::string cookie_name(Cookie cookie, bool secure) {
  const std::string_view names = kCookies.at(static_cast<std::size_t>(cookie)).names;
  return (secure ? "__Host-" : "") + std::string(names.substr(0, names.find(' ')));
}

std::string set_cookie(Cookie cookie, std::string_view value, bool secure, Duration max_age) {
  if (!value.empty() && !is_token(value)) throw std::logic_error("a cookie holds what a cookie can't hold");
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}", cookie_name(cookie, secure), value,
                     max_age.us / 1'000'000, secure ? "; Secure" : "");
}

void check_cookies(const Headers& headers) {
  for (const auto& [name, value] : headers.all()) {
    if (!equal_ignoring_case(name, "Set-Cookie")) continue;
    const std::string cookie = value.substr(0, value.find('='));
    if (!declares(kCookies, Medium::kCookie, cookie))
      throw std::logic_error("the cookie " + cookie + " is not declared");
  }
}

}  // namespace postmypost::http
