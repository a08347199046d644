// What leaving leaves to do (leaving.hpp).
#include <chrono>
#include <thread>

#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "leaving/leaving.hpp"
#include "vault/data_keys.hpp"

namespace postmypost::leaving {
namespace {

using privacy::ActReason;
using privacy::ActSubject;
using privacy::DestructionAct;
using storage::Transaction;

constexpr std::int64_t kPublicationsAtOnce = 6;  // about 2 ms of the writer

bool is_being_sent(Transaction& tx, std::int64_t project) {
  return tx.value<int>("select 1 from lane l join account a on a.id=l.account_id where a.project_id=$1 and l.in_flight is not "
                       "null limit 1",
                       project)
      .has_value();
}

// Its keys are needed until the last of its posts is deleted over there.
bool is_withdrawing(Transaction& tx, std::int64_t account) {
  return tx.value<int>("select 1 from withdrawal where account_id=$1 and state='waiting' limit 1", account).has_value();
}

}  // namespace

void Leaving::work(const std::atomic<bool>& stop) const {
  const Instant now = with_.clock.now();
  for (const std::int64_t user : with_.database.read([&](Transaction& tx) { return identity::Identity::leaving_before(tx, now); })) {
    if (stop) return;
    say_goodbyes(user);
  }
  withdraw_due(stop);
  finish_withdrawn(stop);
  erase_due(stop);
}

void Leaving::erase_due(const std::atomic<bool>& stop) const {
  const Instant now = with_.clock.now();
  const auto due = with_.database.read([&](Transaction& tx) { return identity::Identity::leaving_before(tx, now - kTimeToThink); });
  for (const std::int64_t user : due) {
    if (stop || !erase_person(user, ActReason::kOwnWish, stop)) return;
  }
}

// Only who still has keys to a network here has something to say to it.
void Leaving::say_goodbyes(std::int64_t user) const {
  const auto accounts = with_.database.read([&](Transaction& tx) {
    std::vector<projects::AccountRow> found;
    for (const std::int64_t project : projects::Projects::only_of(tx, user)) {
      for (projects::AccountRow& account : with_.accounts.of_project(tx, project)) {
        if (projects::AccountRows::has_secrets(tx, account.id) && !is_withdrawing(tx, account.id)) found.push_back(std::move(account));
      }
    }
    return found;
  });
  for (const projects::AccountRow& account : accounts) {
    with_.connections.say_goodbye(user, account);
    with_.database.write([&](Transaction& tx) { with_.accounts.forget_secrets(tx, account.id); });
  }
}

bool Leaving::erase_person(std::int64_t user, ActReason reason, const std::atomic<bool>& stop) const {
  DestructionAct act{.subject = ActSubject::kPerson, .subject_id = user, .reason = reason, .begun_at = with_.clock.now(), .keys = 1};
  with_.database.write([&](Transaction& tx) { with_.identity.end_all_access(tx, user); });
  for (const std::int64_t project : with_.database.read([&](Transaction& tx) { return projects::Projects::only_of(tx, user); })) {
    if (!erase_project(project, reason, stop)) return false;
  }
  privacy::erase_scattered_rows(with_.database, with_.registry, Owner::kPerson, user, act.ended_rows, stop);
  if (stop) return false;
  FAULT_POINT("leaving.before_person_key");
  with_.vault.destroy(KeyScope::kUser, user);
  FAULT_POINT("leaving.after_person_key");
  with_.database.write([&](Transaction& tx) {
    privacy::erase_rows(tx, with_.registry, Owner::kPerson, user, act.ended_rows);
    act.ended_at = with_.clock.now();
    privacy::record_act(tx, act);
  });
  with_.database.sweep();
  log::info("person.erased");
  return true;
}

// Its keys go before its rows: whatever happens then, nothing of it can be read any more.
bool Leaving::erase_project(std::int64_t project, ActReason reason, const std::atomic<bool>& stop) const {
  DestructionAct act{.subject = ActSubject::kProject, .subject_id = project, .reason = reason, .begun_at = with_.clock.now(), .keys = 1};
  if (with_.database.read([&](Transaction& tx) { return is_being_sent(tx, project); })) return false;
  if (!erase_publications(project, act.ended_rows, stop)) return false;
  act.files = with_.files.unlink_all(with_.database, project);
  FAULT_POINT("leaving.after_files");
  erase_accounts_of(project, act);
  with_.vault.destroy(KeyScope::kProject, project);
  FAULT_POINT("leaving.after_project_key");
  privacy::erase_scattered_rows(with_.database, with_.registry, Owner::kProject, project, act.ended_rows, stop);
  if (stop) return false;
  with_.database.write([&](Transaction& tx) {
    privacy::erase_rows(tx, with_.registry, Owner::kProject, project, act.ended_rows);
    act.ended_at = with_.clock.now();
    privacy::record_act(tx, act);
  });
  return true;
}

bool Leaving::erase_publications(std::int64_t project, privacy::EndedRows& ended, const std::atomic<bool>& stop) const {
  while (!stop) {
    const auto ids = with_.database.read([&](Transaction& tx) {
      return publications::Publications::some_of(tx, project, kPublicationsAtOnce);
    });
    if (ids.empty()) return true;
    const auto begun = std::chrono::steady_clock::now();
    privacy::EndedRows piece = with_.database.write([&](Transaction& tx) {
      privacy::EndedRows rows;
      for (const std::int64_t id : ids) privacy::erase_rows(tx, with_.registry, Owner::kPublication, id, rows);
      return rows;
    });
    for (const auto& [table, count] : piece) ended[table] += count;
    FAULT_POINT("leaving.after_publications");
    std::this_thread::sleep_for((std::chrono::steady_clock::now() - begun) / 2);  // a third of the time is for everybody else
  }
  return false;
}

void Leaving::erase_accounts_of(std::int64_t project, DestructionAct& act) const {
  const auto accounts = with_.database.read([&](Transaction& tx) {
    return tx.rows<std::int64_t>("select id from account where project_id=$1 order by id", project);
  });
  for (const auto& [account] : accounts) {
    with_.vault.destroy(KeyScope::kAccount, account);
    ++act.keys;
    with_.database.write([&, id = account](Transaction& tx) {
      privacy::erase_rows(tx, with_.registry, Owner::kAccount, id, act.ended_rows);
    });
    FAULT_POINT("leaving.after_account");
  }
}

// Who is leaving anyway is the job's: that is an erasure that died in the middle, and no restore.
bool Leaving::erase_again(const std::atomic<bool>& stop) const {
  bool is_complete = true;
  for (const auto& [scope, table] : {std::pair{KeyScope::kUser, "person"}, std::pair{KeyScope::kProject, "project"},
                                     std::pair{KeyScope::kAccount, "account"}}) {
    storage::raise_ids(with_.database, table, with_.vault.keys().highest_owner(scope) + 1);
  }
  const auto is_here = [&](std::string_view sql, std::int64_t owner) {
    return with_.database.read([&](Transaction& tx) { return tx.value<int>(sql, owner).has_value(); });
  };
  for (const vault::DestroyedKey& key : with_.vault.keys().destroyed()) {
    if (key.scope == KeyScope::kUser && is_here("select 1 from person where id=$1 and leaving_at is null", key.owner)) {
      log::warning("leaving.erased_again");
      is_complete = erase_person(key.owner, ActReason::kAfterRestore, stop) && is_complete;
    } else if (key.scope == KeyScope::kProject &&
               is_here("select 1 from project r where id=$1 and not exists (select 1 from member m join person p on "
                       "p.id=m.user_id where m.project_id=r.id and p.leaving_at is not null)",
                       key.owner)) {
      is_complete = erase_project(key.owner, ActReason::kAfterRestore, stop) && is_complete;
    }
  }
  return erase_again_accounts() && is_complete;
}

bool Leaving::erase_again_accounts() const {
  bool is_complete = true;
  for (const vault::DestroyedKey& key : with_.vault.keys().destroyed()) {
    if (key.scope != KeyScope::kAccount) continue;
    const auto channel = with_.database.read([&](Transaction& tx) {
      return tx.value<std::string>("select channel from account a where id=$1 and state<>'disconnected' and not exists (select 1 "
                                   "from member m join person p on p.id=m.user_id where m.project_id=a.project_id and "
                                   "p.leaving_at is not null)",
                                   key.owner);
    });
    if (!channel) continue;
    log::warning("leaving.erased_again", {{"account", key.owner}});
    if (const auto erased = erase_account(key.owner, *channel, ActReason::kAfterRestore); !erased) {
      log::warning("leaving.failed", {{"account", key.owner}, {"what", erased.error().code}});
      is_complete = false;
    }
  }
  return is_complete;
}

}  // namespace postmypost::leaving
