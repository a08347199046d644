#include "wire.hpp"

#include <fmt/format.h>

#include <charconv>

#include "http/ascii.hpp"

namespace postmypost::netsim {
namespace {

constexpr std::size_t kHeadLimit = 64 << 10;

int value_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  return (digit | 0x20) - 'a' + 10;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || i + 2 >= text.size()) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(value_of(text[i + 1]) * 16 + value_of(text[i + 2]));
    i += 2;
  }
  return out;
}

std::string head_of(const Answer& answer) {
  std::string head = fmt::format("HTTP/1.1 {} Simulated\r\n", answer.status);
  for (const auto& [name, value] : answer.headers) head += fmt::format("{}: {}\r\n", name, value);
  const std::size_t length = answer.body.size() * answer.repeat + (answer.cut ? 1 : 0);
  return head + fmt::format("Content-Length: {}\r\n\r\n", length);
}

}  // namespace

std::string Request::header(std::string_view name) const {
  for (std::size_t at = head.find("\r\n"); at != head.npos; at = head.find("\r\n", at + 2)) {
    const std::string_view line = std::string_view(head).substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    const std::size_t colon = line.find(':');
    if (colon == line.npos || !http::equal_ignoring_case(line.substr(0, colon), name)) continue;
    return std::string(line.substr(std::min(line.find_first_not_of(' ', colon + 1), line.size())));
  }
  return "";
}

std::string Request::query(std::string_view name) const {
  for (std::size_t at = target.find('?'); at != target.npos; at = target.find('&', at + 1)) {
    const std::string_view pair = std::string_view(target).substr(at + 1, target.find('&', at + 1) - at - 1);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) return decoded(pair.substr(name.size() + 1));
  }
  return "";
}

awaitable<std::optional<Request>> Wire::read_head() {
  boost::system::error_code error;
  const std::size_t size = co_await asio::async_read_until(socket_, asio::dynamic_buffer(buffer_, kHeadLimit), "\r\n\r\n",
                                                           asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return std::nullopt;
  Request request{.head = buffer_.substr(0, size), .connection = number_, .turn = ++requests_};
  buffer_.erase(0, size);
  const std::size_t method_end = request.head.find(' ');
  const std::size_t target_end = request.head.find(' ', method_end + 1);
  if (target_end == std::string::npos) co_return std::nullopt;
  request.method = request.head.substr(0, method_end);
  request.target = request.head.substr(method_end + 1, target_end - method_end - 1);
  const std::string length = request.header("Content-Length");
  std::from_chars(length.data(), length.data() + length.size(), request.length);
  co_return request;
}

awaitable<void> Wire::read_body(Request& request) {
  if (buffer_.size() < request.length) {
    co_await asio::async_read(socket_, asio::dynamic_buffer(buffer_),
                              asio::transfer_at_least(request.length - buffer_.size()), asio::use_awaitable);
  }
  request.body = buffer_.substr(0, request.length);
  buffer_.erase(0, request.length);
}

awaitable<void> Wire::read_some_of_body(const Request& request) {
  if (request.length == 0 || !buffer_.empty()) co_return;
  co_await asio::async_read(socket_, asio::dynamic_buffer(buffer_), asio::transfer_at_least(1), asio::use_awaitable);
}

awaitable<void> Wire::write(std::string_view bytes) {
  co_await asio::async_write(socket_, asio::buffer(bytes), asio::use_awaitable);
}

awaitable<void> Wire::send(const Answer& answer) {
  if (answer.repeat == 1) {
    const std::string whole = head_of(answer) + answer.body;
    co_await write(whole);
    co_return;
  }
  const std::string head = head_of(answer);
  co_await write(head);
  for (std::size_t i = 0; i < answer.repeat; ++i) co_await write(answer.body);
}

awaitable<void> Wire::drip(const Answer& answer, std::chrono::milliseconds pause) {
  const std::string whole = head_of(answer) + answer.body;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    co_await write(std::string_view(whole).substr(i, 1));
    co_await sleep(pause);
  }
}

awaitable<void> Wire::endless_headers(std::chrono::milliseconds pause) {
  co_await write("HTTP/1.1 200 Simulated\r\n");
  for (int i = 0;; ++i) {
    const std::string line = fmt::format("X-Header-{}: {}\r\n", i, std::string(100, 'x'));
    co_await write(line);
    if (pause.count() > 0) co_await sleep(pause);
  }
}

awaitable<void> Wire::wait_for_end() {
  for (;;) {
    buffer_.clear();
    co_await asio::async_read(socket_, asio::dynamic_buffer(buffer_), asio::transfer_at_least(1), asio::use_awaitable);
  }
}

void Wire::reset() {
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

void Wire::close() {
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

awaitable<void> sleep(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace postmypost::netsim
