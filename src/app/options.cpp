#include "app/options.hpp"

#include <charconv>
#include <stdexcept>

namespace postmypost::app {

std::string Options::host() const {
  const auto colon = listen.rfind(':');
  if (colon == std::string::npos || colon == 0) throw std::invalid_argument("--listen must be HOST:PORT, not " + listen);
  std::string name = listen.substr(0, colon);
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  return name;
}

unsigned short Options::port() const {
  const std::string text = listen.substr(listen.rfind(':') + 1);
  unsigned short number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::invalid_argument("--listen must be HOST:PORT, not " + listen);
  }
  return number;
}

}  // namespace postmypost::app
