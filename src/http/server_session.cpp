#include "http/server_session.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/none.hpp>
#include <exception>
#include <stdexcept>

#include "base/log.hpp"
#include "http/ascii.hpp"
#include "http/target.hpp"

namespace postmypost::http {
namespace {

namespace beast = boost::beast;

constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> kNoThrow{};
constexpr std::size_t kReadSize = 64 << 10;
constexpr std::size_t kFirstReadSize = 4 << 10;
constexpr std::size_t kBytesPerSecond = 16 << 10;
constexpr std::size_t kDefaultBodyLimit = 1 << 20;
constexpr std::size_t kLingerBytes = 8 << 20;
constexpr int kRequestIdBytes = 12;
constexpr std::chrono::milliseconds kFeedPoll{200};
constexpr std::chrono::seconds kQuietFeed{15};
constexpr std::size_t kTargetShown = 2000;

// Whom a refusal is for, before anything is parsed: what stands between the first two blanks.
std::string target_in(std::string_view header) {
  const std::string_view line = header.substr(0, header.find("\r\n"));
  const std::size_t begin = line.find(' ');
  if (begin == line.npos) return {};
  const std::string_view rest = line.substr(begin + 1);
  return std::string(rest.substr(0, std::min(rest.find(' '), kTargetShown)));
}

}  // namespace

struct Session::Reading {
  beast::http::request_parser<beast::http::string_body> parser;
  Request request = {};
  std::optional<Refusal> refusal = {};
  bool close = false;
  std::size_t header_size = 0;
  std::size_t body_limit = 0;
};

void Session::allow(Duration base) {
  deadline_ = std::chrono::steady_clock::now() + std::chrono::microseconds(base.us);
}

void Session::earn(std::size_t bytes) {
  deadline_ += std::chrono::microseconds(bytes * 1'000'000 / kBytesPerSecond);
}

void Session::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

Task<void> Session::run() {
  try {
    while (co_await serve_one()) {
    }
  } catch (const std::exception& e) {
    log::error("http.connection_failed", {{"what", e.what()}});
  }
  boost::system::error_code ignored;
  socket_.shutdown(StreamSocket::shutdown_send, ignored);
}

// False when the connection is over.
Task<bool> Session::serve_one() {
  allow(shared_.options.idle_timeout);
  if (buffer_.empty()) {
    std::string().swap(buffer_);
    auto [error] = co_await socket_.async_wait(StreamSocket::wait_read, kNoThrow);
    if (error) co_return false;
  }
  between_requests_ = false;
  allow(shared_.options.request_timeout);
  Reading reading;
  reading.request.id = shared_.random.token(kRequestIdBytes);
  if (!co_await read_header(reading) || (!reading.refusal && !co_await read_body(reading)))
    co_return false;
  if (reading.refusal) {
    co_await refuse(*reading.refusal, reading.request);
    co_return false;
  }
  deadline_ = Moment::max();  // a handler takes the time it needs
  const Outgoing outgoing = co_await answered(reading.request);
  const bool close = reading.close || shared_.stopping;
  if (!co_await write(outgoing, reading.request, close) || close) co_return false;
  between_requests_ = true;
  co_return true;
}

Task<bool> Session::fill(std::size_t size) {
  const std::size_t before = buffer_.size();
  buffer_.resize(before + size);
  auto [error, count] =
      co_await socket_.async_read_some(asio::buffer(buffer_.data() + before, size), kNoThrow);
  buffer_.resize(before + count);
  co_return !error && count > 0;
}

// False when the client went away; a header that is refused is in `reading.refusal`.
Task<bool> Session::read_header(Reading& reading) {
  HeaderScan scan = scan_header(buffer_, 0);
  while (scan.state == HeaderScan::State::kMore && buffer_.size() <= kHeaderLimit) {
    const std::size_t scanned = buffer_.size();
    if (!co_await fill(kFirstReadSize)) co_return false;
    scan = scan_header(buffer_, scanned);
  }
  if (scan.state == HeaderScan::State::kBad) {
    reading.request.target = target_in(buffer_);
    reading.refusal = {.detail = "The header is not well-formed HTTP/1.1."};
  } else if (scan.state == HeaderScan::State::kMore || scan.size > kHeaderLimit) {
    reading.request.target = target_in(buffer_);
    reading.refusal = {431, "http.header_too_large",
                       fmt::format("The header is over {} bytes.", kHeaderLimit)};
  } else {
    reading.header_size = scan.size;
    reading.refusal = take_header(reading);
  }
  co_return true;
}

std::optional<Refusal> Session::take_header(Reading& reading) {
  auto& parser = reading.parser;
  parser.header_limit(static_cast<std::uint32_t>(kHeaderLimit));
  parser.body_limit(boost::none);  // known once the path is
  reading.request.target = target_in(buffer_);
  beast::error_code error;
  const std::size_t used = parser.put(asio::buffer(buffer_.data(), reading.header_size), error);
  const Refusal other_version{505, "http.version", "This server speaks HTTP/1.1."};
  if (error == beast::http::error::bad_version) return other_version;
  if ((error && error != beast::http::error::need_more) || !parser.is_header_done() ||
      used != reading.header_size) {
    return Refusal{.detail = "The header is not well-formed HTTP/1.1."};
  }
  buffer_.erase(0, used);
  Request& request = reading.request;
  for (const auto& field : parser.get()) {
    request.headers.add(std::string(field.name_string()), std::string(field.value()));
  }
  const unsigned version = parser.get().version();
  if (version != 11 && version != 10) return other_version;
  if (auto refusal = check_framing(request.headers, version)) return refusal;
  reading.close = wants_close(request.headers, version);
  request.method = parser.get().method_string();
  request.target = parser.get().target();
  auto target = parse_target(request.target);
  if (!target) return Refusal{400, "http.target", target.error().detail};
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  request.peer = forwarded_peer(request.headers, peer_, shared_.options.trusted_proxies);

  const auto& limit_of = shared_.options.body_limit;
  reading.body_limit = limit_of ? limit_of(request.method, request.path) : kDefaultBodyLimit;
  const auto expectation = request.headers.get("Expect");
  if (expectation && !equal_ignoring_case(*expectation, "100-continue")) {
    return Refusal{417, "http.expectation", "The only expectation served here is 100-continue."};
  }
  if (parser.content_length().value_or(0) > reading.body_limit) {
    return Refusal{
        413, "http.body_too_large",
        fmt::format("The body is over the {} bytes that this address takes.", reading.body_limit)};
  }
  parser.body_limit(reading.body_limit);
  return std::nullopt;
}

Task<bool> Session::read_body(Reading& reading) {
  auto& parser = reading.parser;
  parser.eager(true);
  if (!parser.is_done() && buffer_.empty() && reading.request.headers.get("Expect") &&
      !co_await write_all("HTTP/1.1 100 Continue\r\n\r\n")) {
    co_return false;
  }
  while (!parser.is_done()) {
    beast::error_code error = beast::http::error::need_more;
    if (!buffer_.empty()) {
      const std::size_t used = parser.put(asio::buffer(buffer_.data(), buffer_.size()), error);
      buffer_.erase(0, used);
    }
    if (parser.is_done()) break;
    if (error == beast::http::error::body_limit) {
      reading.refusal = {413, "http.body_too_large",
                         fmt::format("The body is over the {} bytes that this address takes.",
                                     reading.body_limit)};
      co_return true;
    }
    if ((error && error != beast::http::error::need_more) ||
        buffer_.size() > kHeaderLimit + kReadSize) {
      reading.refusal = {.detail = "The body is not well-formed HTTP/1.1."};
      co_return true;
    }
    const std::size_t before = buffer_.size();
    if (!co_await fill(kReadSize)) co_return false;
    earn(buffer_.size() - before);
  }
  reading.request.body = std::move(parser.get().body());
  co_return true;
}

Task<void> Session::on_handler_thread(std::function<void()> work) {
  asio::use_awaitable_t<Executor> token;
  co_await asio::async_initiate<asio::use_awaitable_t<Executor>, void()>(
      [this](auto resume, std::function<void()> job) {
        asio::post(shared_.handlers,
                   [this, resume = std::move(resume), job = std::move(job)]() mutable {
                     job();
                     asio::post(shared_.loop, std::move(resume));
                   });
      },
      token, std::move(work));
}

Task<Outgoing> Session::answered(const Request& request) {
  Outgoing outgoing;
  co_await on_handler_thread([&] {
    std::string what = "unknown exception";
    try {
      if (shared_.abandoned) throw std::runtime_error("the server stops");
      outgoing = prepare(request, shared_.handler(request));
      return;
    } catch (const std::exception& e) {
      what = e.what();
    } catch (...) {
    }
    log::error("http.handler_failed", {{"request_id", request.id}, {"what", what}});
    const Refusal broken{500, "server.failed", "Something broke on our side; it was logged."};
    outgoing = prepare(request, refusal_for(broken, request));
  });
  co_return outgoing;
}

Task<bool> Session::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    auto [error, count] =
        co_await socket_.async_write_some(asio::buffer(bytes.data(), bytes.size()), kNoThrow);
    if (error) co_return false;
    earn(count);
    bytes.remove_prefix(count);
  }
  co_return true;
}

// A client that went away is noticed by what is written to it, so something is now and then.
Task<void> Session::write_feed(Feed& feed, std::string head) {
  if (!co_await write_all(head)) co_return;
  Timer timer(socket_.get_executor());
  Moment last = std::chrono::steady_clock::now();
  while (!shared_.stopping) {
    std::optional<std::string> text = feed.next();
    if (!text) co_return;
    const Moment now = std::chrono::steady_clock::now();
    if (text->empty() && now - last > kQuietFeed) *text = ":\n\n";
    if (!text->empty()) {
      last = now;
      allow(shared_.options.request_timeout);
      if (!co_await write_all(*text)) co_return;
    }
    deadline_ = Moment::max();
    timer.expires_after(kFeedPoll);
    auto [error] = co_await timer.async_wait(kNoThrow);
    if (error || !socket_.is_open()) co_return;
  }
}

Task<bool> Session::write(const Outgoing& outgoing, const Request& request, bool close) {
  allow(shared_.options.request_timeout);
  const int status = outgoing.response.status;
  const bool bodiless = status == 204 || status == 304 || status < 200;
  Feed* feed = bodiless || request.method == "HEAD" ? nullptr : outgoing.response.feed.get();
  if (feed) close = true;  // the end of the connection is the end of the body (RFC 9112, 6.3)
  const HeadOptions options{.request_id = request.id,
                            .length = bodiless || feed ? std::nullopt : std::optional(outgoing.length),
                            .close = close,
                            .clock = shared_.options.clock};
  std::string head = head_of(outgoing.response, options);
  if (bodiless || request.method == "HEAD") co_return co_await write_all(head);
  if (feed) {
    co_await write_feed(*feed, std::move(head));
    co_return false;
  }
  if (!outgoing.file && !outgoing.response.source) {
    if (outgoing.length <= kReadSize) {
      head += outgoing.response.body;  // one segment for small answers
      co_return co_await write_all(head);
    }
    co_return co_await write_all(head) && co_await write_all(outgoing.response.body);
  }
  if (!co_await write_all(head)) co_return false;
  std::string chunk;
  for (std::size_t sent = 0; sent < outgoing.length; sent += chunk.size()) {
    const std::size_t size = std::min(kReadSize, outgoing.length - sent);
    co_await on_handler_thread([&] { chunk = next_chunk(outgoing, sent, size); });
    if (chunk.empty() || !co_await write_all(chunk)) co_return false;
  }
  co_return true;
}

Response Session::refusal_for(const Refusal& refusal, const Request& request) const {
  if (shared_.options.own_refusal) {
    const OwnRefusal own{.status = refusal.status,
                         .code = refusal.code,
                         .detail = refusal.detail,
                         .request_id = request.id};
    if (auto response = shared_.options.own_refusal(request.target, own)) return std::move(*response);
  }
  return problem(refusal, request.id);
}

// Answers and then reads on for a moment: closing with unread bytes would reset the connection, and
// the client would lose the answer that says why.
Task<void> Session::refuse(const Refusal& refusal, const Request& request) {
  const Outgoing outgoing = prepare(request, refusal_for(refusal, request));
  if (!co_await write(outgoing, request, true)) co_return;
  boost::system::error_code ignored;
  socket_.shutdown(StreamSocket::shutdown_send, ignored);
  allow(seconds(2));
  for (std::size_t read = 0; read < kLingerBytes; read += buffer_.size()) {
    buffer_.clear();
    if (!co_await fill(kReadSize)) co_return;
  }
}

}  // namespace postmypost::http
