#include "http/server_wire.hpp"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "base/zones.hpp"
#include "http/ascii.hpp"

namespace postmypost::http {
namespace {

bool is_address(const std::string& text) {
  in6_addr out{};
  return inet_pton(AF_INET, text.c_str(), &out) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &out) == 1;
}

bool is_host(std::string_view value) {
  return !value.empty() && value.size() <= 260 && std::ranges::all_of(value, [](char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
           std::string_view("-._:[]").contains(c);
  });
}

bool is_among(const std::vector<std::string>& addresses, const std::string& address) {
  return std::ranges::find(addresses, address) != addresses.end();
}

bool names_framing(std::string_view name) {
  for (const std::string_view own :
       {"Connection", "Content-Length", "Transfer-Encoding", "Date", "X-Request-Id"}) {
    if (equal_ignoring_case(name, own)) return true;
  }
  return false;
}

}  // namespace

HeaderScan scan_header(std::string_view data, std::size_t already_scanned) {
  for (std::size_t i = already_scanned == 0 ? 0 : already_scanned - 1; i < data.size(); ++i) {
    const auto c = static_cast<unsigned char>(data[i]);
    const bool last = i + 1 == data.size();
    if (c == '\r' && !last && data[i + 1] != '\n') return {HeaderScan::State::kBad};
    if (c == '\n') {
      if (i == 0 || data[i - 1] != '\r') return {HeaderScan::State::kBad};
      if (i >= 3 && data.substr(i - 3, 4) == "\r\n\r\n")
        return {HeaderScan::State::kComplete, i + 1};
      if (!last && (data[i + 1] == ' ' || data[i + 1] == '\t')) return {HeaderScan::State::kBad};
    } else if ((c < 0x20 && c != '\t' && c != '\r') || c == 0x7f) {
      return {HeaderScan::State::kBad};
    }
  }
  return {};
}

std::optional<Refusal> check_framing(const Headers& headers, unsigned version) {
  int hosts = 0, lengths = 0, encodings = 0;
  for (const auto& [name, value] : headers.all()) {
    if (equal_ignoring_case(name, "Host")) {
      ++hosts;
      if (!is_host(value))
        return Refusal{.code = "http.host", .detail = "The Host header is not a host."};
    } else if (equal_ignoring_case(name, "Content-Length")) {
      ++lengths;
      if (value.empty() || value.size() > 18 || !std::ranges::all_of(value, is_digit)) {
        return Refusal{.detail = "Content-Length is not a number."};
      }
    } else if (equal_ignoring_case(name, "Transfer-Encoding")) {
      ++encodings;
      if (!equal_ignoring_case(value, "chunked")) {
        return Refusal{501, "http.transfer_encoding",
                       "The only transfer encoding served here is chunked."};
      }
    }
  }
  if (hosts > 1)
    return Refusal{.code = "http.host", .detail = "There is more than one Host header."};
  if (hosts == 0 && version == 11)
    return Refusal{.code = "http.host", .detail = "The Host header is missing."};
  if (lengths + encodings > 1) {
    return Refusal{.detail = "The length of the body is given more than once."};
  }
  if (encodings != 0 && version != 11) {
    return Refusal{.detail = "Chunked bodies need HTTP/1.1."};
  }
  return std::nullopt;
}

bool wants_close(const Headers& headers, unsigned version) {
  if (version != 11) return true;
  for (const auto& [name, value] : headers.all()) {
    if (equal_ignoring_case(name, "Connection") &&
        lowered(value).find("close") != std::string::npos)
      return true;
  }
  return false;
}

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 423:
      return "Locked";
    case 425:
      return "Too Early";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

namespace {

std::string_view remedy(int status) {
  switch (status) {
    case 413: return "Send less, or in pieces where the address takes pieces.";
    case 416: return "Ask for bytes that the file has.";
    case 417: return "Send the request without an Expect header.";
    case 431: return "Send shorter or fewer headers.";
    case 500: return "Try again; tell the operator this request_id if it happens again.";
    case 501: return "Send the body with Content-Length, or chunked and nothing else.";
    case 505: return "Speak HTTP/1.1.";
    default: return "Mend the request as HTTP/1.1 (RFC 9112) asks and send it again.";
  }
}

}  // namespace

// Every text here is a literal of ours or a number, so nothing needs escaping.
Response problem(const Refusal& refusal, std::string_view request_id) {
  return Response::text(
      refusal.status, "application/problem+json",
      fmt::format(
          R"({{"type":"about:blank","title":"{}","status":{},"code":"{}","detail":"{}","how_to_fix":"{}","params":{{}},"request_id":"{}"}})",
          reason(refusal.status), refusal.status, refusal.code, refusal.detail, remedy(refusal.status), request_id));
}

std::string head_of(const Response& response, const HeadOptions& options) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason(response.status));
  for (const auto& [name, value] : response.headers.all()) {
    if (names_framing(name)) continue;
    head.append(name).append(": ").append(value).append("\r\n");
  }
  if (options.clock) head += "Date: " + to_http_date(options.clock->now()) + "\r\n";
  if (options.length) head += fmt::format("Content-Length: {}\r\n", *options.length);
  if (options.close) head += "Connection: close\r\n";
  head.append("X-Request-Id: ").append(options.request_id).append("\r\n\r\n");
  return head;
}

void check_fields(const Headers& headers) {
  for (const auto& [name, value] : headers.all()) {
    if (!is_token(name) || !is_field_value(value))
      throw std::logic_error("a header breaks out of its line");
  }
}

std::string forwarded_peer(const Headers& headers, std::string peer,
                           const std::vector<std::string>& trusted) {
  if (!is_among(trusted, peer)) return peer;
  std::vector<std::string> hops;
  for (const auto& [name, value] : headers.all()) {
    if (!equal_ignoring_case(name, "X-Forwarded-For")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const std::string_view hop = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(hop.size() + 1, rest.size()));
      hops.emplace_back(trimmed(hop));
    }
  }
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    if (!is_address(*hop)) break;
    peer = *hop;
    if (!is_among(trusted, peer)) break;
  }
  return peer;
}

}  // namespace postmypost::http
