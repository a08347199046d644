// One network: what connecting an account asks of it, the rules by which it acts (tests/simulation/servers.hpp), and its oracle.
//
// Accounts need no registering. Telegram: any bot token, any channel "@name" or chat id. Mastodon and GoToSocial: the sign-in page
// signs in whoever its `as` parameter names. Bluesky: any "did:plc:…" as handle, any app password, the server's address as PDS.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "servers.hpp"
#include "wire.hpp"

namespace postmypost::netsim {

class Network {
 public:
  Network(simulation::World& world, simulation::Shape shape);

  std::string_view name() const { return simulation::to_string(shape_); }
  // The request is whole: counted, whether it is acted upon or not.
  void see(const Request& request);
  Answer act(const Request& request);
  // The answer that `act` gave, naming the account's post before the newest instead.
  Answer naming_another(Answer answer) const;
  void revoke(const std::string& account, bool revoked);

  // {"posts": [{account, text, id, key, at, connection}], "bodies": [{account, text, count, first, connections}], "refused": [...], "withdrawn": [ids]}.
  // Bodies are whole visible requests, acted upon or not. Times are true times, RFC 3339 with microseconds.
  boost::json::object oracle() const;
  boost::json::object counters() const;
  // {"items": [{at, line, credential, body}]}: every whole request since the last reset, its address without the bot's token.
  boost::json::object requests() const;
  void forget();  // posts, bodies, sessions

  std::string base;  // "http://127.0.0.1:PORT"
  int connections = 0;

 private:
  struct Visible {  // a request that shows something to the world
    std::string account, text, key;
  };
  struct Seen {
    std::int64_t count = 0;
    Instant first = {};
    std::set<int> connections = {};
  };
  std::optional<Visible> visible(const Request& request) const;
  std::optional<Answer> connecting(const Request& request) const;
  std::optional<Answer> connecting_telegram(const Request& request) const;
  std::optional<Answer> connecting_mastodon(const Request& request) const;
  std::optional<Answer> picture(const Request& request);
  std::string unwanted(const Request& request) const;
  std::optional<Answer> withdrawing(const Request& request);
  http::OutgoingRequest as_sent(const Request& request) const;

  simulation::World& world_;
  simulation::Shape shape_;
  std::unique_ptr<simulation::Server> server_;
  std::vector<std::pair<std::string, int>> keys_;  // of the server's posts, in their order: key and connection
  std::map<std::pair<std::string, std::string>, Seen> bodies_;  // by account and text
  std::set<std::string> refused_;
  std::set<std::string> withdrawn_;  // ids of posts that were deleted
  std::int64_t requests_ = 0, pictures_ = 0;
  boost::json::array log_;
};

}  // namespace postmypost::netsim
