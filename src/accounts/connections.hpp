// Connecting accounts: runs a network's connect flow, verifies that it works, and stores the account sealed.
//
// Blocking; called from request threads. Every host that is contacted gets its row in the disclosure ledger first, and its result when the
// flow is over. Nothing is stored unless the whole flow succeeded. A redirect (Mastodon) is remembered for ten minutes, once, bound to the
// person's session and to the network it was started for.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "http/egress.hpp"
#include "networks/network.hpp"
#include "pages/pages.hpp"
#include "projects/account_rows.hpp"
#include "storage/database.hpp"
#include "vault/ledger.hpp"
#include "vault/ledger.hpp"
#include "vault/vault.hpp"

namespace postmypost::accounts {

// Who connects what, and where answers of a redirect come back to.
struct ConnectRequest {
  std::int64_t user_id = 0, session_id = 0, project_id = 0;
  std::optional<std::int64_t> account_id = {};  // reconnect this one
  std::string channel;
  boost::json::object fields;   // members of NewAccount without `channel`
  std::string public_url;       // of this instance
  std::string language = "en";  // of the person: an own page speaks it
};

struct RedirectTo {
  std::string url;
};
using ConnectOutcome = std::variant<projects::AccountRow, RedirectTo>;

// A post of ours in a network, as the engine knows it.
struct PublishedPost {
  std::int64_t publication_id = 0;
  std::string uid;        // of its delivery
  std::string remote_id;
  networks::Progress published;  // what the publish flow had learnt
};

// What became of deleting it over there.
struct Withdrawal {
  enum class End { kGone, kLater, kRefused };
  End end = End::kLater;
  std::optional<Error> why = {};          // of kLater and kRefused
  std::optional<Instant> not_before = {};  // of kLater, when the network says so
};

class Connections {
 public:
  Connections(storage::Database& database, vault::Vault& vault, const Clock& clock, Random& random,
              http::EgressClient& egress, const networks::Catalogue& catalogue, const projects::AccountRows& rows,
              const pages::Pages& pages);

  // Errors: those of the network's flow, `channel.unknown`, `account.already_connected`, `account.other_remote`
  // (a reconnect that signed in as somebody else), `account.too_many`.
  Result<ConnectOutcome> connect(const ConnectRequest& request) const;
  // Errors: `connect.state_unknown`, `connect.expired`, `connect.refused` (the person said no over there).
  Result<projects::AccountRow> returned(std::int64_t user_id, std::int64_t session_id, std::string_view state,
                                        std::optional<std::string> code, std::optional<std::string> error) const;
  // Deletes the post in the network; renews the session once if it has to. The ledger has its row before the first byte.
  Withdrawal withdraw(std::int64_t user_id, const projects::AccountRow& row, const PublishedPost& post) const;
  // Asks the network to forget us on behalf of `user_id` (best effort); the caller then erases the account.
  void say_goodbye(std::int64_t user_id, const projects::AccountRow& row) const;

 private:
  // A row of the ledger that requests of one flow go out under.
  struct Transfer {
    RecordedDisclosure row;
    std::set<std::string> kinds;  // that it names
    std::optional<vault::DisclosureOutcome> outcome = {};
  };
  struct Flow;
  Result<ConnectOutcome> run(Flow& flow) const;
  Result<ConnectOutcome> go_through(Flow& flow) const;
  Result<http::Answer> send(Flow& flow, const networks::Step& step) const;
  http::Answer send(Transfer& transfer, const networks::Step& step) const;
  Transfer& transfer_for(std::vector<Transfer>& transfers, const networks::Step& step, vault::Disclosure disclosure) const;
  networks::Account account_of(const projects::AccountRow& row) const;
  static vault::Disclosure disclosure_of(const networks::Network& network, std::int64_t user_id, const projects::AccountRow& row,
                                         std::string evidence);
  bool renew(const networks::Network& network, const projects::AccountRow& row, networks::Account& account,
             std::vector<Transfer>& transfers, const vault::Disclosure& disclosure) const;
  void record_outcomes(std::span<const Transfer> transfers) const;
  Result<ConnectOutcome> remember(const Flow& flow, const std::string& url) const;
  Result<projects::AccountRow> store(const Flow& flow, const networks::Connected& connected) const;
  Result<> make_page(storage::Transaction& tx, const Flow& flow, const projects::AccountRow& row) const;
  boost::json::object known_app(const std::string& channel, const std::string& host) const;
  void keep_app(const Flow& flow) const;

  storage::Database& database_;
  vault::Vault& vault_;
  const Clock& clock_;
  Random& random_;
  http::EgressClient& egress_;
  const networks::Catalogue& catalogue_;
  const projects::AccountRows& rows_;
  const pages::Pages& pages_;
};

}  // namespace postmypost::accounts
