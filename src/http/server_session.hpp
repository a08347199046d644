// One connection: reads a request, has it answered on a handler thread, writes the answer, and
// again.
//
// All of it runs on the loop's one thread; only `Handlers::run` leaves it. Between two requests a
// connection holds no buffer, only its coroutine frame.
#pragma once

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"
#include "http/server.hpp"
#include "http/server_file.hpp"
#include "http/server_wire.hpp"

namespace postmypost::http {

namespace asio = boost::asio;

// Named executors instead of any_io_executor: half the compile time, no virtual call per operation.
using Executor = asio::io_context::executor_type;
template <class T>
using Task = asio::awaitable<T, Executor>;
using StreamSocket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
using Moment = std::chrono::steady_clock::time_point;

// What the connections of one server share.
struct ServerShared {
  ServerOptions options;
  Server::Handler handler;
  Random& random;  // used on the loop's thread only
  asio::io_context loop{1};
  asio::thread_pool handlers;
  std::atomic<bool> abandoned =
      false;  // grace is over: what still waits for a handler thread is not begun
  bool stopping =
      false;  // no new requests; the answers under way are the last of their connections

  ServerShared(ServerOptions o, Server::Handler h, Random& r)
      : options(std::move(o)), handler(std::move(h)), random(r), handlers(options.threads) {}
};

class Session {
 public:
  Session(ServerShared& shared, StreamSocket socket, std::string peer)
      : shared_(shared), socket_(std::move(socket)), peer_(std::move(peer)) {}

  Task<void> run();
  void close();  // whatever is awaited ends with an error
  bool between_requests() const { return between_requests_; }
  bool past_deadline(Moment now) const { return now > deadline_; }

 private:
  struct Reading;  // the parser and what it found

  Task<bool> serve_one();
  Task<bool> read_header(Reading& reading);
  Task<bool> read_body(Reading& reading);
  std::optional<Refusal> take_header(Reading& reading);
  Task<bool> fill(std::size_t size);
  Task<Outgoing> answered(const Request& request);
  Task<bool> write(const Outgoing& outgoing, const Request& request, bool close);
  Task<bool> write_all(std::string_view bytes);
  Task<void> write_feed(Feed& feed, std::string head);
  Response refusal_for(const Refusal& refusal, const Request& request) const;
  Task<void> refuse(const Refusal& refusal, const Request& request);
  Task<void> on_handler_thread(std::function<void()> work);
  void allow(Duration base);     // sets the deadline `base` from now
  void earn(std::size_t bytes);  // moves it on for bytes that came through

  ServerShared& shared_;
  StreamSocket socket_;
  std::string peer_;
  std::string buffer_ = {};  // read and not yet parsed
  Moment deadline_ = Moment::max();
  bool between_requests_ = true;
};

}  // namespace postmypost::http
