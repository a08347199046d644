// Any bytes as an address that we are to call: what is taken, put together again, is the same address, and names a host that is a name or
// the canonical form of an IP address.
#include <fmt/core.h>

#include <algorithm>

#include "demand.hpp"
#include "http/addresses.hpp"
#include "http/egress.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace postmypost;
  using fuzz::demand;
  const auto url = http::parse_url(fuzz::text_of(data, size));
  if (!url) {
    demand(url.error().code.starts_with("url.") && !url.error().how_to_fix.empty(), "a refused address says why");
    return 0;
  }
  demand(url->scheme == "https" || url->scheme == "http", "only http and https");
  demand(url->port != 0 && url->path.starts_with('/'), "there is a port and a path");
  const bool plain = std::ranges::all_of(url->host, [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '@' && c != '/' && c != '%'; });
  demand(plain && !url->host.empty(), "a host is plain ASCII");
  const bool v6 = url->host.contains(':');
  demand(!v6 || http::parse_address(url->host).has_value(), "a host with colons is an IPv6 address");
  const std::string again = fmt::format("{}://{}{}{}:{}{}", url->scheme, v6 ? "[" : "", url->host, v6 ? "]" : "", url->port, url->path);
  if (again.size() > 8000) return 0;
  const auto second = http::parse_url(again);
  demand(second.has_value(), "what was put together again is an address");
  demand(second->scheme == url->scheme && second->host == url->host && second->port == url->port && second->path == url->path, "and the same one");
  return 0;
}
