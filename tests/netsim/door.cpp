#include "door.hpp"

#include <algorithm>

namespace postmypost::netsim {

Door::Door(asio::io_context& io, Network& network, Script& script, unsigned short port)
    : io_(io), network_(network), script_(script), endpoint_(asio::ip::address_v4::loopback(), port) {
  open(true);
  endpoint_ = acceptor_->local_endpoint();
  network_.base = "http://127.0.0.1:" + std::to_string(endpoint_.port());
}

void Door::open(bool is_open) {
  if (is_open == (acceptor_ != nullptr)) return;
  if (is_open) {
    acceptor_ = std::make_shared<tcp::acceptor>(io_, endpoint_);
    asio::co_spawn(io_, take_connections(acceptor_), asio::detached);
    return;
  }
  acceptor_->close();
  acceptor_.reset();
  for (const auto& weak : wires_) {
    if (const auto wire = weak.lock()) wire->reset();
  }
  wires_.clear();
}

awaitable<void> Door::take_connections(std::shared_ptr<tcp::acceptor> acceptor) {
  for (;;) {
    tcp::socket socket = co_await acceptor->async_accept(asio::use_awaitable);  // throws when the door is shut
    socket.set_option(tcp::no_delay(true));
    const auto wire = std::make_shared<Wire>(std::move(socket), ++network_.connections);
    std::erase_if(wires_, [](const auto& weak) { return weak.expired(); });
    wires_.push_back(wire);
    asio::co_spawn(io_, serve(wire), asio::detached);
  }
}

awaitable<void> Door::serve(std::shared_ptr<Wire> wire) {
  try {
    for (;;) {
      auto request = co_await wire->read_head();
      if (!request || !co_await answer(*wire, *request)) break;
    }
  } catch (const boost::system::system_error&) {
    // The other side is gone; what was acted upon stays.
  }
}

awaitable<bool> Door::answer(Wire& wire, Request& request) {
  if (const auto fault = script_.pick(network_.name(), request)) co_return co_await spoil(wire, request, *fault);
  co_await wire.read_body(request);
  network_.see(request);
  const Answer answer = network_.act(request);
  if (latency.count() > 0) co_await sleep(latency);
  co_await wire.send(answer);
  co_return true;
}

awaitable<bool> Door::spoil(Wire& wire, Request& request, const Fault& fault) {
  using Kind = Fault::Answer;
  if (fault.answer == Kind::kResetMidBody || fault.answer == Kind::kNeverRead) {
    if (fault.answer == Kind::kResetMidBody) {
      co_await wire.read_some_of_body(request);
    } else {
      co_await sleep(std::chrono::hours(1));
    }
    wire.reset();
    co_return false;
  }
  co_await wire.read_body(request);
  network_.see(request);
  Answer usual{.status = 500, .body = "{}"};
  if (fault.acts == Fault::Acts::kYes) usual = network_.act(request);
  if (fault.acts == Fault::Acts::kLate) asio::co_spawn(io_, act_later(request, latency + fault.late), asio::detached);
  if (latency.count() > 0) co_await sleep(latency);
  switch (fault.answer) {
    case Kind::kUsual: co_await wire.send(usual); co_return true;
    case Kind::kGiven: co_await wire.send(fault.given); co_return !fault.given.cut;
    case Kind::kForeign: co_await wire.send(network_.naming_another(usual)); co_return true;
    case Kind::kDrip: co_await wire.drip(usual, fault.pause); co_return true;
    case Kind::kEndlessHeaders: co_await wire.endless_headers(fault.pause); co_return false;
    case Kind::kHang: co_await wire.wait_for_end(); co_return false;
    case Kind::kClose: wire.close(); co_return false;
    default: wire.reset(); co_return false;
  }
}

awaitable<void> Door::act_later(Request request, std::chrono::milliseconds late) {
  co_await sleep(late);
  network_.act(request);
}

}  // namespace postmypost::netsim
