// What a delivery needs to be worked on: the frozen content, the account with its secrets, the network.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/disclosure.hpp"
#include "networks/network.hpp"
#include "publishing/delivery.hpp"
#include "publishing/dispatcher.hpp"
#include "vault/ledger.hpp"

namespace postmypost::publishing {

// What a delivery asks of a network besides publishing: a row of the ledger of its own, and what its answers say.
struct Aside {
  std::optional<RecordedDisclosure> row;
  std::optional<vault::DisclosureOutcome> outcome;  // not written down yet
};

// Belongs to one claim: while it lasts, `delivery` is what the row holds, because every write demands the claim's epoch.
struct Work {
  Delivery delivery;
  const networks::Network* network = nullptr;
  networks::Capabilities capabilities;
  networks::Account account;
  networks::Content content;
  std::vector<pages::EntryPicture> page_pictures;  // the own page keeps blobs, not paths
  std::string content_digest;
  std::int64_t secrets_version = 0;
  bool session_renewed = false;                    // within this claim; a second expiry means the account is lost
  std::optional<RecordedDisclosure> disclosure;    // of the publishing, once it is in the ledger
  Aside looks, renewals;                           // reading the network, renewing the session
  std::optional<std::int64_t> open_attempt;        // INTENT without an outcome
  Instant intent_at;                               // of this claim's last INTENT
  std::map<std::string, int> attempts;             // of this generation, by step
  Instant rest_until{0};                           // an answer asked to leave the account alone until then
};

// Why nothing may be sent at all. Without access (whatever the network called it) the delivery waits for a person; the rest fails:
// `account.gone`, `publication.gone`, `picture.gone`, `content.changed` (not what was frozen: never sent).
struct NotSendable {
  Error error;
  bool needs_reconnect = false;
  bool is_restricted = false;  // `person.restricted`: held until its author resumes
};
using Loaded = std::expected<Work, NotSendable>;

// Reads everything in one snapshot.
Loaded load_work(storage::Transaction& tx, const Surroundings& with, const Delivery& delivery);

// SHA-256 over what would leave: method, address, bodies, sizes of files. Never stored: secrets or texts.
std::string digest_of(const http::OutgoingRequest& request);

}  // namespace postmypost::publishing
