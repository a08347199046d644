// Retention with a clock of its own: what is over goes, what is not stays, on both stores.
#include "privacy/retention.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "app/migrations.hpp"
#include "app/personal_data.hpp"
#include "support/test_store.hpp"

namespace postmypost::privacy {
namespace {

using support::TestStore;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Instant kNow{1'800'000'000'000'000};
constexpr Instant ago(std::int64_t n) { return kNow - days(n); }

class RetentionTest : public testing::Test {
 protected:
  RetentionTest() {
    if (!storage::migrate(*database_, app::all_migrations(), {1})) throw std::runtime_error("no tables");
    run("insert into person (id, name, email, email_index, password_hash, role, locale, theme, created_at) values "
        "(1,$1,$1,$1,'-','user','ru','auto',0)",
        storage::Blob{"x"});
  }

  template <class... A>
  void run(std::string_view sql, const A&... values) {
    database_->write([&](storage::Transaction& tx) { tx.execute(sql, values...); });
  }
  std::vector<std::int64_t> ids(const std::string& table, const std::string& condition = "1=1") {
    return database_->read([&](storage::Transaction& tx) {
      std::vector<std::int64_t> all;
      for (const auto& [id] : tx.rows<std::int64_t>("select id from " + table + " where " + condition + " order by id")) all.push_back(id);
      return all;
    });
  }
  std::int64_t end() { return end_what_is_over(*database_, registry_, kNow, going_on_); }

  void add_session(std::int64_t id, Instant created, Instant seen, std::optional<Instant> ended = {}) {
    run("insert into session (id, token_hash, user_id, device, ip, created_at, last_seen_at, ended_at) values ($1,$2,1,'-',$3,$4,$5,$6)",
        id, storage::Blob{std::to_string(id)}, storage::Blob{"sealed"}, created, seen, ended);
  }
  void add_delivery(std::int64_t id, std::string_view state) {
    run("insert into delivery (id, project_id, publication_id, account_id, channel, uid, state, due, late_policy, text_digest, "
        "created_at) values ($1,1,1,1,'telegram',$2,$3,0,'hold','-',0)",
        id, std::to_string(id), state);
  }

  const Registry registry_{app::all_personal_data()};
  const std::atomic<bool> going_on_{false};
  TestStore store_;
  std::unique_ptr<storage::Database> database_ = store_.open();
};

TEST_F(RetentionTest, ends_sessions_thirty_days_after_their_end_and_addresses_thirty_days_after_they_were_noted) {
  add_session(1, ago(50), ago(40), ago(31));
  add_session(2, ago(50), ago(40), ago(29));  // ended long after it was begun: only its address goes
  add_session(3, ago(59), ago(45));           // nobody used it for 14 days, 31 days ago
  add_session(4, ago(31), ago(1));            // over by its age since yesterday
  add_session(5, ago(29), ago(0));            // alive
  EXPECT_EQ(end(), 4 + 2) << "addresses, then sessions";
  EXPECT_THAT(ids("session"), ElementsAre(2, 4, 5));
  EXPECT_THAT(ids("session", "length(ip) > 0"), ElementsAre(5));
  EXPECT_EQ(end(), 0);
}

TEST_F(RetentionTest, ends_tokens_and_invitations_thirty_days_after_their_end) {
  const auto token = [&](std::int64_t id, std::optional<Instant> expires, std::optional<Instant> revoked) {
    run("insert into access_token (id, token_hash, user_id, label, scopes, created_at, expires_at, revoked_at) values "
        "($1,$2,1,'-','-',0,$3,$4)",
        id, storage::Blob{std::to_string(id)}, expires, revoked);
  };
  token(1, ago(31), {}), token(2, {}, ago(31)), token(3, ago(29), {}), token(4, {}, {});
  const auto invitation = [&](std::int64_t id, Instant expires, std::optional<Instant> used) {
    run("insert into invitation (id, token_hash, created_by, created_at, expires_at, used_at) values ($1,$2,1,0,$3,$4)", id,
        storage::Blob{std::to_string(id)}, expires, used);
  };
  invitation(1, ago(31), {}), invitation(2, ago(20), ago(31)), invitation(3, ago(29), ago(29));
  EXPECT_EQ(end(), 4);
  EXPECT_THAT(ids("access_token"), ElementsAre(3, 4));
  EXPECT_THAT(ids("invitation"), ElementsAre(3));
}

TEST_F(RetentionTest, ends_attempts_and_events_of_what_is_at_its_end_after_half_a_year) {
  add_delivery(1, "published");
  add_delivery(2, "held");
  for (const std::int64_t delivery : {1, 2}) {
    for (const std::int64_t age : {181, 179}) {
      const std::int64_t id = delivery * 1000 + age;
      run("insert into attempt (id, delivery_id, generation, epoch, step, request_digest, phase, intent_at, closed_at) values "
          "($1,$2,0,1,$3,'-','closed',0,$4)",
          id, delivery, std::to_string(id), ago(age));
      run("insert into delivery_event (id, delivery_id, at, to_state, code, params) values ($1,$2,$3,'sending','-','{}')", id, delivery, ago(age));
    }
  }
  EXPECT_EQ(end(), 2);
  EXPECT_THAT(ids("attempt"), ElementsAre(1179, 2179, 2181)) << "who has to decide still sees what was tried";
  EXPECT_THAT(ids("delivery_event"), ElementsAre(1179, 2179, 2181));
}

TEST_F(RetentionTest, goes_through_large_tables_in_pieces_and_stops_when_it_is_told) {
  database_->write([&](storage::Transaction& tx) {
    for (std::int64_t id = 1; id <= 1200; ++id) {
      tx.execute("insert into invitation (id, token_hash, created_by, created_at, expires_at) values ($1,$2,1,0,$3)", id,
                 storage::Blob{std::to_string(id)}, ago(id % 2 == 0 ? 31 : 29));
    }
  });
  const std::atomic<bool> stopped{true};
  EXPECT_EQ(end_what_is_over(*database_, registry_, kNow, stopped), 0);
  EXPECT_EQ(end(), 600);
  EXPECT_EQ(ids("invitation").size(), 600U);
}

TEST(RetentionRules, are_kept_by_the_job_where_the_registry_says_that_they_are_in_force) {
  std::set<Retention> kept = {Retention::kCookie, Retention::kJournal};  // by the browser; by the engine
  for (const PersonalData& room : app::all_personal_data()) {
    for (const Ends& rule : room.ends) kept.insert(rule.retention);
  }
  for (const RetentionFacts& rule : kRetentions) {
    if (rule.days > 0) EXPECT_EQ(rule.in_force, kept.contains(rule.retention)) << rule.code;
    else EXPECT_FALSE(kept.contains(rule.retention)) << rule.code << " has no days";
  }
}

}  // namespace
}  // namespace postmypost::privacy
