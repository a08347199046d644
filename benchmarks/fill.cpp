#include "fill.hpp"

#include <algorithm>
#include <vector>

#include "base/encoding.hpp"
#include "projects/projects.hpp"

namespace postmypost::bench {
namespace {

using storage::Transaction;
using Rows = std::vector<std::vector<storage::Parameter>>;

constexpr std::int64_t kUser = 1;
constexpr std::int64_t kAtOnce = 5'000;  // publications a transaction

std::vector<std::int64_t> connect_accounts(House& house, std::int64_t project, const Fill& wish) {
  const Instant now = house.clock.now();
  std::vector<std::int64_t> ids;
  for (std::int64_t number = 0; number < wish.accounts; ++number) {
    const std::int64_t chat = -1'001'000'000'000 - number;
    const std::string name = "Channel " + std::to_string(number);
    const projects::AccountRow row{.project_id = project, .channel = "telegram", .title = name, .handle = name, .url = "",
                                   .host = wish.sink_host, .recipient = "Telegram", .remote_id = std::to_string(chat),
                                   .more = {{"chat_id", chat}, {"chat_type", "channel"}, {"bot", "bench_bot"}},
                                   .connected_at = now, .verified_at = now};
    ids.push_back(house.database->write([&](Transaction& tx) {
      return house.accounts.insert(tx, row, {{"token", std::to_string(number) + ":" + std::string(35, 'b')}});
    }));
  }
  return ids;
}

std::string text_of(std::int64_t number, Instant due) {
  return "bench " + std::to_string(number) + " " + std::to_string(due.us) +
         " A new roast: Burundi, Kayanza station. Blackcurrant, rhubarb and a long sweet finish. "
         "Cupping on Saturday at noon, open to all. Six cups, three countries, no snobs.";
}

// One row of each table that a planned publication has.
class Planned {
 public:
  Planned(House& house, std::int64_t project) : house_(house), project_(project) {}

  void add(Transaction& tx, std::int64_t account, std::int64_t number, Instant due) {
    const Instant now = house_.clock.now();
    const std::int64_t id = tx.next_id("publication"), detail = tx.next_id("detail"), delivery = tx.next_id("delivery");
    const std::string text = text_of(number, due);
    const auto sealed = house_.vault->seal<vault::Category::kContent>(
        {"detail", "content", detail, vault::KeyScope::kProject, project_}, text);
    const std::string digest = hex(house_.vault->derived("delivery.text", std::to_string(account) + "|" + text));
    publications_.push_back(Transaction::parameters(id, project_, kUser, due, now));
    counts_.push_back(Transaction::parameters(project_, id % 64));
    accounts_.push_back(Transaction::parameters(id, account));
    details_.push_back(Transaction::parameters(detail, project_, id, storage::Blob{sealed.bytes}));
    deliveries_.push_back(
        Transaction::parameters(delivery, project_, id, account, hex(house_.random.bytes(16)), due, digest, now));
    events_.push_back(Transaction::parameters(tx.next_id("delivery_event"), delivery, now));
  }

  void write(Transaction& tx) {
    tx.execute_each("insert into publication (id, project_id, author_id, version, kind, zone, instant, late_policy, language, "
                    "created_at, updated_at) values ($1,$2,$3,1,'at','UTC',$4,'hold','en',$5,$5)", publications_);
    tx.execute_each("insert into publication_count (project_id, slot, listed) values ($1,$2,1) on conflict (project_id, slot) do "
                    "update set listed = publication_count.listed + 1", counts_);
    tx.execute_each("insert into publication_account (publication_id, account_id, position) values ($1,$2,0)", accounts_);
    tx.execute_each("insert into detail (id, project_id, publication_id, content) values ($1,$2,$3,$4)", details_);
    tx.execute_each("insert into delivery (id, project_id, publication_id, account_id, channel, uid, state, due, late_policy, "
                    "ready_at, text_digest, created_at) values ($1,$2,$3,$4,'telegram',$5,'scheduled',$6,'hold',$6,$7,$8)",
                    deliveries_);
    tx.execute_each("insert into delivery_event (id, delivery_id, at, to_state, code, params) "
                    "values ($1,$2,$3,'scheduled','planned','{}')", events_);
  }

 private:
  House& house_;
  std::int64_t project_;
  Rows publications_, counts_, accounts_, details_, deliveries_, events_;
};

}  // namespace

std::int64_t fill(House& house, const Fill& wish) {
  const projects::Projects projects(*house.vault, house.clock);
  const std::int64_t project = wish.project != 0 ? wish.project : house.database->write([&](Transaction& tx) {
    return projects.create(tx, kUser, "Benchmark", "UTC");
  }).value().id;
  const std::vector<std::int64_t> accounts = connect_accounts(house, project, wish);
  for (std::int64_t done = 0; done < wish.publications; done += kAtOnce) {
    house.database->write([&](Transaction& tx) {
      Planned planned(house, project);
      for (std::int64_t i = done; i < std::min(done + kAtOnce, wish.publications); ++i) {
        planned.add(tx, accounts[static_cast<std::size_t>(i) % accounts.size()], wish.first_number + i,
                    wish.first_due + wish.step * i);
      }
      planned.write(tx);
    });
  }
  house.database->write([&](Transaction& tx) {
    tx.execute("insert into lane (account_id, next_due) select account_id, min(ready_at) from delivery where ready_at is not null "
               "group by account_id on conflict (account_id) do update set next_due = excluded.next_due");
  });
  return project;
}

}  // namespace postmypost::bench
