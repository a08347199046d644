// The rows of connected accounts: what the engine, the calendar and the wizard all read.
//
// The remote profile and every secret are sealed with the account's own key; destroying that key is what
// "disconnect" means for backups (docs/privacy.md). `accounts` (a room further down) connects and verifies.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::projects {

enum class AccountState { kConnected, kNeedsReconnect, kDisconnected };
std::string_view to_string(AccountState state);  // "connected", "needs_reconnect", "disconnected"

struct AccountRow {
  std::int64_t id = 0;
  std::int64_t project_id = 0;
  std::string channel;                 // "bluesky"
  AccountState state = AccountState::kConnected;
  std::string title, handle, url;      // sealed: kProfile
  std::string host, recipient, software, remote_id;  // sealed with the profile
  boost::json::object more;            // sealed with the profile: limits, pds, service chat
  std::optional<Error> problem;        // why it needs reconnecting
  std::int64_t secrets_version = 0;    // raised by every change of the secrets (single-flight refresh)
  Instant connected_at, verified_at;
};

class AccountRows {
 public:
  explicit AccountRows(vault::Vault& vault) : vault_(vault) {}

  // Within a project: the typed tenant handle is the control, ids are guessable.
  Result<AccountRow> find(storage::Transaction& tx, std::int64_t project_id, std::int64_t account_id) const;
  std::vector<AccountRow> of_project(storage::Transaction& tx, std::int64_t project_id) const;  // not disconnected
  // For the engine, which goes by delivery and has its own proof of belonging.
  std::optional<AccountRow> load(storage::Transaction& tx, std::int64_t account_id) const;

  // A profile as an export gives it, in a row that is no account yet: names and addresses, nothing that a network is asked with. False for
  // what no export gives.
  static bool read_exported(AccountRow& row, const std::string& profile);

  std::int64_t insert(storage::Transaction& tx, AccountRow row, const boost::json::object& secrets) const;
  // Both false for an account that was disconnected meanwhile: a late answer does not bring it back.
  bool update_profile(storage::Transaction& tx, const AccountRow& row) const;
  bool reconnected(storage::Transaction& tx, const AccountRow& row, const boost::json::object& secrets) const;

  boost::json::object secrets(storage::Transaction& tx, std::int64_t account_id) const;
  // False when `expected_version` is no longer the stored one (somebody else refreshed) or the account is disconnected.
  bool replace_secrets(storage::Transaction& tx, std::int64_t account_id, std::int64_t expected_version,
                       const boost::json::object& secrets) const;

  // True while the network's keys are still here.
  static bool has_secrets(storage::Transaction& tx, std::int64_t account_id);
  void forget_secrets(storage::Transaction& tx, std::int64_t account_id) const;
  // Of accounts that need no keys: the own page.
  void resume(storage::Transaction& tx, std::int64_t account_id) const;

  void needs_reconnect(storage::Transaction& tx, std::int64_t account_id, const Error& why) const;
  // Nulls the sealed columns and marks the row; the caller destroys the account's key after commit.
  void disconnect(storage::Transaction& tx, std::int64_t account_id, Instant now) const;

 private:
  std::string sealed_secrets(std::int64_t account_id, const boost::json::object& secrets) const;

  vault::Vault& vault_;
};

}  // namespace postmypost::projects
