// How a request becomes libcurl's options.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "http/ascii.hpp"
#include "http/egress_transfer.hpp"

namespace postmypost::http {
namespace {

bool is_ours(std::string_view header) {
  for (const std::string_view name :
       {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect"}) {
    if (equal_ignoring_case(header, name)) return true;
  }
  return false;
}

}  // namespace

curl_socket_t OpenSockets::open(const curl_sockaddr& address) {
  const curl_socket_t socket =
      ::socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
  if (socket != CURL_SOCKET_BAD) others_.push_back(socket);
  return socket;
}

void OpenSockets::close(curl_socket_t socket) {
  std::erase(others_, socket);
  std::erase_if(by_ports_, [&](const auto& known) { return known.second == socket; });
  ::close(socket);
}

curl_socket_t OpenSockets::find(int local_port, int remote_port) {
  const Ports wanted(local_port, remote_port);
  if (const auto known = by_ports_.find(wanted); known != by_ports_.end()) return known->second;
  for (const curl_socket_t socket : others_) {
    sockaddr_storage local{}, remote{};
    socklen_t local_size = sizeof local, remote_size = sizeof remote;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&local), &local_size) == 0 &&
        ::getpeername(socket, reinterpret_cast<sockaddr*>(&remote), &remote_size) == 0 &&
        port_of(reinterpret_cast<const sockaddr&>(local)) == local_port &&
        port_of(reinterpret_cast<const sockaddr&>(remote)) == remote_port) {
      by_ports_.emplace(wanted, socket);
      std::erase(others_, socket);
      return socket;
    }
  }
  return CURL_SOCKET_BAD;
}

void Transfer::refuse(std::string why) { refusal_ = std::move(why); }

bool Transfer::prepare() {
  auto url = parse_url(request_.url);
  if (!url) return refuse(url.error().detail), false;
  url_ = std::move(*url);
  if (!equal_ignoring_case(disclosed_host_, url_.host)) {
    return refuse("The disclosure names another host than the request."), false;
  }
  if (url_.scheme == "http" && !policy_.allow.allows_port(url_.port)) {
    return refuse("Plain http goes only to addresses that the operator allowed."), false;
  }
  if (url_.port < 1024 && url_.port != 80 && url_.port != 443 &&
      !policy_.allow.allows_port(url_.port)) {
    return refuse(fmt::format("Port {} is no port of a web server.", url_.port)), false;
  }
  if (request_.gated && !ask_gate_) return refuse("A gated request needs a gate."), false;
  auto body = BodyReader::open(std::move(request_.body));
  if (!body) return refuse(body.error().detail), false;
  body_ = std::move(*body);
  easy_.reset(curl_easy_init());
  if (!easy_ || !is_token(request_.method))
    return refuse("The request could not be prepared."), false;
  if (!add_headers()) return refuse("A header of the request can't be sent."), false;
  set_up_handle();
  set_up_method();
  if (asks_before_starting()) want_to_ask();
  return true;
}

bool Transfer::add_headers() {
  bool has_type = false;
  const auto append = [this](const std::string& line) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer) std::ignore = headers_.release(), headers_.reset(longer);
  };
  for (const auto& [name, value] : request_.headers) {
    if (!is_token(name) || !is_field_value(value) || is_ours(name)) return false;
    has_type = has_type || equal_ignoring_case(name, "Content-Type");
    append(value.empty() ? name + ";" : name + ": " + value);
  }
  append("Expect:");
  if (!has_type) append("Content-Type:");  // or libcurl claims that every POST is a form
  return true;
}

void Transfer::set_up_handle() {
  CURL* e = easy_.get();
  const EgressOptions& options = policy_.options;
  const std::string host =
      url_.host.find(':') == url_.host.npos ? url_.host : "[" + url_.host + "]";
  const std::string url = fmt::format("{}://{}:{}{}", url_.scheme, host, url_.port, url_.path);
  curl_easy_setopt(e, CURLOPT_PRIVATE, this);
  curl_easy_setopt(e, CURLOPT_URL, url.c_str());
  curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);  // a slow name server doesn't hold up our end
  curl_easy_setopt(e, CURLOPT_PROXY,
                   "");  // not from the environment: the address check would see the proxy
  curl_easy_setopt(e, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(e, CURLOPT_ERRORBUFFER, error_);
  curl_easy_setopt(e, CURLOPT_CAINFO, options.ca_file.c_str());
  // Debian compiles a CA path in; while one is set libcurl parses the whole bundle for every
  // connection.
  curl_easy_setopt(e, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(options.connect_timeout.us / 1000));
  curl_easy_setopt(e, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(std::max<std::int64_t>(1, request_.timeout.us / 1000)));
  if (!request_.gated) {  // a held gate would count as slow
    curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, 60L);
  }
  if (request_.gated) {
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, 1L);  // whole seconds: idle for less than 2 s
  } else {
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(e, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, 50L);
  }
  if (body_.size() == 0 && !repeatable()) curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);

  curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(
      e, CURLOPT_OPENSOCKETFUNCTION, +[](void* t, curlsocktype, curl_sockaddr* a) -> curl_socket_t {
        return static_cast<Transfer*>(t)->on_open_socket(*a);
      });
  // The connection may outlive this transfer, so its end is told to the client's list.
  curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, &shared_.sockets);
  curl_easy_setopt(
      e, CURLOPT_CLOSESOCKETFUNCTION, +[](void* s, curl_socket_t socket) -> int {
        static_cast<OpenSockets*>(s)->close(socket);
        return 0;
      });
  curl_easy_setopt(e, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(
      e, CURLOPT_PREREQFUNCTION, +[](void* t, char*, char*, int remote, int local) -> int {
        return static_cast<Transfer*>(t)->on_request(remote, local);
      });
  curl_easy_setopt(e, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(
      e, CURLOPT_HEADERFUNCTION, +[](char* p, std::size_t, std::size_t n, void* t) -> std::size_t {
        return static_cast<Transfer*>(t)->on_header({p, n});
      });
  curl_easy_setopt(e, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(
      e, CURLOPT_WRITEFUNCTION, +[](char* p, std::size_t, std::size_t n, void* t) -> std::size_t {
        return static_cast<Transfer*>(t)->on_body({p, n});
      });
}

void Transfer::set_up_method() {
  CURL* e = easy_.get();
  const std::string& method = request_.method;
  if (method == "HEAD") {
    curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
    return;
  }
  if (method == "GET" && body_.size() == 0) return;
  if (method != "POST") curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, method.c_str());
  if (body_.size() == 0 && method == "DELETE") return;
  curl_easy_setopt(e, CURLOPT_POST, 1L);
  curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
  if (body_.size() == 0) {
    curl_easy_setopt(e, CURLOPT_POSTFIELDS, "");
    return;
  }
  curl_easy_setopt(e, CURLOPT_READDATA, this);
  curl_easy_setopt(
      e, CURLOPT_READFUNCTION, +[](char* p, std::size_t s, std::size_t n, void* t) -> std::size_t {
        return static_cast<Transfer*>(t)->on_read(p, s * n);
      });
  curl_easy_setopt(e, CURLOPT_SEEKDATA, this);
  curl_easy_setopt(
      e, CURLOPT_SEEKFUNCTION, +[](void* t, curl_off_t offset, int origin) -> int {
        return static_cast<Transfer*>(t)->on_seek(offset, origin);
      });
}

}  // namespace postmypost::http
