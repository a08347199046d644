// How people and accounts leave (policy clause 4.2): disconnecting an account, deleting a person with all that is theirs, and
// erasing again what a restore of older data brought back.
//
// A person who leaves has a week to think it over. At once nothing is published for them any more: their accounts are stopped,
// networks are asked to forget us, and keys to networks are thrown away. After the week one job destroys the keys and ends
// the rows, in pieces that nobody waits for, and writes the destruction act. It may die anywhere: what is still there
// tells the next round what is left to do. Thread-safe, but for `work` and `erase_again`, which are one thread's.
#pragma once

#include <atomic>

#include "accounts/connections.hpp"
#include "identity/identity.hpp"
#include "media/files.hpp"
#include "pages/pages.hpp"
#include "privacy/acts.hpp"
#include "privacy/registry.hpp"
#include "projects/projects.hpp"
#include "publications/publications.hpp"
#include "publishing/planning.hpp"

namespace postmypost::leaving {

inline constexpr Duration kTimeToThink = days(7);

struct Rooms {
  storage::Database& database;
  vault::Vault& vault;
  const Clock& clock;
  identity::Identity& identity;
  const projects::Projects& projects;
  const projects::AccountRows& accounts;
  const media::Files& files;
  const pages::Pages& pages;
  const accounts::Connections& connections;
  const publishing::Planning& planning;
  const privacy::Registry& registry;
};

struct Leave {
  Instant since, erased_after;
};

class Leaving {
 public:
  explicit Leaving(Rooms rooms) : with_(rooms) {}

  // -- A person
  // Errors: `password.current_wrong`, `person.owns_shared_projects` (params: `projects`), `person.last_operator`.
  Result<Leave> begin(std::int64_t user, std::int64_t session, const std::string& password) const;
  // Data is as before; accounts have to be connected again. Errors: `person.not_leaving`.
  Result<> undo(std::int64_t user) const;
  std::optional<Leave> of(std::int64_t user) const;

  // -- An account: what was promised is cancelled, its rows are ended and its key is destroyed. Errors: `account.not_found`,
  // `delivery.sending`.
  Result<> disconnect(std::int64_t user, std::int64_t project, std::int64_t account) const;
  // The same after what it published was deleted over there, one by one, while nothing new goes out. How many posts that is.
  Result<std::int64_t> withdraw(std::int64_t user, std::int64_t project, std::int64_t account) const;

  // -- What is left to do
  // Says goodbye to networks for who has just begun to leave, and erases whose week is over.
  void work(const std::atomic<bool>& stop) const;
  // Before anything is served: whose key was destroyed, but whose rows are here, was brought back by a restore. False when
  // something of theirs has to wait until the engine has put its house in order; then it is to be called again.
  bool erase_again(const std::atomic<bool>& stop) const;

 private:
  void withdraw_due(const std::atomic<bool>& stop) const;
  void finish_withdrawn(const std::atomic<bool>& stop) const;
  void erase_due(const std::atomic<bool>& stop) const;
  void say_goodbyes(std::int64_t user) const;
  // False when it could not be ended now: a post is being sent, or it is to stop.
  bool erase_person(std::int64_t user, privacy::ActReason reason, const std::atomic<bool>& stop) const;
  bool erase_project(std::int64_t project, privacy::ActReason reason, const std::atomic<bool>& stop) const;
  Result<> erase_account(std::int64_t account, const std::string& channel, privacy::ActReason reason) const;
  bool erase_publications(std::int64_t project, privacy::EndedRows& ended, const std::atomic<bool>& stop) const;
  void erase_accounts_of(std::int64_t project, privacy::DestructionAct& act) const;
  bool erase_again_accounts() const;

  Rooms with_;
};

}  // namespace postmypost::leaving
