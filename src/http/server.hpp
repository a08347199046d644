// The HTTP/1.1 server: an Asio loop around Beast's parser, handlers on a pool of threads.
//
// The loop reads a whole request (limits below), hands it to `handle` on a pool thread and writes
// the answer. Handlers are plain blocking functions; an exception from one becomes a 500 with a
// request id and one log line. Refused before any handler, with an RFC 9457 problem: both length
// headers, duplicate Host or lengths, bare LF, folded lines, no Host, header over 16 KiB, body over
// `body_limit(method, path)`, targets that are not a clean path (target.hpp). Each answer carries
// X-Request-Id. HEAD runs the handler and drops the body; an ETag in a 200 answers If-None-Match by
// itself. Header and body must arrive within `request_timeout` plus a second per 16 KiB;
// connections past their deadline are closed.
// `stop` ends listening at once, lets running requests finish up to `grace`, then closes.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "http/message.hpp"

namespace postmypost::http {

struct OwnRefusal {
  int status = 400;
  std::string_view code, detail, request_id;
};

struct ServerOptions {
  std::string host = "127.0.0.1";
  unsigned short port = 8080;    // 0 picks a free one
  std::string unix_socket = {};  // also (or only, with an empty host) listen on this 0600 socket
  std::size_t threads = 6;       // of handlers
  // Called on the loop's thread with the decoded path: a quick look-up. Without one the limit is 1
  // MiB.
  std::function<std::size_t(std::string_view method, std::string_view path)> body_limit = {};
  // How a refusal of the server's own looks, when an address has a shape of its own for errors; nothing: RFC 9457. `target` is as sent,
  // cut at 2,000 bytes, and empty when the request line could not be read. Called on any thread: a quick decision.
  std::function<std::optional<Response>(std::string_view target, const OwnRefusal& refusal)> own_refusal = {};
  std::vector<std::string> trusted_proxies = {};  // addresses whose X-Forwarded-For counts
  Duration idle_timeout = seconds(30);
  Duration request_timeout = seconds(60);
  Duration grace = seconds(10);
  std::size_t connections = 2048;  // more are closed as they come
  const Clock* clock = nullptr;    // for the Date header; none without it
};

class Server {
 public:
  using Handler = std::function<Response(const Request&)>;
  virtual ~Server() = default;  // stops
  virtual unsigned short port() const = 0;
  virtual void stop() = 0;  // blocks until done; callable from any thread but a handler's
};

// Listens before it returns. Errors: `listen.in_use` (names the address), `listen.refused`.
Result<std::unique_ptr<Server>> serve(ServerOptions options, Server::Handler handler,
                                      Random& random);

}  // namespace postmypost::http
