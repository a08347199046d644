// Deleting publications by rows, with an own page as the network (leaving/removing.hpp). Real networks: tests/scenario/v4_1.test.mjs.
#include "leaving/removing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "accounts/schema.hpp"
#include "http/egress.hpp"
#include "identity/schema.hpp"
#include "leaving/schema.hpp"
#include "media/schema.hpp"
#include "pages/schema.hpp"
#include "projects/schema.hpp"
#include "publications/schema.hpp"
#include "publishing/schema.hpp"
#include "support/stores.hpp"

namespace postmypost::leaving {
namespace {

using publishing::State;
using testing::ElementsAre;

class RemovingTest : public testing::Test {
 protected:
  RemovingTest()
      : stores_({identity::kSchema, identity::kRestrictionSchema, projects::kSchema, media::kSchema, publications::kSchema,
                 publications::kErasureSchema, publications::kStagesSchema, pages::kSchema, accounts::kSchema, publishing::kSchema,
                 publishing::kWorkersSchema, kRemovalSchema}) {
    stores_.write([&](storage::Transaction& tx) {
      tx.execute("insert into project (id, name, zone, created_at) values (1, $1, 'UTC', 1)", storage::Blob{"x"});
    });
    first_ = account("first");
    second_ = account("second");
  }

  std::int64_t account(const std::string& handle) {
    return stores_.write([&](storage::Transaction& tx) {
      const projects::AccountRow row{.project_id = 1, .channel = "own_page", .title = handle, .handle = "/@" + handle, .remote_id = handle,
                                     .connected_at = stores_.clock.now(), .verified_at = stores_.clock.now()};
      const std::int64_t id = rows_.insert(tx, row, {});
      EXPECT_TRUE(pages_.create(tx, id, handle, handle, "en", "example.org"));
      return id;
    });
  }
  std::int64_t planned(std::optional<Instant> delete_at = {}) {
    return stores_.write([&](storage::Transaction& tx) -> Result<std::int64_t> {
      publications::Publication p{.project_id = 1, .author_id = 1, .timing = publications::Timing::kAt, .zone = "UTC",
                                  .instant = stores_.clock.now() + hours(1), .language = "en", .account_ids = {first_, second_},
                                  .details = {{.account_id = {}, .text = "text", .pictures = {}}}};
      p.delete_at = delete_at;
      TRY_ASSIGN(const auto saved, publications_.save(tx, p));
      TRY(planning_.plan(tx, saved, {row_of(tx, first_), row_of(tx, second_)}, true));
      return saved.id;
    }).value();
  }
  projects::AccountRow row_of(storage::Transaction& tx, std::int64_t id) { return rows_.load(tx, id).value(); }
  // As the engine leaves it when the entry is on the page.
  void publish(std::int64_t publication, std::int64_t account) {
    stores_.write([&](storage::Transaction& tx) {
      const auto entry = pages_.publish(tx, account, std::to_string(publication) + "." + std::to_string(account), "text", {}, stores_.clock.now());
      tx.execute("update delivery set state='published', ready_at=null, remote_id=$3, sent_at=$4 where publication_id=$1 and account_id=$2",
                 publication, account, std::to_string(entry.id), stores_.clock.now());
    });
  }
  void set_state(std::int64_t publication, std::int64_t account, const std::string& state, const std::string& reason = "") {
    stores_.write([&](storage::Transaction& tx) {
      tx.execute("update delivery set state=$3, reason=$4 where publication_id=$1 and account_id=$2", publication, account, state, reason);
    });
  }
  publications::Publication load(std::int64_t id) {
    return stores_.read([&](storage::Transaction& tx) { return publications_.load(tx, id); }).value();
  }
  std::string begin(std::int64_t id, std::vector<std::int64_t> accounts, RemovalScope scope) {
    const auto publication = load(id);
    const auto begun = stores_.write([&](storage::Transaction& tx) { return removing_.begin(tx, publication, accounts, scope, 1); });
    if (begun) removing_.work_on(id);
    return begun ? "" : begun.error().code;
  }
  std::int64_t entries() {
    return stores_.read([](storage::Transaction& tx) { return tx.value<std::int64_t>("select count(*) from page_entry"); }).value();
  }
  std::vector<State> states(std::int64_t id) {
    std::vector<State> all;
    for (const auto& one : stores_.read([&](storage::Transaction& tx) { return publishing::deliveries_of(tx, id); })) all.push_back(one.state);
    return all;
  }

  support::Stores stores_;
  projects::AccountRows rows_{*stores_.vault};
  publications::Publications publications_{*stores_.vault, stores_.clock};
  pages::Pages pages_{stores_.clock};
  publishing::Planning planning_{*stores_.vault, stores_.clock, stores_.random};
  networks::Catalogue catalogue_{networks::NetworkSettings{}};
  std::unique_ptr<http::EgressClient> egress_ = http::make_egress_client({});
  accounts::Connections connections_{*stores_.database, *stores_.vault, stores_.clock, stores_.random, *egress_, catalogue_, rows_, pages_};
  Removing removing_{{*stores_.database, stores_.clock, rows_, publications_, planning_, pages_, connections_}};
  std::int64_t first_ = 0, second_ = 0;
};

TEST_F(RemovingTest, everywhere_takes_the_account_out_only_when_its_post_is_gone_and_ends_with_the_last) {
  const auto id = planned();
  publish(id, first_);
  publish(id, second_);
  EXPECT_EQ(begin(id, {first_}, RemovalScope::kEverywhere), "");
  EXPECT_THAT(load(id).account_ids, ElementsAre(second_));
  EXPECT_EQ(entries(), 1);
  EXPECT_FALSE(load(id).deleted_at);
  EXPECT_EQ(begin(id, {second_}, RemovalScope::kEverywhere), "");
  EXPECT_TRUE(load(id).deleted_at);
  EXPECT_EQ(entries(), 0);
}

TEST_F(RemovingTest, there_keeps_the_record_and_marks_it_gone_with_the_last) {
  const auto id = planned();
  publish(id, first_);
  publish(id, second_);
  EXPECT_EQ(begin(id, {first_}, RemovalScope::kThere), "");
  EXPECT_FALSE(load(id).gone_at) << "one is still out";
  EXPECT_EQ(begin(id, {first_}, RemovalScope::kThere), "publication.not_found");
  EXPECT_EQ(begin(id, {first_, second_}, RemovalScope::kThere), "");
  EXPECT_TRUE(load(id).gone_at);
  EXPECT_FALSE(load(id).deleted_at);
  EXPECT_THAT(load(id).account_ids, ElementsAre(first_, second_));
  EXPECT_EQ(begin(id, {first_, second_}, RemovalScope::kHere), "");
  EXPECT_TRUE(load(id).deleted_at);
}

TEST_F(RemovingTest, here_leaves_the_post_and_cancels_what_is_planned) {
  const auto id = planned();
  publish(id, first_);
  EXPECT_EQ(begin(id, {first_, second_}, RemovalScope::kHere), "");
  EXPECT_EQ(entries(), 1);
  EXPECT_THAT(states(id), ElementsAre(State::kPublished, State::kCancelled));
  EXPECT_TRUE(load(id).deleted_at);
}

TEST_F(RemovingTest, refuses_what_nobody_can_know_yet_and_changes_nothing) {
  const auto id = planned();
  EXPECT_EQ(begin(id, {first_, second_}, RemovalScope::kThere), "publication.nothing_there");
  for (const char* state : {"claimed", "sending", "unknown", "reconciling"}) {
    set_state(id, second_, state);
    EXPECT_EQ(begin(id, {first_, second_}, RemovalScope::kEverywhere), "publication.being_sent") << state;
    EXPECT_EQ(begin(id, {first_, second_}, RemovalScope::kHere), "publication.being_sent") << state;
  }
  set_state(id, second_, "held", "undecided");
  EXPECT_EQ(begin(id, {second_}, RemovalScope::kEverywhere), "publication.undecided");
  EXPECT_EQ(states(id)[0], State::kScheduled);
  EXPECT_EQ(begin(id, {second_}, RemovalScope::kHere), "");
  EXPECT_THAT(load(id).account_ids, ElementsAre(first_));
}

TEST_F(RemovingTest, at_its_time_posts_are_deleted_there_and_what_was_not_out_is_cancelled) {
  const auto id = planned(stores_.clock.now() + hours(2));
  publish(id, first_);
  const std::atomic<bool> stop(false);
  stores_.clock.advance(hours(1));
  removing_.work(stop);
  EXPECT_EQ(entries(), 1) << "not yet";
  stores_.clock.advance(hours(1));
  set_state(id, second_, "sending");
  removing_.work(stop);
  EXPECT_EQ(entries(), 1) << "its outcome is waited for";
  set_state(id, second_, "retry_wait");
  removing_.work(stop);
  EXPECT_EQ(entries(), 0);
  EXPECT_THAT(states(id), ElementsAre(State::kPublished, State::kCancelled));
  EXPECT_TRUE(load(id).gone_at);
  removing_.work(stop);
  EXPECT_THAT(stores_.read([&](storage::Transaction& tx) { return Removing::of(tx, id); }).size(), 1U) << "once";
}

TEST_F(RemovingTest, an_account_that_is_gone_leaves_its_post_there_and_says_why) {
  const auto id = planned();
  publish(id, first_);
  stores_.write([&](storage::Transaction& tx) { rows_.disconnect(tx, first_, stores_.clock.now()); });
  EXPECT_EQ(begin(id, {first_}, RemovalScope::kEverywhere), "");
  const auto removals = stores_.read([&](storage::Transaction& tx) { return Removing::of(tx, id); });
  ASSERT_EQ(removals.size(), 1U);
  EXPECT_EQ(removals.begin()->second.state, RemovalState::kRefused);
  EXPECT_EQ(removals.begin()->second.problem->code, "account.gone");
  EXPECT_THAT(load(id).account_ids, ElementsAre(first_, second_));
}

}  // namespace
}  // namespace postmypost::leaving
