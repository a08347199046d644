// Who is blamed for a crash: only what was being worked on, and only when it happens again and again.
#include "publishing/poison.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "publications/schema.hpp"
#include "publishing/policies_schema.hpp"
#include "publishing/schema.hpp"
#include "publishing/transitions.hpp"
#include "support/child.hpp"
#include "support/stores.hpp"

namespace postmypost::publishing {
namespace {

std::string uid_of(std::int64_t number) {
  std::string digits = std::to_string(number);
  return std::string(32 - digits.size(), '0') + digits;
}

class Marks : public testing::Test {
 protected:
  std::vector<AtWork::Left> left_by(const std::function<void(AtWork&)>& body) {
    const auto ended = support::run_in_child([&](const support::Speaker&) {
      AtWork at_work(folder_ / "at-work", "boot");
      body(at_work);
    });
    EXPECT_TRUE(ended.killed || ended.code == 0) << ended.said;
    return AtWork(folder_ / "at-work", "boot").left();
  }
  support::TemporaryFolder folder_;
};

TEST_F(Marks, are_read_after_a_kill_by_whoever_comes_next) {
  const auto left = left_by([](AtWork& at_work) {
    const AtWork::Mark first(&at_work, uid_of(1), false), second(&at_work, uid_of(2), true);
    { const AtWork::Mark done(&at_work, uid_of(3), false); }
    ::raise(SIGKILL);
  });
  EXPECT_EQ(left, (std::vector<AtWork::Left>{{uid_of(1), false}, {uid_of(2), true}}));
  EXPECT_TRUE(AtWork(folder_ / "at-work", "boot").left().empty()) << "a crash is told once";
}

TEST_F(Marks, are_gone_after_an_end_in_peace_and_after_an_exception) {
  EXPECT_TRUE(left_by([](AtWork& at_work) {
    try {
      const AtWork::Mark mark(&at_work, uid_of(1), false);
      throw std::runtime_error("of the connector");
    } catch (const std::runtime_error&) {
    }
  }).empty());
}

TEST_F(Marks, accuse_nobody_after_a_power_loss) {
  AtWork before(folder_ / "at-work", "boot");
  const AtWork::Mark mark(&before, uid_of(1), false);  // stands when the power goes
  EXPECT_TRUE(AtWork(folder_ / "at-work", "another boot").left().empty());
}

TEST_F(Marks, have_room_for_some_and_let_the_rest_go_unmarked) {
  AtWork at_work(folder_ / "at-work", "boot");
  std::vector<std::unique_ptr<AtWork::Mark>> marks;
  for (int i = 0; i < 100; ++i) marks.push_back(std::make_unique<AtWork::Mark>(&at_work, uid_of(i), false));
  EXPECT_EQ(AtWork(folder_ / "at-work", "boot").left().size(), 32U);
}

class Crashes : public testing::Test {
 protected:
  Crashes() : stores_({publications::kSchema, kSchema, kPoliciesSchema}) {}

  // `count` deliveries of as many accounts, back in their lines after a crash.
  void plan(int count, State state = State::kScheduled) {
    stores_.write([&](storage::Transaction& tx) {
      for (int i = 1; i <= count; ++i) {
        tx.execute(
            "insert into delivery (id, project_id, publication_id, account_id, channel, uid, state, due, late_policy, ready_at, "
            "text_digest, created_at) values ($1,1,1,$1,'telegram',$2,$3,$4,'hold',$4,'d',$4)",
            i, uid_of(i), to_string(state), stores_.clock.now());
        refresh_lane(tx, i);
      }
    });
  }
  std::size_t crash(std::vector<AtWork::Left> left) {
    return stores_.write([&](storage::Transaction& tx) { return count_crash(tx, left, stores_.clock.now()); });
  }
  Delivery delivery(std::int64_t id) {
    return stores_.read([&](storage::Transaction& tx) { return *load_delivery(tx, id); });
  }
  std::int64_t crashes(std::int64_t id) {
    return stores_.read([&](storage::Transaction& tx) { return crashes_of_all(tx)[id]; });
  }
  support::Stores stores_;
};

TEST_F(Crashes, hold_a_delivery_only_after_two_and_one_more_alone) {
  plan(1);
  EXPECT_EQ(crash({{uid_of(1), false}}), 0U);
  EXPECT_FALSE(must_run_alone(crashes(1)));
  EXPECT_EQ(crash({{uid_of(1), false}}), 0U);
  EXPECT_TRUE(must_run_alone(crashes(1)));
  EXPECT_EQ(delivery(1).state, State::kScheduled);
  EXPECT_EQ(crash({{uid_of(1), true}}), 1U);
  EXPECT_EQ(delivery(1).state, State::kHeld);
  EXPECT_EQ(delivery(1).reason, "poison");
  EXPECT_TRUE(must_run_alone(crashes(1))) << "a retry by a person runs alone again";
}

TEST_F(Crashes, of_three_restarts_hold_none_of_a_thousand_in_flight) {
  plan(1000);
  for (const int at_work : {17, 500, 17}) EXPECT_EQ(crash({{uid_of(at_work), false}}), 0U);
  EXPECT_EQ(stores_.read([](storage::Transaction& tx) {
    return *tx.value<std::int64_t>("select count(*) from delivery where state='scheduled'");
  }), 1000);
  EXPECT_EQ(stores_.read([](storage::Transaction& tx) { return crashes_of_all(tx).size(); }), 2U);
}

TEST_F(Crashes, while_a_doubt_is_read_leave_it_undecided_and_never_simply_retryable) {
  plan(1, State::kUnknown);
  crash({{uid_of(1), true}});
  EXPECT_EQ(delivery(1).reason, "undecided");
}

TEST_F(Crashes, after_the_outcome_and_of_unknown_names_count_for_nobody) {
  plan(1, State::kPublished);
  EXPECT_EQ(crash({{uid_of(1), true}, {uid_of(99), true}}), 0U);
  EXPECT_EQ(delivery(1).state, State::kPublished);
}

TEST_F(Crashes, are_forgotten_with_an_outcome) {
  plan(1);
  crash({{uid_of(1), false}});
  stores_.write([](storage::Transaction& tx) { forget_crashes(tx, 1); });
  EXPECT_EQ(crashes(1), 0);
}

}  // namespace
}  // namespace postmypost::publishing
