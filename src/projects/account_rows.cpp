#include "projects/account_rows.hpp"

#include <boost/json.hpp>

#include "base/error_json.hpp"

namespace postmypost::projects {
namespace {

using vault::Category;
using vault::KeyScope;
using vault::Purpose;

vault::Place profile_place(std::int64_t account) {
  return {"account", "profile", account, KeyScope::kAccount, account};
}
vault::Place secrets_place(std::int64_t account) {
  return {"account", "secrets", account, KeyScope::kAccount, account};
}

AccountState state_of(const std::string& text) {
  if (text == "connected") return AccountState::kConnected;
  return text == "disconnected" ? AccountState::kDisconnected : AccountState::kNeedsReconnect;
}

std::string profile_json(const AccountRow& row) {
  return boost::json::serialize(boost::json::object{{"title", row.title},
                                                    {"handle", row.handle},
                                                    {"url", row.url},
                                                    {"host", row.host},
                                                    {"recipient", row.recipient},
                                                    {"software", row.software},
                                                    {"remote_id", row.remote_id},
                                                    {"more", row.more}});
}

void read_profile(AccountRow& row, const std::string& json) {
  const boost::json::object profile = boost::json::parse(json).as_object();
  const auto text = [&](std::string_view name) { return std::string(profile.at(name).as_string()); };
  row.title = text("title");
  row.handle = text("handle");
  row.url = text("url");
  row.host = text("host");
  row.recipient = text("recipient");
  row.software = text("software");
  row.remote_id = text("remote_id");
  row.more = profile.at("more").as_object();
}

}  // namespace

std::string_view to_string(AccountState state) {
  switch (state) {
    case AccountState::kConnected: return "connected";
    case AccountState::kNeedsReconnect: return "needs_reconnect";
    case AccountState::kDisconnected: return "disconnected";
  }
  return "disconnected";
}

std::optional<AccountRow> AccountRows::load(storage::Transaction& tx, std::int64_t account_id) const {
  const auto row = tx.row<std::int64_t, std::string, std::string, std::optional<storage::Blob>,
                          std::optional<std::string>, std::int64_t, Instant, Instant>(
      "select project_id, channel, state, profile, problem, secrets_version, connected_at, verified_at from account "
      "where id=$1",
      account_id);
  if (!row) return std::nullopt;
  const auto& [project, channel, state, profile, problem, version, connected, verified] = *row;
  AccountRow found;
  found.id = account_id;
  found.project_id = project;
  found.channel = channel;
  found.state = state_of(state);
  found.secrets_version = version;
  found.connected_at = connected;
  found.verified_at = verified;
  if (problem) found.problem = error_from_json(*problem);
  if (profile) {
    read_profile(found, vault_.open<Purpose::kPublish>(profile_place(account_id),
                                                       vault::Sealed<Category::kProfile>{profile->bytes}));
  }
  return found;
}

Result<AccountRow> AccountRows::find(storage::Transaction& tx, std::int64_t project_id, std::int64_t account_id) const {
  auto row = load(tx, account_id);
  if (!row || row->project_id != project_id || row->state == AccountState::kDisconnected) return not_found("account");
  return std::move(*row);
}

std::vector<AccountRow> AccountRows::of_project(storage::Transaction& tx, std::int64_t project_id) const {
  std::vector<AccountRow> all;
  for (const auto& [id] : tx.rows<std::int64_t>(
           "select id from account where project_id=$1 and state<>'disconnected' order by id", project_id)) {
    all.push_back(*load(tx, id));
  }
  return all;
}

bool AccountRows::read_exported(AccountRow& row, const std::string& profile) {
  constexpr std::size_t kLongest = 2000;
  AccountRow read = row;
  try {
    read_profile(read, profile);
  } catch (const std::exception&) {
    return false;
  }
  const auto fits = [](const std::string& text) { return text.size() <= kLongest; };
  const bool is_link = read.url.empty() || read.url.starts_with("https://") || read.url.starts_with("http://");
  if (!is_link || !fits(read.title) || !fits(read.handle) || !fits(read.url) || !fits(read.host) || !fits(read.recipient) ||
      !fits(read.software) || !fits(read.remote_id)) {
    return false;
  }
  read.more.clear();  // found out anew when it is connected again
  row = std::move(read);
  return true;
}

std::int64_t AccountRows::insert(storage::Transaction& tx, AccountRow row, const boost::json::object& secrets) const {
  row.id = tx.next_id("account");
  const auto profile = vault_.seal<Category::kProfile>(profile_place(row.id), profile_json(row));
  tx.execute(
      "insert into account (id, project_id, channel, state, profile, secrets, connected_at, verified_at) "
      "values ($1,$2,$3,'connected',$4,$5,$6,$7)",
      row.id, row.project_id, row.channel, storage::Blob{profile.bytes}, storage::Blob{sealed_secrets(row.id, secrets)}, row.connected_at,
      row.verified_at);
  return row.id;
}

bool AccountRows::update_profile(storage::Transaction& tx, const AccountRow& row) const {
  const auto profile = vault_.seal<Category::kProfile>(profile_place(row.id), profile_json(row));
  return tx.execute("update account set profile=$2, verified_at=$3 where id=$1 and state<>'disconnected'", row.id,
                    storage::Blob{profile.bytes}, row.verified_at) == 1;
}

bool AccountRows::reconnected(storage::Transaction& tx, const AccountRow& row,
                              const boost::json::object& secrets) const {
  if (!update_profile(tx, row)) return false;
  tx.execute("update account set state='connected', problem=null, secrets=$2, secrets_version=secrets_version+1 "
             "where id=$1",
             row.id, storage::Blob{sealed_secrets(row.id, secrets)});
  return true;
}

std::string AccountRows::sealed_secrets(std::int64_t account_id, const boost::json::object& secrets) const {
  return vault_.seal<Category::kCredential>(secrets_place(account_id), boost::json::serialize(secrets)).bytes;
}

boost::json::object AccountRows::secrets(storage::Transaction& tx, std::int64_t account_id) const {
  const auto sealed =
      tx.value<std::optional<storage::Blob>>("select secrets from account where id=$1", account_id).value_or(std::nullopt);
  if (!sealed) return {};
  return boost::json::parse(vault_.open<Purpose::kPublish>(secrets_place(account_id),
                                                           vault::Sealed<Category::kCredential>{sealed->bytes}))
      .as_object();
}

bool AccountRows::replace_secrets(storage::Transaction& tx, std::int64_t account_id, std::int64_t expected_version,
                                  const boost::json::object& secrets) const {
  return tx.execute("update account set secrets=$3, secrets_version=secrets_version+1 where id=$1 and secrets_version=$2 "
                    "and state<>'disconnected'",
                    account_id, expected_version, storage::Blob{sealed_secrets(account_id, secrets)}) == 1;
}

void AccountRows::needs_reconnect(storage::Transaction& tx, std::int64_t account_id, const Error& why) const {
  tx.execute("update account set state='needs_reconnect', problem=$2 where id=$1 and state<>'disconnected'", account_id,
             to_json(why));
}

bool AccountRows::has_secrets(storage::Transaction& tx, std::int64_t account_id) {
  return tx.value<int>("select 1 from account where id=$1 and secrets is not null", account_id).has_value();
}

void AccountRows::forget_secrets(storage::Transaction& tx, std::int64_t account_id) const {
  tx.execute("update account set secrets=null, secrets_version=secrets_version+1 where id=$1", account_id);
}

void AccountRows::resume(storage::Transaction& tx, std::int64_t account_id) const {
  tx.execute("update account set state='connected', problem=null where id=$1 and state='needs_reconnect'", account_id);
}

void AccountRows::disconnect(storage::Transaction& tx, std::int64_t account_id, Instant now) const {
  tx.execute("update account set state='disconnected', profile=null, secrets=null, problem=null, disconnected_at=$2 "
             "where id=$1",
             account_id, now);
}

}  // namespace postmypost::projects
