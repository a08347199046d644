// What a delivery needs to be worked on: the frozen content, the account with its secrets, the network.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "networks/network.hpp"
#include "publishing/delivery.hpp"
#include "publishing/dispatcher.hpp"

namespace postmypost::publishing {

struct Work {
  Delivery delivery;
  const networks::Network* network = nullptr;
  networks::Capabilities capabilities;
  networks::Account account;
  networks::Content content;
  std::vector<pages::EntryPicture> page_pictures;  // the own page keeps blobs, not paths
  std::string content_digest;
  std::int64_t secrets_version = 0;
  bool session_renewed = false;  // within this claim; a second expiry means the account is lost
};

// Reads everything in one snapshot. Errors are reasons not to send at all: `account.needs_reconnect` (HELD auth),
// `account.gone`, `publication.gone`, `picture.gone` (FAILED), `content.changed` (a frozen text that is not what was
// frozen: never sent).
Result<Work> load_work(storage::Transaction& tx, const Surroundings& with, const Delivery& delivery);

// SHA-256 over what would leave: method, address, bodies, sizes of files. Never stored: secrets or texts.
std::string digest_of(const http::OutgoingRequest& request);

}  // namespace postmypost::publishing
