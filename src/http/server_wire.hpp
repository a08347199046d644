// The texts of HTTP/1.1 as the server reads and writes them, without sockets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "http/message.hpp"

namespace postmypost::http {

inline constexpr std::size_t kHeaderLimit = 16 << 10;

// An answer that the server gives by itself; becomes a problem document.
struct Refusal {
  int status = 400;
  std::string_view code = "http.malformed";  // always a literal
  std::string detail = {};
};

// Looks for the end of a header block in what has arrived so far, more strictly than Beast does:
// every line ends in CR LF, no line begins with a blank (obs-fold), no control characters.
struct HeaderScan {
  enum class State { kMore, kComplete, kBad } state = State::kMore;
  std::size_t size = 0;  // of the block with its empty line, when complete
};
HeaderScan scan_header(std::string_view data, std::size_t already_scanned);

// What the fields say about framing: exactly one Host in 1.1, at most one length and it a plain
// number, chunked alone and without a length (RFC 9112 section 6, the smuggling rules). `version`
// is 10 or 11.
std::optional<Refusal> check_framing(const Headers& headers, unsigned version);

bool wants_close(const Headers& headers, unsigned version);

std::string_view reason(int status);
Response problem(const Refusal& refusal, std::string_view request_id);

struct HeadOptions {
  std::string_view request_id;
  std::optional<std::size_t> length;  // Content-Length; none for 204, 304 and 1xx
  bool close = false;
  const Clock* clock = nullptr;
};
// Status line and fields. Fields that frame the message are the server's own and skipped in
// `response`.
std::string head_of(const Response& response, const HeadOptions& options);

// A name or value that would break out of its line is an invariant broken by a handler: throws
// std::logic_error.
void check_fields(const Headers& headers);

// The client behind trusted proxies: the last address of X-Forwarded-For that is not one of them.
std::string forwarded_peer(const Headers& headers, std::string peer,
                           const std::vector<std::string>& trusted);

}  // namespace postmypost::http
