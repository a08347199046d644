// postmypost-netsim: the networks as loopback servers, with an oracle and a fault script (docs/development.md, "The network simulator").
//
// Prints one line of JSON with the ports of the networks and of the control API, then serves until it is killed. Control:
//   POST /script    {"seed": 1, "rules": [...]}: see script.hpp
//   POST /rules     {"rules": [...]}: more of them; GET: those there are, with the times they still wait for
//   POST /latency   {"network": "telegram", "ms": 50}
//   POST /door      {"network": "telegram", "open": false}: connecting is refused
//   POST /revoke    {"network": "mastodon", "account": "...", "revoked": true}
//   POST /reset     forgets posts, bodies, sessions and the script; latency 0; doors open
//   GET  /oracle    {"telegram": {"posts": [...], "bodies": [...], "refused": [...]}, ..., "waiting": 0}
//   GET  /counters  {"telegram": {"connections", "requests", "posts"}, ...}: cheap
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "door.hpp"

namespace postmypost::netsim {
namespace {

namespace json = boost::json;
using simulation::Shape;

constexpr auto kShown = std::to_array<Shape>({Shape::kTelegram, Shape::kMastodon, Shape::kGoToSocial, Shape::kBluesky});

class Simulator {
 public:
  explicit Simulator(unsigned short control_port)
      : control_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), control_port)) {
    world_.keeps_trace = false;
    for (const Shape shape : kShown) {
      networks_.push_back(std::make_unique<Network>(world_, shape));
      doors_.push_back(std::make_unique<Door>(io_, *networks_.back(), script_, 0));
    }
  }

  void run() {
    json::object ports{{"control", control_.local_endpoint().port()}};
    for (const auto& door : doors_) ports[door->network().name()] = door->port();
    std::cout << json::serialize(ports) << std::endl;
    asio::co_spawn(io_, take_orders(), asio::detached);
    io_.run();
  }

 private:
  awaitable<void> take_orders() {
    for (;;) asio::co_spawn(io_, serve(co_await control_.async_accept(asio::use_awaitable)), asio::detached);
  }

  awaitable<void> serve(tcp::socket socket) {
    Wire wire(std::move(socket), 0);
    try {
      while (auto request = co_await wire.read_head()) {
        co_await wire.read_body(*request);
        const Answer answer = obey(*request);
        co_await wire.send(answer);
      }
    } catch (const boost::system::system_error&) {
      // The test went away.
    }
  }

  Answer obey(const Request& request) {
    Answer answer{.headers = {{"Content-Type", "application/json"}}};
    try {
      const json::value order = request.body.empty() ? json::object{} : json::parse(request.body);
      answer.body = json::serialize(obey(request.path(), order.as_object()));
    } catch (const std::exception& wrong) {
      answer.status = 400;
      answer.body = json::serialize(json::object{{"error", wrong.what()}});
    }
    return answer;
  }

  json::object obey(const std::string& path, const json::object& order) {
    if (path == "/oracle") return of_each(&Network::oracle);
    if (path == "/counters") return of_each(&Network::counters);
    if (path == "/requests") return of_each(&Network::requests);
    if (path == "/rules" && order.empty()) return {{"rules", script_.rules()}};
    if (path == "/rules") return script_.add(order), json::object{};
    if (path == "/script") return script_.set(order), json::object{};
    if (path == "/reset") return reset(), json::object{};
    Door& door = door_of(order);
    if (path == "/latency") return door.latency = std::chrono::milliseconds(order.at("ms").to_number<std::int64_t>()), json::object{};
    if (path == "/door") return door.open(order.at("open").as_bool()), json::object{};
    if (path != "/revoke") throw std::invalid_argument("no order " + path);
    door.network().revoke(std::string(order.at("account").as_string()), order.at("revoked").as_bool());
    return {};
  }

  json::object of_each(json::object (Network::*what)() const) const {
    json::object all{{"waiting", script_.waiting()}};
    for (const auto& network : networks_) all[network->name()] = (*network.*what)();
    return all;
  }

  void reset() {
    script_ = {};
    for (const auto& network : networks_) network->forget();
    for (const auto& door : doors_) {
      door->latency = {};
      door->open(true);
    }
  }

  Door& door_of(const json::object& order) {
    for (const auto& door : doors_) {
      if (door->network().name() == std::string_view(order.at("network").as_string())) return *door;
    }
    throw std::invalid_argument("no such network");
  }

  asio::io_context io_{1};
  simulation::World world_{1, SystemClock().now()};
  Script script_;
  std::vector<std::unique_ptr<Network>> networks_;
  std::vector<std::unique_ptr<Door>> doors_;
  tcp::acceptor control_;
};

}  // namespace
}  // namespace postmypost::netsim

int main(int count, char** arguments) {
  CLI::App app{"Social networks on this machine, for tests and benchmarks."};
  unsigned short port = 0;
  app.add_option("--control", port, "Port of the control API; 0: a free one")->capture_default_str();
  CLI11_PARSE(app, count, arguments);
  try {
    postmypost::netsim::Simulator(port).run();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "postmypost-netsim: %s\n", failure.what());
    return 1;
  }
}
