// Which addresses an outgoing request may reach (SSRF). Looked at after DNS, on the address being
// connected to.
#pragma once

#include <sys/socket.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace postmypost::http {

struct Address {
  bool v6 = false;
  std::array<unsigned char, 16> bytes = {};  // network order; IPv4 uses the first four
  friend bool operator==(const Address&, const Address&) = default;
};

// Canonical texts only ("127.0.0.1", "::1"): no octal, hexadecimal, short forms or zones.
std::optional<Address> parse_address(std::string_view text);
std::optional<Address> address_of(const sockaddr& socket_address);
unsigned short port_of(const sockaddr& socket_address);

// False for everything in IANA's special-purpose registries that is not a host on the public
// internet: loopback, private, link-local (cloud metadata among them), CGNAT, multicast, reserved,
// documentation, benchmarking, Teredo, 6to4, NAT64, v4-mapped, unique local.
bool is_public_address(const Address& address);
bool is_loopback(const Address& address);

// The operator's exceptions: "127.0.0.1:2583", "[::1]:2583", or "localhost:2583" for loopback of
// both families.
class AllowList {
 public:
  AllowList() = default;
  // Error: `egress.allow` (names the entry).
  static Result<AllowList> parse(const std::vector<std::string>& entries);

  bool allows(const Address& address, unsigned short port) const;
  bool allows_port(unsigned short port) const;  // for any address: worth a try

 private:
  struct Entry {
    std::optional<Address> address;  // none: any loopback address
    unsigned short port = 0;
  };
  std::vector<Entry> entries_;
};

}  // namespace postmypost::http
