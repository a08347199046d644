// HTTP/1.1 as a server that keeps every rule of framing: nothing is a request before its last byte is there.
#pragma once

#include <boost/asio.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postmypost::netsim {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;

struct Request {
  std::string method, target;  // target with its query
  std::string head;            // the request line and the headers as they came
  std::string body;
  std::size_t length = 0;      // of the body, as announced
  int connection = 0;          // number of the connection it came on, from 1
  int turn = 0;                // its number on that connection, from 1

  std::string header(std::string_view name) const;  // empty when absent
  std::string path() const { return target.substr(0, target.find('?')); }
  std::string query(std::string_view name) const;   // of the target, percent-decoded
};

struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::size_t repeat = 1;  // the body is sent so many times, as one: 2 GB need no memory
  bool cut = false;        // the announced length is never reached
};

// One connection. Every operation throws boost::system::system_error when the other side is gone.
class Wire {
 public:
  Wire(tcp::socket socket, int number) : socket_(std::move(socket)), number_(number) {}

  awaitable<std::optional<Request>> read_head();  // nothing: the other side closed between requests
  awaitable<void> read_body(Request& request);
  awaitable<void> read_some_of_body(const Request& request);  // at least one byte of it, when it has any
  awaitable<void> send(const Answer& answer);
  awaitable<void> drip(const Answer& answer, std::chrono::milliseconds pause);    // a byte at a time
  awaitable<void> endless_headers(std::chrono::milliseconds pause);               // until the other side has enough
  awaitable<void> wait_for_end();                                                 // reads and drops until the other side closes
  void reset();                                                                   // RST instead of FIN
  void close();

 private:
  awaitable<void> write(std::string_view bytes);

  tcp::socket socket_;
  int number_, requests_ = 0;
  std::string buffer_;  // what came and was not taken yet
};

awaitable<void> sleep(std::chrono::milliseconds time);

}  // namespace postmypost::netsim
