#include "http/message.hpp"

#include <algorithm>

#include "http/ascii.hpp"

namespace postmypost::http {

void Headers::set(std::string name, std::string value) {
  std::erase_if(all_, [&](const auto& header) { return equal_ignoring_case(header.first, name); });
  all_.emplace_back(std::move(name), std::move(value));
}

void Headers::add(std::string name, std::string value) {
  all_.emplace_back(std::move(name), std::move(value));
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const auto& [key, value] : all_) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return std::nullopt;
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<std::string_view> Request::cookie(std::string_view name) const {
  for (const auto& [key, value] : headers.all()) {
    if (!equal_ignoring_case(key, "Cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      const std::string_view pair = trimmed(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const std::size_t equals = pair.find('=');
      if (equals != pair.npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
    }
  }
  return std::nullopt;
}

Response Response::text(int status, std::string_view type, std::string body) {
  Response response{.status = status, .body = std::move(body)};
  response.headers.set("Content-Type", std::string(type));
  return response;
}

Response Response::redirect(int status, std::string_view location) {
  Response response{.status = status};
  response.headers.set("Location", std::string(location));
  return response;
}

}  // namespace postmypost::http
