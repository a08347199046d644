// The only way out for HTTP: every request to another host goes through here (security: SSRF, disclosure,
// the gate). Letters go by mail/relay.hpp.
//
// libcurl's multi interface on one own thread. Each request needs a RecordedDisclosure for exactly
// its host. Addresses are checked after DNS, at the moment of connecting: loopback, private,
// link-local, CGNAT, multicast, reserved, 6to4, NAT64 and v4-mapped ranges are refused unless the
// operator listed host:port in `allow`; plain http only to those. Redirects are never followed by
// the library.
//
// A *gated* request (Request::gated) is held before its last byte until the gate says yes, over
// HTTP/1.1, with the body from a read callback whose seek fails, so that libcurl can't send it
// twice (docs/publishing.md, "The last-byte gate"). A request without a body is held before its
// first byte. A yes older than 2 s of boot time is a no, and so is dropping `decide`. A gated
// request uses a connection that was busy within the last 2 s or a new one (without a body always a
// new one): the younger, the less likely that the server closes it just when the last byte goes
// out. No POST or PATCH is ever sent twice by the library, gated or not.
//
// Thread-safe. Callbacks run on the client's thread: short, no throw, no blocking.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/disclosure.hpp"
#include "base/result.hpp"

namespace postmypost::http {

// One piece of a body: bytes in memory, or a file that is read while it is sent.
struct FilePiece {
  std::string path;
  std::uint64_t size = 0;
};
using BodyPiece = std::variant<std::string, FilePiece>;

struct OutgoingRequest {
  std::string method = "GET";
  std::string url = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::vector<BodyPiece> body = {};
  Duration timeout = seconds(30);
  std::size_t max_answer = 4 << 20;  // decompressed bytes
  bool gated = false;
  std::string keep_secret =
      {};  // a secret inside the URL (Telegram's token), removed from every error text
};

struct Answer {
  enum class Transport {
    kAnswered,      // status and headers are valid; `body_complete` tells about the body
    kNotConnected,  // DNS, TCP, TLS or address check failed: nothing was sent
    kNotReleased,   // gated: the gate said no, or the connection broke before it was asked: not
                    // applied
    kLost,  // anything else after bytes went out: timeout, reset, "rewinding failed", garbage
    kRefusedByUs,  // policy: scheme, host without disclosure, forbidden address: nothing was sent
  };
  Transport transport = Transport::kLost;
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  bool body_complete = false;
  bool released =
      false;  // gated: the last byte was let go; an answer without it came before the gate
  std::string error = {};  // human, without secrets

  std::string header(std::string_view name) const;  // empty when absent
};

enum class GateDecision { kRelease, kWithhold };

struct EgressOptions {
  std::vector<std::string> allow = {};  // "127.0.0.1:2583"; operator only, shown on the health page
  std::string ca_file = "/etc/ssl/certs/ca-certificates.crt";
  Duration connect_timeout = seconds(10);
  // One host may be a whole network: a thousand accounts of Telegram publish through one.
  long connections_per_host = 1024;
  long connections = 1024;
  std::string user_agent = "Postmypost";
  const Clock* clock = nullptr;  // boot time for the gate; the system's without one
};

class EgressClient {
 public:
  // Called once, when all but the last byte is out. Answer it from any thread by calling `decide`
  // once.
  using AskGate = std::function<void(std::function<void(GateDecision)> decide)>;
  using Done = std::function<void(Answer)>;

  virtual ~EgressClient() = default;  // fails what is in flight

  virtual void start(const RecordedDisclosure& disclosure, OutgoingRequest request, Done done,
                     AskGate ask_gate = {}) = 0;

  // Waits for the answer; never for gated requests.
  Answer perform(const RecordedDisclosure& disclosure, OutgoingRequest request);
};

// Throws std::invalid_argument for an entry of `allow` that AllowList::parse (addresses.hpp)
// refuses.
std::unique_ptr<EgressClient> make_egress_client(EgressOptions options);

// A URL as the egress client understands it: host in lower case and punycode, IPv6 without
// brackets, the default port filled in, `path` with its query. Disclosures name exactly this host.
// No user info, no fragment, no numeric host but a canonical address. Errors: `url.malformed`,
// `url.scheme`, `url.userinfo`, `url.host`.
struct UrlParts {
  std::string scheme, host, path;
  unsigned short port = 0;
};
Result<UrlParts> parse_url(std::string_view url);

}  // namespace postmypost::http
