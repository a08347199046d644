// The networks of the simulated world: real API shapes and one network per idempotency class, behind one oracle.
//
// A server acts on a request only when it has all of its bytes. The oracle is what an outsider would see: every accepted post,
// in order, with the true time.
#pragma once

#include <boost/json.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/egress.hpp"
#include "networks/network.hpp"
#include "world.hpp"

namespace postmypost::simulation {

struct Post {
  std::string account;  // the server's own name of it
  std::string text;
  std::string id;
  Instant at;
};

// How a server treats requests: its connector's class as the world outside sees it.
enum class Shape {
  kMastodon,      // class I: an Idempotency-Key honoured for an hour
  kGoToSocial,    // class V: the same API, keys ignored, own posts listed
  kBluesky,       // class II: the client chooses the record's key; sessions expire, refresh tokens serve once
  kTelegram,      // class VI: nothing to look with; every second account has a service chat to forward into
  kTwoPhase,      // class III: an invisible container, then one publish step, its state readable
  kRefusesSame,   // class IV: refuses the same text soon after
};
inline constexpr auto kShapes = std::to_array<Shape>({Shape::kMastodon, Shape::kGoToSocial, Shape::kBluesky, Shape::kTelegram,
                                                      Shape::kTwoPhase, Shape::kRefusesSame});
std::string_view to_string(Shape shape);

class Server {
 public:
  Server(World& world, Shape shape, int number) : shape(shape), host("n" + std::to_string(number) + ".example"), world_(world) {}
  virtual ~Server() = default;

  // All bytes are there: acts and answers.
  virtual http::Answer handle(const http::OutgoingRequest& request, const std::string& body) = 0;
  // The account as `connect` would have stored it.
  virtual networks::Account account(int number) = 0;
  virtual std::string channel() const = 0;
  // The session or the token of an account ends from outside; `restore` is what the person does about it.
  virtual void revoke(const std::string& account) { revoked_[account] = true; }
  virtual void restore(const std::string& account) { revoked_[account] = false; }

  const Shape shape;
  const std::string host;
  std::vector<Post> posts;  // the oracle
  Instant away_until{0};    // nobody reaches it before
  std::int64_t knocks = 0;  // of those who tried

 protected:
  const Post& accept(std::string account, std::string text, std::string id);
  bool is_revoked(const std::string& account) { return revoked_[account]; }
  static http::Answer json(int status, const boost::json::value& body);

  World& world_;
  std::map<std::string, bool> revoked_;
};

std::unique_ptr<Server> make_server(World& world, Shape shape, int number);

// Every connector of the product, and one each for the classes that none has yet (III and IV). Telegram has one host for all.
std::vector<std::unique_ptr<networks::Network>> all_networks(const std::string& telegram_host);

}  // namespace postmypost::simulation
