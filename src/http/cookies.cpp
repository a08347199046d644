#include "http/cookies.hpp"

#include <fmt/core.h>

#include <stdexcept>

#include "http/ascii.hpp"

namespace postmypost::http {

std::string set_cookie(std::string_view name, std::string_view value, bool secure,
                       Duration max_age) {
  if (!is_token(name) || (!value.empty() && !is_token(value))) {
    throw std::logic_error("a cookie holds what a cookie can't hold");
  }
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}", name, value,
                     max_age.us / 1'000'000, secure ? "; Secure" : "");
}

}  // namespace postmypost::http
