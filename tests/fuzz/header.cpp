// Any bytes as the beginning of a request: the end of the header is found at the same place however the bytes arrive, and a header that
// passes our scan, Beast's parser and the check of its framing names one host and at most one length.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "demand.hpp"
#include "http/ascii.hpp"
#include "http/server_wire.hpp"
#include "http/target.hpp"

namespace postmypost::fuzz {
namespace {

using http::HeaderScan;
namespace beast = boost::beast;

// The whole text at once, and byte after byte as from a slow client.
HeaderScan scan(std::string_view text) {
  const HeaderScan whole = http::scan_header(text, 0);
  HeaderScan slow;
  for (std::size_t size = 1; size <= text.size() && slow.state == HeaderScan::State::kMore; ++size) {
    slow = http::scan_header(text.substr(0, size), size - 1);
  }
  demand(whole.state == slow.state && whole.size == slow.size, "pieces are scanned as the whole");
  return whole;
}

std::size_t count(const http::Headers& headers, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::count_if(headers.all(), [&](const auto& one) { return http::equal_ignoring_case(one.first, name); }));
}

void check(const http::Headers& headers, unsigned version) {
  for (const auto& [name, value] : headers.all()) {
    demand(http::is_token(name) && http::is_field_value(value), "a field stays in its line");
  }
  if (const auto refusal = http::check_framing(headers, version)) {
    demand(refusal->status >= 400 && refusal->status < 600 && !refusal->detail.empty(), "a refusal says why");
    return;
  }
  demand(count(headers, "Host") == 1 || (version == 10 && count(headers, "Host") == 0), "one host");
  demand(count(headers, "Content-Length") + count(headers, "Transfer-Encoding") <= 1, "one length");
  http::wants_close(headers, version);
  const std::string peer = http::forwarded_peer(headers, "127.0.0.1", {"127.0.0.1", "::1"});
  demand(std::ranges::all_of(peer, [](char c) { return http::hex_digit(c) >= 0 || c == '.' || c == ':'; }), "the client is an address");
}

}  // namespace
}  // namespace postmypost::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace postmypost;
  namespace beast = boost::beast;
  const std::string_view text = fuzz::text_of(data, size);
  const auto scanned = fuzz::scan(text);
  if (scanned.state != http::HeaderScan::State::kComplete || scanned.size > http::kHeaderLimit) return 0;
  beast::http::request_parser<beast::http::string_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(http::kHeaderLimit));
  beast::error_code error;
  const std::size_t used = parser.put(boost::asio::buffer(text.data(), scanned.size), error);
  if ((error && error != beast::http::error::need_more) || !parser.is_header_done() || used != scanned.size) return 0;
  http::Headers headers;
  for (const auto& field : parser.get()) headers.add(std::string(field.name_string()), std::string(field.value()));
  fuzz::check(headers, parser.get().version());
  return 0;
}
