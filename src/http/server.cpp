#include "http/server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "base/log.hpp"
#include "http/server_listen.hpp"
#include "http/server_session.hpp"

namespace postmypost::http {
namespace {

constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> kNoThrow{};
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

std::string address_of(const asio::generic::stream_protocol::endpoint& endpoint) {
  const auto* address = reinterpret_cast<const sockaddr*>(endpoint.data());
  char text[INET6_ADDRSTRLEN] = "";
  if (address->sa_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text, sizeof text);
  } else if (address->sa_family == AF_INET6) {
    const in6_addr& v6 = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
      inet_ntop(AF_INET, &v6.s6_addr[12], text, sizeof text);
    } else {
      inet_ntop(AF_INET6, &v6, text, sizeof text);
    }
  } else {
    return "unix";
  }
  return text;
}

class AsioServer final : public Server {
 public:
  AsioServer(ServerOptions options, Handler handler, Random& random)
      : shared_(std::move(options), std::move(handler), random),
        work_(shared_.loop.get_executor()) {}

  ~AsioServer() override { stop(); }
  unsigned short port() const override { return port_; }

  Result<> listen() {
    const ServerOptions& options = shared_.options;
    if (!options.host.empty()) {
      TRY_ASSIGN(const Listening tcp, listen_tcp(options.host, options.port));
      port_ = tcp.port;
      accept_from(tcp.fd);
    }
    if (!options.unix_socket.empty()) {
      TRY_ASSIGN(const Listening local, listen_unix(options.unix_socket));
      owns_socket_file_ = true;
      accept_from(local.fd);
    }
    return {};
  }

  void start() {
    thread_ = std::thread([this] { shared_.loop.run(); });
  }

  void stop() override {
    const std::lock_guard only_one(stop_mutex_);
    if (!thread_.joinable()) return;
    asio::post(shared_.loop, [this] { stop_accepting(); });
    wait_for_connections(std::chrono::microseconds(shared_.options.grace.us));
    shared_.abandoned = true;
    asio::post(shared_.loop, [this] {
      for (Session* session : sessions_) session->close();
    });
    shared_.handlers.join();  // what a handler began, it ends
    wait_for_connections(std::chrono::hours(1));
    work_.reset();
    shared_.loop.stop();
    thread_.join();
  }

 private:
  void accept_from(int fd) {
    acceptors_.push_back(std::make_unique<Acceptor>(
        shared_.loop.get_executor(), asio::generic::stream_protocol(AF_UNSPEC, 0), fd));
    asio::co_spawn(shared_.loop.get_executor(), accept(*acceptors_.back()), asio::detached);
  }

  Task<void> accept(Acceptor& acceptor) {
    while (acceptor.is_open()) {
      StreamSocket socket(shared_.loop.get_executor());
      asio::generic::stream_protocol::endpoint peer;
      auto [error] = co_await acceptor.async_accept(socket, peer, kNoThrow);
      if (!acceptor.is_open()) co_return;
      if (error) {  // out of descriptors, mostly: let some connections end first
        Timer pause(shared_.loop.get_executor(), std::chrono::milliseconds(100));
        co_await pause.async_wait(kNoThrow);
        continue;
      }
      if (sessions_.size() >= shared_.options.connections) continue;
      const int on = 1;
      ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      asio::co_spawn(shared_.loop.get_executor(), converse(std::move(socket), address_of(peer)),
                     asio::detached);
    }
  }

  Task<void> converse(StreamSocket socket, std::string peer) {
    Session session(shared_, std::move(socket), std::move(peer));
    sessions_.insert(&session);
    {
      const std::lock_guard lock(live_mutex_);
      ++live_;
    }
    if (!sweeping_) asio::co_spawn(shared_.loop.get_executor(), sweep(), asio::detached);
    co_await session.run();
    sessions_.erase(&session);
    const std::lock_guard lock(live_mutex_);
    if (--live_ == 0) nobody_.notify_all();
  }

  // One timer for the deadlines of all connections; it rests while there is none.
  Task<void> sweep() {
    sweeping_ = true;
    const auto shortest = std::min(shared_.options.idle_timeout, shared_.options.request_timeout);
    const auto step = std::clamp<std::int64_t>(shortest.us / 4, 10'000, 1'000'000);
    Timer timer(shared_.loop.get_executor());
    while (!sessions_.empty()) {
      timer.expires_after(std::chrono::microseconds(step));
      co_await timer.async_wait(kNoThrow);
      const Moment now = std::chrono::steady_clock::now();
      for (Session* session : sessions_) {
        if (session->past_deadline(now)) session->close();
      }
    }
    sweeping_ = false;
  }

  void stop_accepting() {
    shared_.stopping = true;
    boost::system::error_code ignored;
    for (auto& acceptor : acceptors_) acceptor->close(ignored);
    if (owns_socket_file_) ::unlink(shared_.options.unix_socket.c_str());
    for (Session* session : sessions_) {
      if (session->between_requests()) session->close();
    }
  }

  void wait_for_connections(std::chrono::microseconds longest) {
    // A round trip first, so that connections accepted just before `stop` are counted.
    std::promise<void> passed;
    asio::post(shared_.loop, [&] { passed.set_value(); });
    passed.get_future().wait();
    std::unique_lock lock(live_mutex_);
    nobody_.wait_for(lock, longest, [this] { return live_ == 0; });
  }

  ServerShared shared_;
  asio::executor_work_guard<Executor> work_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::set<Session*> sessions_;  // loop's thread only
  bool sweeping_ = false;        // loop's thread only
  unsigned short port_ = 0;
  bool owns_socket_file_ = false;

  std::mutex live_mutex_;
  std::condition_variable nobody_;
  std::size_t live_ = 0;  // under live_mutex_

  std::mutex stop_mutex_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Server>> serve(ServerOptions options, Server::Handler handler,
                                      Random& random) {
  auto server = std::make_unique<AsioServer>(std::move(options), std::move(handler), random);
  TRY(server->listen());
  server->start();
  return server;
}

}  // namespace postmypost::http
