#include "leaving/leaving.hpp"

#include "base/text.hpp"

namespace postmypost::leaving {
namespace {

using storage::Transaction;

Error owner_leaves() {
  return {.kind = ErrorKind::kConflict,
          .code = "account.owner_leaves",
          .detail = "The owner of this project is deleting their cabinet, so nothing is published for it.",
          .how_to_fix = "Take that back in the cabinet and connect the account again."};
}

std::string listed(const std::vector<std::int64_t>& ids) {
  std::vector<std::string> words;
  for (const std::int64_t id : ids) words.push_back(std::to_string(id));
  return joined(words);
}

Result<> check_owned_projects(Transaction& tx, std::int64_t user) {
  const auto projects = projects::Projects::ownerless_without(tx, user);
  if (projects.empty()) return {};
  return fail({.kind = ErrorKind::kConflict,
               .code = "person.owns_shared_projects",
               .detail = "You are the only owner of projects that other people work in.",
               .rule = "owners>=1",
               .how_to_fix = "Make another member the owner of each, or remove its members, then delete your cabinet.",
               .params = {{"projects", listed(projects)}}});
}

Leave leave_since(Instant since) { return {.since = since, .erased_after = since + kTimeToThink}; }

}  // namespace

std::optional<Leave> Leaving::of(std::int64_t user) const {
  const auto since = with_.database.read([&](Transaction& tx) { return identity::Identity::leaving_since(tx, user); });
  return since ? std::optional(leave_since(*since)) : std::nullopt;
}

Result<Leave> Leaving::begin(std::int64_t user, std::int64_t session, const std::string& password) const {
  TRY(with_.identity.confirm_password(user, password, "/password"));
  TRY_ASSIGN(const Instant since, with_.database.write([&](Transaction& tx) -> Result<Instant> {
    TRY(identity::Identity::may_leave(tx, user));
    TRY(check_owned_projects(tx, user));
    with_.identity.begin_leaving(tx, user, session);
    for (const std::int64_t project : projects::Projects::only_of(tx, user)) {
      for (const projects::AccountRow& account : with_.accounts.of_project(tx, project)) {
        with_.accounts.needs_reconnect(tx, account.id, owner_leaves());
        if (account.channel == "own_page") {
          TRY(with_.pages.change(tx, account.id, std::nullopt, pages::Visibility::kPrivate));
        }
      }
    }
    return *identity::Identity::leaving_since(tx, user);
  }));
  return leave_since(since);
}

Result<> Leaving::undo(std::int64_t user) const {
  return with_.database.write([&](Transaction& tx) -> Result<> {
    if (!with_.identity.stay(tx, user)) {
      return fail({.kind = ErrorKind::kConflict,
                   .code = "person.not_leaving",
                   .detail = "This cabinet is not being deleted.",
                   .how_to_fix = "There is nothing to take back."});
    }
    for (const std::int64_t project : projects::Projects::only_of(tx, user)) {
      for (const projects::AccountRow& account : with_.accounts.of_project(tx, project)) {
        if (account.channel != "own_page") continue;
        with_.accounts.resume(tx, account.id);
        with_.planning.account_reconnected(tx, account.id);
      }
    }
    return {};
  });
}

Result<> Leaving::disconnect(std::int64_t user, std::int64_t project, std::int64_t account) const {
  TRY_ASSIGN(const projects::AccountRow row, with_.database.read([&](Transaction& tx) {
    return with_.accounts.find(tx, project, account);
  }));
  with_.connections.say_goodbye(user, row);
  return erase_account(row.id, row.channel, privacy::ActReason::kOwnWish);
}

Result<> Leaving::erase_account(std::int64_t account, const std::string& channel, privacy::ActReason reason) const {
  privacy::DestructionAct act{
      .subject = privacy::ActSubject::kAccount, .subject_id = account, .reason = reason, .begun_at = with_.clock.now(), .keys = 1};
  TRY(with_.database.write([&](Transaction& tx) -> Result<> {
    TRY(with_.planning.account_disconnected(tx, account));
    if (channel == "own_page") with_.pages.close(tx, account);
    with_.accounts.disconnect(tx, account, with_.clock.now());
    tx.execute("delete from withdrawal where account_id=$1", account);
    act.ended_rows["account"] = 1;
    return {};
  }));
  with_.vault.destroy(KeyScope::kAccount, account);
  privacy::erase_scattered_rows(with_.database, with_.registry, Owner::kAccount, account, act.ended_rows, std::atomic<bool>(false));
  act.ended_at = with_.clock.now();
  with_.database.write([&](Transaction& tx) { privacy::record_act(tx, act); });
  with_.database.sweep();
  return {};
}

}  // namespace postmypost::leaving
