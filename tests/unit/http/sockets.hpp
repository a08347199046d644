// Raw sockets on the loopback for tests: what goes over them is written out byte for byte.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace postmypost::http::test {

class Wire {
 public:
  explicit Wire(int fd) : fd_(fd) {}
  Wire(Wire&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Wire& operator=(Wire&&) = delete;
  ~Wire() { close(); }

  static Wire to_port(unsigned short port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    Wire wire(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(wire.fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("no connection");
    }
    return wire;
  }
  static Wire to_socket(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    Wire wire(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(wire.fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("no connection");
    }
    return wire;
  }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // Reads until `enough` says so, the other side ends, or nothing came for `patience_ms`.
  template <class Enough>
  std::string read_until(Enough enough, int patience_ms = 10'000) {
    while (!enough(received_)) {
      pollfd waiting{fd_, POLLIN, 0};
      if (::poll(&waiting, 1, patience_ms) <= 0) break;
      char chunk[65536];
      const ssize_t got = ::recv(fd_, chunk, sizeof chunk, 0);
      if (got <= 0) {
        ended_ = true;
        break;
      }
      received_.append(chunk, static_cast<std::size_t>(got));
    }
    return received_;
  }
  std::string read_all() {
    return read_until([](const std::string&) { return false; });
  }
  std::string read_to(std::string_view mark) {
    return read_until([&](const std::string& text) { return text.find(mark) != text.npos; });
  }
  std::string read_bytes(std::size_t count) {
    return read_until([&](const std::string& text) { return text.size() >= count; });
  }
  // One whole answer with Content-Length; what follows stays.
  std::string read_answer() {
    std::size_t size = 0;
    read_until([&](const std::string& text) {
      const std::size_t end = text.find("\r\n\r\n");
      if (end == text.npos) return false;
      size = end + 4;
      const std::size_t at = text.find("Content-Length: ");
      if (at != text.npos && at < end) size += std::stoul(text.substr(at + 16));
      return text.size() >= size;
    });
    const std::string answer = received_.substr(0, size);
    received_.erase(0, answer.size());
    return answer;
  }
  void forget() { received_.clear(); }
  int fd() const { return fd_; }
  bool ended() const { return ended_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  // Ends with a reset instead of an orderly close.
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }
  void end_sending() { ::shutdown(fd_, SHUT_WR); }

 private:
  int fd_;
  std::string received_ = {};
  bool ended_ = false;
};

// A server whose every byte is written by the test.
class Listener {
 public:
  Listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd_, 16) != 0 ||
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("can't listen");
    }
    port_ = ntohs(address.sin_port);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { ::close(fd_); }

  unsigned short port() const { return port_; }
  Wire accept() {
    if (!somebody_comes(10'000)) throw std::runtime_error("nobody came");
    return Wire(::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC));
  }
  bool somebody_comes(int patience_ms) {
    pollfd waiting{fd_, POLLIN, 0};
    return ::poll(&waiting, 1, patience_ms) > 0;
  }

  // libcurl opens a connection for a second try before it is told that there is none: a knock, but
  // no byte.
  bool hears_nothing(int patience_ms) {
    return !somebody_comes(patience_ms) || accept().read_all().empty();
  }

 private:
  int fd_;
  unsigned short port_ = 0;
};

inline int status_of(std::string_view answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(std::string(answer.substr(9, 3))) : 0;
}
inline std::string body_of(const std::string& answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == answer.npos ? "" : answer.substr(end + 4);
}

}  // namespace postmypost::http::test
