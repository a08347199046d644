#include "http_load.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "usage.hpp"

namespace postmypost::bench {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadSize = 64 << 10;

struct Wish {
  unsigned short port = 0;
  std::int64_t clients = 0, warm_up = 0, count = 0, status = 200;
  std::string method;
  std::vector<std::string> paths, bodies;
  std::string headers;  // as lines
};

Wish read_wish(const std::filesystem::path& file) {
  std::ifstream in(file);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const json::object from = json::parse(text).as_object();
  Wish wish;
  wish.port = from.at("port").to_number<unsigned short>();
  wish.clients = from.at("clients").as_int64();
  wish.warm_up = from.at("warm_up").as_int64();
  wish.count = from.at("count").as_int64();
  wish.status = from.at("status").as_int64();
  wish.method = from.at("method").as_string();
  for (const auto& path : from.at("paths").as_array()) wish.paths.emplace_back(path.as_string());
  for (const auto& body : from.at("bodies").as_array()) wish.bodies.emplace_back(body.as_string());
  for (const auto& [name, value] : from.at("headers").as_object()) {
    wish.headers += std::string(name) + ": " + std::string(value.as_string()) + "\r\n";
  }
  return wish;
}

std::string request_of(const Wish& wish, std::int64_t number) {
  const auto nth = static_cast<std::size_t>(number);
  std::string body = wish.bodies.empty() ? "" : wish.bodies[nth % wish.bodies.size()];
  const std::string digits = std::to_string(number);
  for (std::size_t at = body.find("{n}"); at != std::string::npos; at = body.find("{n}", at)) body.replace(at, 3, digits);
  std::string text = wish.method + " " + wish.paths[nth % wish.paths.size()] +
                     " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(wish.port) + "\r\n" + wish.headers;
  if (!body.empty()) text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + body;
}

// One kept connection and its request in flight.
class Connection {
 public:
  explicit Connection(unsigned short port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("nobody listens on port " + std::to_string(port));
    }
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~Connection() { ::close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return fd_; }
  double milliseconds() const { return std::chrono::duration<double, std::milli>(Clock::now() - sent_).count(); }

  void send(std::string_view bytes) {
    sent_ = Clock::now();
    answer_.clear();
    length_ = 0;
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) throw std::runtime_error("the server closed a connection");
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  // Reads what has come; the size of the answer once it is whole, else 0.
  std::size_t receive(std::int64_t status) {
    std::array<char, kReadSize> bytes;
    const ssize_t count = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (count <= 0) throw std::runtime_error("the server closed a connection");
    answer_.append(bytes.data(), static_cast<std::size_t>(count));
    if (length_ == 0) read_head(status);
    return length_ != 0 && answer_.size() >= length_ ? length_ : 0;
  }

 private:
  void read_head(std::int64_t status) {
    const std::size_t end = answer_.find("\r\n\r\n");
    if (end == std::string::npos) return;
    if (answer_.compare(9, 3, std::to_string(status)) != 0) throw std::runtime_error("an answer was: " + answer_);
    constexpr std::string_view kLength = "\r\nContent-Length: ";
    const std::size_t at = answer_.find(kLength);
    std::size_t body = 0;
    if (at < end) std::from_chars(answer_.data() + at + kLength.size(), answer_.data() + end, body);
    length_ = end + 4 + body;
  }

  int fd_;
  Clock::time_point sent_;
  std::string answer_;
  std::size_t length_ = 0;  // of the whole answer, once its head is there
};

// Runs requests FIRST to LAST and gives what each took.
std::vector<double> run(std::vector<std::unique_ptr<Connection>>& connections, const Wish& wish, std::int64_t first, std::int64_t last,
                        std::size_t& bytes) {
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<double> times;
  std::int64_t next = first, in_flight = 0;
  const auto begin_next = [&](Connection& connection) {
    if (next == last) return;
    connection.send(request_of(wish, next++));
    ++in_flight;
  };
  for (const auto& connection : connections) {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = connection.get()}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, connection->fd(), &event);
    begin_next(*connection);
  }
  std::array<epoll_event, 64> events{};
  while (in_flight > 0) {
    const int count = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Connection*>(events.at(static_cast<std::size_t>(i)).data.ptr);
      const std::size_t size = connection.receive(wish.status);
      if (size == 0) continue;
      bytes += size;
      times.push_back(connection.milliseconds());
      --in_flight;
      begin_next(connection);
    }
  }
  ::close(poll);
  return times;
}

}  // namespace

json::object waits(std::vector<double> milliseconds) {
  std::ranges::sort(milliseconds);
  const auto at = [&](std::size_t percent) { return milliseconds.at((milliseconds.size() - 1) * percent / 100); };
  return {{"p50_ms", at(50)}, {"p99_ms", at(99)}, {"worst_ms", milliseconds.back()}};
}

json::object http_load(const std::filesystem::path& file) {
  const Wish wish = read_wish(file);
  std::vector<std::unique_ptr<Connection>> connections;
  for (std::int64_t i = 0; i < wish.clients; ++i) connections.push_back(std::make_unique<Connection>(wish.port));
  std::size_t bytes = 0;
  run(connections, wish, 0, wish.warm_up, bytes);
  bytes = 0;
  const double cpu = thread_cpu_seconds();
  const auto begin = Clock::now();
  std::vector<double> times = run(connections, wish, wish.warm_up, wish.warm_up + wish.count, bytes);
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  const auto n = static_cast<double>(wish.count);
  json::object result = waits(std::move(times));
  result["requests"] = wish.count;
  result["seconds"] = seconds;
  result["per_second"] = n / seconds;
  result["cpu_us"] = (thread_cpu_seconds() - cpu) / n * 1e6;
  result["bytes"] = static_cast<double>(bytes) / n;
  return result;
}

}  // namespace postmypost::bench
