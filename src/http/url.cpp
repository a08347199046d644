// The one URL parser of outgoing requests. libcurl only ever sees the URL put together again from
// these parts.
#include <unicode/uidna.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include "http/addresses.hpp"
#include "http/ascii.hpp"
#include "http/egress.hpp"

namespace postmypost::http {
namespace {

std::unexpected<Error> refused(std::string code, std::string detail) {
  return fail({.kind = ErrorKind::kInvalid,
               .code = std::move(code),
               .detail = std::move(detail),
               .how_to_fix = "Write the address as https://host/path."});
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
         });
}

// "bücher.example" as "xn--bcher-kva.example" (UTS 46, as browsers do).
std::optional<std::string> to_ascii(std::string_view host) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UIDNA, decltype(&uidna_close)> idna(
      uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ,
                      &status),
      &uidna_close);
  if (U_FAILURE(status)) return std::nullopt;
  std::string out(256, '\0');
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  const auto size =
      uidna_nameToASCII_UTF8(idna.get(), host.data(), static_cast<std::int32_t>(host.size()),
                             out.data(), static_cast<std::int32_t>(out.size()), &info, &status);
  if (U_FAILURE(status) || info.errors != 0 || size > 253) return std::nullopt;
  out.resize(static_cast<std::size_t>(size));
  return out;
}

// A name whose last label looks like a number is an address to some parsers (0x7f.1, 2130706433,
// 127.1); only the canonical form of one passes.
std::optional<std::string> canonical_host(std::string_view text) {
  if (text.starts_with('[')) {
    if (!text.ends_with(']') || text.size() < 4) return std::nullopt;
    const std::string_view inner = text.substr(1, text.size() - 2);
    const auto address = parse_address(inner);
    if (!address || !address->v6) return std::nullopt;
    return lowered(inner);
  }
  std::string host = lowered(text);
  if (std::ranges::any_of(host, [](unsigned char c) { return c >= 0x80; })) {
    auto ascii = to_ascii(host);
    if (!ascii) return std::nullopt;
    host = std::move(*ascii);
  }
  if (host.empty() || host.size() > 253) return std::nullopt;
  std::string_view last;
  for (std::string_view rest = host;;) {
    last = rest.substr(0, rest.find('.'));
    if (!is_label(last)) return std::nullopt;
    if (last.size() == rest.size()) break;
    rest.remove_prefix(last.size() + 1);
  }
  const bool numeric = std::ranges::all_of(last, is_digit) || last.starts_with("0x");
  if (numeric && !parse_address(host)) return std::nullopt;
  return host;
}

std::optional<unsigned short> parse_port(std::string_view text) {
  unsigned short port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && port != 0 && !text.starts_with('0') ? std::optional(port) : std::nullopt;
}

}  // namespace

Result<UrlParts> parse_url(std::string_view url) {
  if (url.size() > 8000) return refused("url.malformed", "The address is too long.");
  const std::size_t colon = url.find("://");
  if (colon == url.npos) return refused("url.malformed", "The address has no https:// in front.");
  UrlParts parts;
  parts.scheme = lowered(url.substr(0, colon));
  if (parts.scheme != "https" && parts.scheme != "http") {
    return refused("url.scheme", "Only https addresses can be used.");
  }
  url.remove_prefix(colon + 3);
  const std::string_view authority = url.substr(0, url.find_first_of("/?#\\"));
  url.remove_prefix(authority.size());
  if (authority.contains('@'))
    return refused("url.userinfo", "The address must not hold a user name or password.");
  const std::size_t bracket = authority.rfind(']');
  const std::size_t port_at = authority.find(':', bracket == authority.npos ? 0 : bracket);
  auto host = canonical_host(authority.substr(0, port_at));
  if (!host) return refused("url.host", "The address does not name a host that can be used.");
  parts.host = std::move(*host);
  parts.port = parts.scheme == "https" ? 443 : 80;
  if (port_at != authority.npos) {
    const auto port = parse_port(authority.substr(port_at + 1));
    if (!port)
      return refused("url.malformed", "The port of the address is not a number from 1 to 65535.");
    parts.port = *port;
  }
  const bool clean = std::ranges::all_of(url, [](unsigned char c) {
    return c > 0x20 && c < 0x7f && c != '\\' && c != '#' && c != '"' && c != '<' && c != '>';
  });
  if (!clean)
    return refused("url.malformed",
                   "The address holds a character that has to be percent-encoded.");
  parts.path = url.starts_with('/') ? std::string(url) : "/" + std::string(url);
  return parts;
}

}  // namespace postmypost::http
