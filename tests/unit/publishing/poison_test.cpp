// Who is blamed for a crash: only what was being worked on, and only when it happens again and again.
#include "publishing/poison.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "publications/schema.hpp"
#include "publishing/at_work.hpp"
#include "publishing/overview.hpp"
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
  std::vector<std::string> left_by(const std::function<void(AtWork&)>& body) {
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
    const AtWork::Mark first(&at_work, uid_of(1)), second(&at_work, uid_of(2));
    { const AtWork::Mark done(&at_work, uid_of(3)); }
    ::raise(SIGKILL);
  });
  EXPECT_EQ(left, (std::vector<std::string>{uid_of(1), uid_of(2)}));
  EXPECT_TRUE(AtWork(folder_ / "at-work", "boot").left().empty()) << "a crash is told once";
}

TEST_F(Marks, are_gone_after_an_end_in_peace_and_after_an_exception) {
  EXPECT_TRUE(left_by([](AtWork& at_work) {
    try {
      const AtWork::Mark mark(&at_work, uid_of(1));
      throw std::runtime_error("of the connector");
    } catch (const std::runtime_error&) {
    }
  }).empty());
}

TEST_F(Marks, accuse_nobody_after_a_power_loss) {
  AtWork before(folder_ / "at-work", "boot");
  const AtWork::Mark mark(&before, uid_of(1));  // stands when the power goes
  EXPECT_TRUE(AtWork(folder_ / "at-work", "another boot").left().empty());
}

TEST_F(Marks, have_room_for_some_and_let_the_rest_go_unmarked) {
  AtWork at_work(folder_ / "at-work", "boot");
  std::vector<std::unique_ptr<AtWork::Mark>> marks;
  for (int i = 0; i < 100; ++i) marks.push_back(std::make_unique<AtWork::Mark>(&at_work, uid_of(i)));
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
  void crash(std::vector<std::string> left) {
    stores_.write([&](storage::Transaction& tx) { count_crash(tx, left, stores_.clock.now()); });
  }
  std::int64_t crashes(std::int64_t id) {
    return stores_.read([&](storage::Transaction& tx) { return crashes_of_all(tx)[id]; });
  }
  support::Stores stores_;
};

TEST(Sentence, is_to_run_alone_after_two_crashes_and_to_be_held_after_one_more) {
  EXPECT_EQ(sentence_for(0), Sentence::kTogether);
  EXPECT_EQ(sentence_for(1), Sentence::kTogether);
  EXPECT_EQ(sentence_for(2), Sentence::kAlone);
  EXPECT_EQ(sentence_for(3), Sentence::kHold);
}

TEST_F(Crashes, are_counted_for_what_is_at_work_or_waits_again_with_an_event) {
  plan(1);
  crash({uid_of(1)});
  crash({uid_of(1)});
  EXPECT_EQ(sentence_for(crashes(1)), Sentence::kAlone);
  crash({uid_of(1)});
  EXPECT_EQ(sentence_for(crashes(1)), Sentence::kHold);
  EXPECT_EQ(stores_.read([](storage::Transaction& tx) { return events_of(tx, 1).back().params.at("times"); }), "3");
  stores_.write([](storage::Transaction& tx) { forget_last_crash(tx, 1); });
  EXPECT_EQ(sentence_for(crashes(1)), Sentence::kAlone) << "a retry by a person runs alone again";
}

TEST_F(Crashes, of_three_restarts_condemn_none_of_a_thousand_in_flight) {
  plan(1000, State::kClaimed);
  for (const int at_work : {17, 500, 17}) crash({uid_of(at_work)});
  const auto counted = stores_.read([](storage::Transaction& tx) { return crashes_of_all(tx); });
  EXPECT_EQ(counted, (std::map<std::int64_t, std::int64_t>{{17, 2}, {500, 1}}));
}

TEST_F(Crashes, after_the_outcome_and_of_unknown_names_count_for_nobody) {
  plan(1, State::kPublished);
  crash({uid_of(1), uid_of(99)});
  EXPECT_EQ(crashes(1), 0);
}

TEST_F(Crashes, are_forgotten_with_an_outcome) {
  plan(1);
  crash({uid_of(1)});
  stores_.write([](storage::Transaction& tx) { forget_crashes(tx, 1); });
  EXPECT_EQ(crashes(1), 0);
}

}  // namespace
}  // namespace postmypost::publishing
