// A network on its port: takes connections, answers with the set latency, and lets the script spoil it.
#pragma once

#include <memory>
#include <vector>

#include "network.hpp"
#include "script.hpp"

namespace postmypost::netsim {

class Door {
 public:
  // Port 0: any free one. Throws boost::system::system_error when the port is taken.
  Door(asio::io_context& io, Network& network, Script& script, unsigned short port);

  // Shut: connecting is refused and connections in use are reset. Opens on the same port.
  void open(bool is_open);
  unsigned short port() const { return endpoint_.port(); }
  Network& network() { return network_; }

  std::chrono::milliseconds latency{0};

 private:
  awaitable<void> take_connections(std::shared_ptr<tcp::acceptor> acceptor);
  awaitable<void> serve(std::shared_ptr<Wire> wire);
  // Whether the connection goes on.
  awaitable<bool> answer(Wire& wire, Request& request);
  awaitable<bool> spoil(Wire& wire, Request& request, const Fault& fault);
  awaitable<void> act_later(Request request, std::chrono::milliseconds late);

  asio::io_context& io_;
  Network& network_;
  Script& script_;
  tcp::endpoint endpoint_;
  std::shared_ptr<tcp::acceptor> acceptor_;
  std::vector<std::weak_ptr<Wire>> wires_;
};

}  // namespace postmypost::netsim
