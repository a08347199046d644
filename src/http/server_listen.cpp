#include "http/server_listen.hpp"

#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

namespace postmypost::http {
namespace {

constexpr int kBacklog = 512;

std::unexpected<Error> not_listening(int error, const std::string& address) {
  if (error == EADDRINUSE) {
    return fail(
        {.kind = ErrorKind::kConflict,
         .code = "listen.in_use",
         .detail = fmt::format("{} is already in use by another program.", address),
         .how_to_fix = "End that program, or choose another address with --listen HOST:PORT.",
         .params = {{"address", address}}});
  }
  return fail({.kind = ErrorKind::kUnavailable,
               .code = "listen.refused",
               .detail = fmt::format("Can't listen on {}: {}.", address, std::strerror(error)),
               .how_to_fix = "Choose another address with --listen HOST:PORT.",
               .params = {{"address", address}}});
}

// Closes the descriptor unless it was let go.
struct Socket {
  int fd;
  ~Socket() {
    if (fd >= 0) ::close(fd);
  }
  int release() { return std::exchange(fd, -1); }
};

std::optional<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return std::nullopt;
  path.copy(address.sun_path, path.size());
  return address;
}

bool somebody_answers(const sockaddr_un& address) {
  Socket probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (::connect(probe.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return true;
  return errno != ECONNREFUSED;  // a full backlog (EAGAIN) is somebody, too
}

}  // namespace

Result<Listening> listen_tcp(const std::string& host, unsigned short port) {
  const std::string address =
      fmt::format("{}:{}", host.find(':') == host.npos ? host : "[" + host + "]", port);
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    return not_listening(EADDRNOTAVAIL, address);
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  Socket socket{::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  const int on = 1;
  ::setsockopt(socket.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.fd, found->ai_addr, found->ai_addrlen) != 0 ||
      ::listen(socket.fd, kBacklog) != 0) {
    return not_listening(errno, address);
  }
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(socket.fd, reinterpret_cast<sockaddr*>(&bound), &size);
  const auto chosen = bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                                  : reinterpret_cast<sockaddr_in&>(bound).sin_port;
  return Listening{.fd = socket.release(), .port = ntohs(chosen)};
}

Result<Listening> listen_unix(const std::string& path) {
  const auto address = unix_address(path);
  if (!address) return not_listening(ENAMETOOLONG, path);
  struct stat facts{};
  if (::lstat(path.c_str(), &facts) == 0) {
    if (!S_ISSOCK(facts.st_mode)) return not_listening(EEXIST, path);
    if (somebody_answers(*address)) return not_listening(EADDRINUSE, path);
    ::unlink(path.c_str());
  }
  Socket socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  ::fchmod(socket.fd, 0600);  // Linux gives this mode to the name that bind makes
  if (::bind(socket.fd, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 ||
      ::chmod(path.c_str(), 0600) != 0 || ::listen(socket.fd, kBacklog) != 0) {
    return not_listening(errno, path);
  }
  return Listening{.fd = socket.release()};
}

}  // namespace postmypost::http
