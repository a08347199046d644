// postmypost-bench-sink: a Telegram that is as fast as a loopback server can be and answers after a set latency.
//
// HTTP/1.1 with keep-alive on one thread. Prints its port, serves until its standard input ends.
//   POST /bot…/sendMessage   a post; its text begins with "bench NUMBER DUE" (DUE in microseconds, 0: none)
//   POST /latency/MS         answers posts that come from now on MS milliseconds after their last byte
//   POST /forget             forgets all posts
//   GET /count               {"posts"}: cheap
//   GET /report              {"posts","distinct","doubled","early","latest_us","p50_us","p99_us","first_us","last_us"}
// Lateness is the moment of a post's last byte minus its due; "early" counts what came before.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"

namespace {

using postmypost::Duration;
using postmypost::SystemClock;


std::int64_t number_at(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// What comes after `key`, or nothing.
std::string_view after(std::string_view text, std::string_view key) {
  const auto at = text.find(key);
  return at == text.npos ? std::string_view() : text.substr(at + key.size());
}

// The posts that came, told apart by their number.
class Posts {
 public:
  void take(std::string_view body, std::int64_t now_us) {
    const std::string_view words = after(body, "\"bench ");
    const auto number = static_cast<std::size_t>(number_at(words));
    if (number >= times_.size()) times_.resize(std::max(number + 1, times_.size() * 2));
    ++count_;
    if (++times_[number] == 1) ++distinct_;
    if (first_us_ == 0) first_us_ = now_us;
    last_us_ = now_us;
    const std::int64_t due = number_at(after(words, " "));
    if (due > 0) lateness_.push_back(now_us - due);
  }

  std::int64_t count() const { return count_; }

  std::string report() {
    std::ranges::sort(lateness_);
    const auto part = [&](double share) {
      return lateness_.empty() ? 0 : lateness_[static_cast<std::size_t>(share * static_cast<double>(lateness_.size() - 1))];
    };
    const auto early = std::ranges::lower_bound(lateness_, 0) - lateness_.begin();
    std::array<char, 512> out{};
    const int size = std::snprintf(
        out.data(), out.size(),
        R"({"posts":%lld,"distinct":%lld,"doubled":%lld,"early":%lld,"p50_us":%lld,"p99_us":%lld,"latest_us":%lld,"first_us":%lld,"last_us":%lld})",
        as_long(count_), as_long(distinct_), as_long(std::ranges::count_if(times_, [](int n) { return n > 1; })), as_long(early),
        as_long(part(0.5)), as_long(part(0.99)), as_long(part(1.0)), as_long(first_us_), as_long(last_us_));
    return {out.data(), static_cast<std::size_t>(size)};
  }

 private:
  static long long as_long(std::int64_t n) { return n; }

  std::vector<unsigned char> times_ = {};  // by number
  std::vector<std::int64_t> lateness_ = {};
  std::int64_t count_ = 0, distinct_ = 0, first_us_ = 0, last_us_ = 0;
};

class Sink {
 public:
  Sink() : poll_(epoll_create1(EPOLL_CLOEXEC)), timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 4096) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("the sink can't listen");
    }
    for (const int handle : {listener_, timer_, STDIN_FILENO}) watch(handle);
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
  }

  void serve() {
    std::array<epoll_event, 256> events{};
    for (;;) {
      const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const int handle = events[static_cast<std::size_t>(i)].data.fd;
        if (handle == STDIN_FILENO) return;
        if (handle == listener_) {
          accept();
        } else if (handle == timer_) {
          answer_what_is_due();
        } else {
          read(handle);
        }
      }
    }
  }

 private:
  struct Owed {
    std::int64_t at_us;  // of boot time
    int socket;
    std::uint64_t visit;  // a socket number is used again after its connection's end
    std::string text;
  };
  struct Guest {
    std::uint64_t visit = 0;
    std::string in = {};
  };

  void watch(int handle) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = handle}};
    epoll_ctl(poll_, EPOLL_CTL_ADD, handle, &event);
  }

  void accept() {
    for (;;) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket < 0) return;
      const int on = 1;
      ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      guests_[socket] = {.visit = ++visits_, .in = {}};
      watch(socket);
    }
  }

  void read(int socket) {
    std::array<char, 16384> buffer;
    const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (got <= 0) {
      guests_.erase(socket);
      ::close(socket);
      return;
    }
    Guest& guest = guests_[socket];
    guest.in.append(buffer.data(), static_cast<std::size_t>(got));
    while (take_request(socket, guest)) {
    }
  }

  bool take_request(int socket, Guest& guest) {
    const auto head_end = guest.in.find("\r\n\r\n");
    if (head_end == guest.in.npos) return false;
    const std::string_view head = std::string_view(guest.in).substr(0, head_end);
    const auto body_size = static_cast<std::size_t>(number_at(after(head, "Content-Length: ")));
    const std::size_t whole = head_end + 4 + body_size;
    if (guest.in.size() < whole) return false;
    respond(socket, guest, head.substr(0, head.find("\r\n")), std::string_view(guest.in).substr(head_end + 4, body_size));
    guest.in.erase(0, whole);
    return true;
  }

  void respond(int socket, const Guest& guest, std::string_view line, std::string_view body) {
    if (line.find("/sendMessage ") != line.npos) {
      posts_.take(body, clock_.now().us);
      const std::int64_t chat = number_at(after(body, "\"chat_id\":"));
      owe(socket, guest.visit, message(chat, ++last_message_[chat]));
    } else if (line.starts_with("GET /count ")) {
      send(socket, as_json("{\"posts\":" + std::to_string(posts_.count()) + "}"));
    } else if (line.starts_with("GET /report ")) {
      send(socket, as_json(posts_.report()));
    } else {
      if (line.starts_with("POST /forget ")) posts_ = {};
      if (line.starts_with("POST /latency/")) latency_us_ = number_at(line.substr(14)) * 1000;
      send(socket, as_json("{}"));
    }
  }

  static std::string message(std::int64_t chat, std::int64_t id) {
    return as_json("{\"ok\":true,\"result\":{\"message_id\":" + std::to_string(id) + ",\"date\":1800000000,\"chat\":{\"id\":" +
                   std::to_string(chat) + ",\"type\":\"channel\"}}}");
  }
  static std::string as_json(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }
  static void send(int socket, std::string_view text) { ::send(socket, text.data(), text.size(), MSG_NOSIGNAL); }

  void owe(int socket, std::uint64_t visit, std::string text) {
    if (latency_us_ == 0) return send(socket, text);
    owed_.push_back({clock_.since_boot().us + latency_us_, socket, visit, std::move(text)});
    if (owed_.size() == 1) set_timer();
  }

  void answer_what_is_due() {
    std::uint64_t times = 0;
    if (::read(timer_, &times, sizeof times) < 0) return;
    const std::int64_t now = clock_.since_boot().us;
    while (!owed_.empty() && owed_.front().at_us <= now) {
      const Owed owed = std::move(owed_.front());
      owed_.pop_front();
      const auto guest = guests_.find(owed.socket);
      if (guest != guests_.end() && guest->second.visit == owed.visit) send(owed.socket, owed.text);
    }
    if (!owed_.empty()) set_timer();
  }

  void set_timer() {
    const std::int64_t wait_us = std::max<std::int64_t>(1, owed_.front().at_us - clock_.since_boot().us);
    const itimerspec at{.it_interval = {}, .it_value = {.tv_sec = wait_us / 1'000'000, .tv_nsec = wait_us % 1'000'000 * 1000}};
    timerfd_settime(timer_, 0, &at, nullptr);
  }

  SystemClock clock_;
  int poll_, timer_, listener_ = -1;
  std::int64_t latency_us_ = 0;
  std::uint64_t visits_ = 0;
  std::unordered_map<int, Guest> guests_;
  std::unordered_map<std::int64_t, std::int64_t> last_message_;  // by chat
  std::deque<Owed> owed_;  // in order: the latency changes only while nothing is owed
  Posts posts_;
};

}  // namespace

int main() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  try {
    Sink().serve();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "postmypost-bench-sink: %s\n", failure.what());
    return 1;
  }
  return 0;
}
