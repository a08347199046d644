// The contract between the engine and a social network.
//
// A network is a pure step machine: it says what is to be sent next and what an answer means. It does no I/O, holds
// no state, reads no clock. The engine alone sends, gates, records and retries. A flow (connect, publish,
// look_for, refresh, disconnect) is a function from what is known to the `Next` thing to do; what was learnt from
// answers is kept in `Progress`, which the engine stores after every step, so a crash resumes at the step.
//
// Everything here is thread-safe because it is const and pure.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/egress.hpp"
#include "networks/capabilities.hpp"

namespace postmypost::networks {

// Effect of a step as the world sees it. Only visible steps are gated and can leave a doubt.
enum class Effect {
  kNone,       // reads
  kInvisible,  // uploads, containers, tokens: may be repeated or left behind
  kVisible,    // the post appears
};

struct Step {
  std::string name;  // "upload_picture_2", "put_record": stable, stored with attempts
  Effect effect = Effect::kNone;
  http::OutgoingRequest request;
  std::vector<std::string> discloses = {};  // "text", "pictures", "alt_text", "credential"
  bool needs_fresh_session = false;         // a step that a token refresh comes before
};

// The own page: the effect happens in our own database, in the outcome transaction.
struct LocalEffect {};

struct Published {
  std::string remote_id;   // empty: accepted, id still to be found (W9)
  std::string permalink;
};
struct Absent {};          // read-back: an authoritative list without the post; withdraw: it is gone
struct CannotTell {        // read-back: no authoritative answer, or several candidates
  std::string why;         // code: "no_read_back", "several_candidates", "list_incomplete"
};
struct Redirect {          // connect: the person must go to this address and come back with code and state
  std::string url;
};

// A connected account, as found out by `connect` or renewed by `refresh`.
struct AccountFacts {
  std::string remote_id;       // stable: DID, chat id, account id@host
  std::string title, handle, url;
  std::string host;            // where requests go: the ledger's recipient
  std::string recipient;       // for people: "Mastodon at soyka.example"
  std::string software;        // "Mastodon 4.5.1"; empty for fixed networks
  boost::json::object more = {};  // channel-specific: limits read from the instance, pds, service chat
};
struct Connected {
  AccountFacts facts;
  boost::json::object secrets;  // sealed by `accounts`; tokens, app passwords
};
struct Refreshed {
  boost::json::object secrets;  // replaces the old ones only when complete
};
struct Disconnected {};

// The flow ends without success. `needs_reconnect` turns the account to "needs reconnecting".
struct Refused {
  Error error;
  bool needs_reconnect = false;
};

using Next = std::variant<Step, LocalEffect, Published, Absent, CannotTell, Redirect, Connected, Refreshed,
                          Disconnected, Refused>;

// What an answer proves about a step.
struct Done {                  // merge `learnt` into Progress and ask for the next thing
  boost::json::object learnt;
};
struct NotApplied {            // proof that nothing happened
  Error error;
  bool permanent = false;      // true: FAILED; false: RETRY_WAIT
  std::optional<Instant> retry_at = {};  // named by the answer (limits.hpp)
  bool restart = false;        // forget Progress first (an expired blob or container must be made again)
  LimitScope scope = LimitScope::kAccount;  // whom `retry_at` holds back
};
struct Unclear {               // may or may not have happened: UNKNOWN, then read back
  std::string why;             // code: "no_answer", "server_error", "id_missing", "duplicate_refusal"
};
struct SessionExpired {};      // run `refresh`, then the same step again; proof of not applied
struct AccountLost {           // the token is revoked, rights are gone: proof of not applied, HELD(auth)
  Error error;
};
struct WaitUntil {             // still processing; ask again then
  Duration pause;
};

using Verdict = std::variant<Done, NotApplied, Unclear, SessionExpired, AccountLost, WaitUntil>;

// Everything learnt so far in one flow: JSON without secrets or texts. Stored after every step.
using Progress = boost::json::object;

struct Account {
  AccountFacts facts;
  boost::json::object secrets;
};

struct ContentPicture {
  std::string path;   // of the cleaned original on this machine
  std::string mime;   // "image/jpeg"
  std::uint64_t bytes = 0;
  int width = 0, height = 0;
  std::string alt;
};

// What one delivery is to show: frozen when it is claimed, the same for every attempt.
struct Content {
  std::string uid;             // the delivery's 128-bit uid, hex
  std::string idempotency_key; // HMAC(uid, generation), hex; the same for every attempt of a generation
  std::string text;
  std::vector<ContentPicture> pictures;
  Instant planned;             // what the person chose; no retry moves it, and every backup that knows the post knows it
  Instant frozen_at;           // when it was claimed first; deterministic `createdAt`s come from here
  std::string language;        // BCP 47 of the author's locale
};

// What the person typed into the connect wizard, or what came back from the redirect.
struct ConnectInput {
  boost::json::object fields;     // the members of NewAccount without `channel`
  std::string return_url;         // our /connect/{channel}/return
  std::string state, verifier;    // of this attempt; `verifier` is the PKCE secret
  std::string code;               // after the redirect
  std::string app_name;           // "Postmypost at <operator's host>"
  boost::json::object app;        // what was registered at this instance before (see `shared_app_key`)
};

// When the visible step of a delivery was last released and what is known about it, for read-back.
struct DoubtContext {
  Instant intent_at, gate_at;
  std::vector<std::string> owned_remote_ids;  // ids that other deliveries of the account already own
};

class Network {
 public:
  virtual ~Network() = default;

  virtual const ChannelDescription& channel() const = 0;
  virtual Capabilities capabilities(const AccountFacts& facts) const = 0;

  virtual Next connect(const ConnectInput& input, const Progress& progress) const = 0;
  virtual Next publish(const Content& content, const Account& account, const Progress& progress) const = 0;
  virtual Next look_for(const Content& content, const Account& account, const DoubtContext& doubt,
                        const Progress& progress) const = 0;
  virtual Next refresh(const Account& account, const Progress& progress) const = 0;
  virtual Next disconnect(const Account& account, const Progress& progress) const = 0;
  // Deletes over there what was published: ends with Absent. `published` is what the publish flow had learnt. May be repeated:
  // what is gone already is gone. Refused where the network offers no such thing.
  virtual Next withdraw(const Account& account, const std::string& remote_id, const Progress& published,
                        const Progress& progress) const;

  // `attempt` counts the attempts of this step in this generation, from 1; `received_at` resolves relative waits.
  virtual Verdict read(const Step& step, const http::Answer& answer, int attempt, Instant received_at) const = 0;
};

// The catalogue: every network of this build, by channel id. `settings` carries base addresses of fixed networks.
struct NetworkSettings {
  std::string telegram_base = "https://api.telegram.org";
  std::string bluesky_default_pds = "https://bsky.social";
  std::string plc_directory = "https://plc.directory";
  std::string bluesky_app = "https://bsky.app";
};
class Catalogue {
 public:
  explicit Catalogue(const NetworkSettings& settings);
  explicit Catalogue(std::vector<std::unique_ptr<Network>> networks) : networks_(std::move(networks)) {}
  const Network* find(std::string_view channel) const;  // null when unknown
  std::span<const std::unique_ptr<Network>> all() const { return networks_; }

 private:
  std::vector<std::unique_ptr<Network>> networks_;
};

}  // namespace postmypost::networks
