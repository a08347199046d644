#include "http/addresses.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace postmypost::http {
namespace {

struct Range {
  std::string_view network;
  int bits;
};

// https://www.iana.org/assignments/iana-ipv4-special-registry
constexpr Range kSpecialV4[] = {
    {"0.0.0.0", 8},        // this network
    {"10.0.0.0", 8},       // private
    {"100.64.0.0", 10},    // carrier-grade NAT
    {"127.0.0.0", 8},      // loopback
    {"169.254.0.0", 16},   // link-local, cloud metadata
    {"172.16.0.0", 12},    // private
    {"192.0.0.0", 24},     // IETF protocol assignments
    {"192.0.2.0", 24},     // documentation
    {"192.88.99.0", 24},   // 6to4 relays
    {"192.168.0.0", 16},   // private
    {"198.18.0.0", 15},    // benchmarking
    {"198.51.100.0", 24},  // documentation
    {"203.0.113.0", 24},   // documentation
    {"224.0.0.0", 4},      // multicast
    {"240.0.0.0", 4},      // reserved, broadcast
};

// Global unicast is 2000::/3; loopback, v4-mapped, NAT64, unique local, link-local and multicast
// lie outside. https://www.iana.org/assignments/iana-ipv6-special-registry
constexpr Range kGlobalUnicast{"2000::", 3};
constexpr Range kSpecialV6[] = {
    {"2001::", 23},      // IETF protocol assignments: Teredo, ORCHID, benchmarking
    {"2001:db8::", 32},  // documentation
    {"2002::", 16},      // 6to4
    {"3fff::", 20},      // documentation
};

bool within(const Address& address, const Range& range) {
  const auto network = parse_address(range.network);
  for (int bit = 0; bit < range.bits; bit += 8) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    const int rest = std::min(8, range.bits - bit);
    const int mask = 0xff << (8 - rest) & 0xff;
    if ((address.bytes[byte] & mask) != (network->bytes[byte] & mask)) return false;
  }
  return true;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  if (text.contains('\0')) return std::nullopt;  // inet_pton would read up to it
  const std::string copy(text);
  Address address;
  if (inet_pton(AF_INET, copy.c_str(), address.bytes.data()) == 1)
    return address;  // refuses leading zeros
  address.v6 = true;
  if (inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::optional<Address> address_of(const sockaddr& socket_address) {
  Address address;
  if (socket_address.sa_family == AF_INET) {
    std::memcpy(address.bytes.data(),
                &reinterpret_cast<const sockaddr_in&>(socket_address).sin_addr, 4);
    return address;
  }
  if (socket_address.sa_family != AF_INET6) return std::nullopt;
  address.v6 = true;
  std::memcpy(address.bytes.data(),
              &reinterpret_cast<const sockaddr_in6&>(socket_address).sin6_addr, 16);
  return address;
}

unsigned short port_of(const sockaddr& socket_address) {
  if (socket_address.sa_family == AF_INET)
    return ntohs(reinterpret_cast<const sockaddr_in&>(socket_address).sin_port);
  return ntohs(reinterpret_cast<const sockaddr_in6&>(socket_address).sin6_port);
}

bool is_public_address(const Address& address) {
  const auto holds = [&](const Range& range) { return within(address, range); };
  if (!address.v6) return std::ranges::none_of(kSpecialV4, holds);
  return holds(kGlobalUnicast) && std::ranges::none_of(kSpecialV6, holds);
}

bool is_loopback(const Address& address) {
  return address.v6 ? address == *parse_address("::1") : address.bytes[0] == 127;
}

Result<AllowList> AllowList::parse(const std::vector<std::string>& entries) {
  AllowList list;
  for (const std::string& text : entries) {
    const std::size_t colon = text.rfind(':');
    std::string_view host = std::string_view(text).substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    Entry entry{.address = parse_address(host)};
    const char* end = text.data() + text.size();
    const char* port = colon == text.npos ? end : text.data() + colon + 1;
    const auto [stop, error] = std::from_chars(port, end, entry.port);
    if ((!entry.address && host != "localhost") || error != std::errc{} || stop != end ||
        entry.port == 0) {
      return fail({.kind = ErrorKind::kInvalid,
                   .code = "egress.allow",
                   .detail = "'" + text + "' is no exception for outgoing connections.",
                   .how_to_fix = "Write it as 127.0.0.1:2583, [::1]:2583 or localhost:2583."});
    }
    list.entries_.push_back(entry);
  }
  return list;
}

bool AllowList::allows(const Address& address, unsigned short port) const {
  return std::ranges::any_of(entries_, [&](const Entry& entry) {
    return entry.port == port && (entry.address ? *entry.address == address : is_loopback(address));
  });
}

bool AllowList::allows_port(unsigned short port) const {
  return std::ranges::any_of(entries_, [&](const Entry& entry) { return entry.port == port; });
}

}  // namespace postmypost::http
