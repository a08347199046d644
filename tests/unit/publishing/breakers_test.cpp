// Breakers, their ramp and quotas, without a network: what is let through when.
#include "publishing/breakers.hpp"

#include <gtest/gtest.h>

#include <queue>

#include "publishing/quotas.hpp"
#include "publications/schema.hpp"
#include "publishing/policies_schema.hpp"
#include "publishing/schema.hpp"
#include "support/stores.hpp"

namespace postmypost::publishing {
namespace {

constexpr Instant kStart{1'800'000'000'000'000};
const std::string kHost = host_key("mastodon", "m.example");

Breaker failed_times(int times, Instant now) {
  Breaker breaker;
  for (int i = 0; i < times; ++i) {
    now = std::max(now, breaker.open_until);
    breaker = after_failure(breaker, "unreachable", now, {});
  }
  return breaker;
}

TEST(Breaker, opens_with_the_fifth_failure_in_a_row_and_twice_as_long_each_time_up_to_ten_minutes) {
  EXPECT_EQ(failed_times(4, kStart).open_until, Instant{});
  const Duration pauses[] = {seconds(15), seconds(30), seconds(60), minutes(2), minutes(4), minutes(8), minutes(10), minutes(10)};
  for (int more = 0; more < 8; ++more) {
    const Breaker open = failed_times(5 + more, kStart);
    EXPECT_EQ(open.open_until - open.opened_at, pauses[more]) << more;
  }
  const Breaker after_years = failed_times(500, kStart);
  EXPECT_EQ(after_years.open_until - after_years.opened_at, minutes(10));
}

TEST(Breaker, is_not_opened_longer_by_failures_of_what_was_on_its_way) {
  const Breaker open = failed_times(5, kStart);
  EXPECT_EQ(after_failure(open, "unreachable", kStart + seconds(1), {}), open);
}

TEST(Breaker, opens_exactly_until_a_named_reset_and_never_shorter) {
  const Breaker limited = after_limit({}, kStart + hours(2), kStart);
  EXPECT_EQ(limited.open_until, kStart + hours(2));
  EXPECT_EQ(after_limit(limited, kStart + hours(1), kStart), limited);
  EXPECT_EQ(after_limit({}, kStart, kStart), Breaker{}) << "a reset that is over";
}

TEST(Ramp, lets_go_one_then_twice_as_many_then_as_many_as_a_host_can_bear) {
  std::map<std::int64_t, int> in_step;
  for (std::int64_t place = 0; place < 10'000; ++place) ++in_step[ramp(place, {}).us / 2'000'000];
  const int doubling[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 256, 256};
  for (int step = 0; step < 11; ++step) EXPECT_EQ(in_step[step], doubling[step]) << step;
  EXPECT_LT(in_step.rbegin()->first, 60) << "all within two minutes";
}

TEST(Breakers, let_one_try_after_an_opening_and_all_after_its_success) {
  Breakers breakers;
  for (int i = 0; i < 5; ++i) breakers.failed(kHost, "unreachable", kStart);
  EXPECT_EQ(breakers.must_wait(kHost, kStart)->until, kStart + seconds(15));
  EXPECT_EQ(breakers.must_wait(kHost, kStart)->until, kStart + seconds(17));
  const Instant later = kStart + seconds(15);
  EXPECT_FALSE(breakers.must_wait(kHost, later)) << "the trial";
  EXPECT_TRUE(breakers.must_wait(kHost, later));
  EXPECT_FALSE(breakers.must_wait(kHost, later + minutes(2))) << "the trial told nothing: the next one";
  EXPECT_FALSE(breakers.succeeded(kHost, later + minutes(2))->row);
  EXPECT_FALSE(breakers.must_wait(kHost, later + minutes(2)));
  EXPECT_FALSE(breakers.must_wait(host_key("mastodon", "other.example"), kStart)) << "other hosts are not touched";
}

TEST(Breakers, are_closed_by_success_but_a_limit_only_by_its_reset) {
  Breakers breakers;
  breakers.failed(kHost, "unreachable", kStart);
  EXPECT_TRUE(breakers.succeeded(kHost, kStart));
  for (int i = 0; i < 4; ++i) breakers.failed(kHost, "unreachable", kStart);
  EXPECT_FALSE(breakers.must_wait(kHost, kStart)) << "four in a row, not five";
  breakers.limited(kHost, kStart + minutes(5), kStart);
  EXPECT_FALSE(breakers.succeeded(kHost, kStart + seconds(1))) << "an answer to what was on its way";
  EXPECT_EQ(breakers.must_wait(kHost, kStart + minutes(5) - seconds(1))->why, "limit");
  EXPECT_FALSE(breakers.must_wait(kHost, kStart + minutes(5)));
}

class StoredBreakers : public testing::Test {
 protected:
  StoredBreakers() : stores_({publications::kSchema, kSchema, kPoliciesSchema}) {}
  void store(Breakers& breakers, const std::optional<Breakers::Change>& change) {
    ASSERT_TRUE(change);
    stores_.write([&](storage::Transaction& tx) { Breakers::write(tx, *change); });
    breakers.written(change->key);
  }
  void refresh(Breakers& breakers) {
    stores_.read([&](storage::Transaction& tx) { breakers.refresh(tx); });
  }
  support::Stores stores_;
};

TEST_F(StoredBreakers, are_shared_by_workers_and_survive_a_restart) {
  Breakers first, second;
  for (int i = 0; i < 5; ++i) store(first, first.failed(kHost, "server_error", kStart));
  refresh(second);
  EXPECT_EQ(second.must_wait(kHost, kStart)->why, "server_error");
  store(first, first.succeeded(kHost, kStart));
  refresh(second);
  EXPECT_FALSE(second.must_wait(kHost, kStart));
}

TEST_F(StoredBreakers, keep_what_is_not_yet_written_and_whom_they_moved) {
  Breakers breakers;
  const auto limited = breakers.limited(kHost, kStart + minutes(5), kStart);
  refresh(breakers);
  EXPECT_EQ(breakers.must_wait(kHost, kStart)->until, kStart + minutes(5)) << "the row is on its way";
  store(breakers, limited);
  refresh(breakers);
  EXPECT_EQ(breakers.must_wait(kHost, kStart)->until, kStart + minutes(5) + seconds(2)) << "the second place";
}

// Six hours of a dead host under ten thousand lanes with something due: who knocks, how often, and how the end goes.
TEST(Breakers, of_a_host_that_is_away_for_hours_let_nearly_nobody_knock_and_everybody_back_in_steps) {
  Breakers breakers;
  const Instant back = kStart + hours(6);
  std::priority_queue<std::pair<std::int64_t, int>, std::vector<std::pair<std::int64_t, int>>, std::greater<>> lanes;
  for (int lane = 0; lane < 10'000; ++lane) lanes.emplace(kStart.us + lane * 1'000, lane);
  std::int64_t knocks = 0, moves = 0;
  std::map<std::int64_t, int> sent_in_second;
  while (!lanes.empty()) {
    const auto [at, lane] = lanes.top();
    const Instant now{at};
    lanes.pop();
    if (const auto wait = breakers.must_wait(kHost, now)) {
      ++moves;
      lanes.emplace(wait->until.us, lane);
    } else if (now < back) {
      ++knocks;
      breakers.failed(kHost, "unreachable", now);
      lanes.emplace(at + 2'000'000, lane);
    } else {
      ++sent_in_second[(now - back).us / 1'000'000];
      breakers.succeeded(kHost, now);
    }
  }
  EXPECT_LT(knocks, 60) << "five that open it, then one in each opening";
  EXPECT_LT(moves, 10'000 * 45) << "once for each lane and opening";
  int sent = 0, most = 0;
  for (const auto& [second, count] : sent_in_second) sent += count, most = std::max(most, count);
  EXPECT_EQ(sent, 10'000);
  EXPECT_LE(most, 512) << "no storm";
  EXPECT_LT(sent_in_second.rbegin()->first, 10 * 60 + 120) << "the longest pause and the ramp";
}

class Quotas : public StoredBreakers {
 protected:
  void sent(std::int64_t account, Instant at) {
    stores_.write([&](storage::Transaction& tx) {
      const auto id = tx.next_id("delivery");
      tx.execute(
          "insert into delivery (id, project_id, publication_id, account_id, channel, uid, state, due, late_policy, text_digest, "
          "sent_at, created_at) values ($1,1,1,$2,'telegram',$3,'published',$4,'hold','d',$4,$4)",
          id, account, std::to_string(id), at);
    });
  }
  std::optional<Instant> wait(std::vector<networks::Quota> quotas, Instant now) {
    return stores_.read([&](storage::Transaction& tx) { return account_quota_wait(tx, 1, quotas, now); });
  }
};

TEST_F(Quotas, of_an_account_are_kept_by_what_it_sent) {
  const std::vector<networks::Quota> telegram = {{1, seconds(1)}, {20, minutes(1)}};
  EXPECT_FALSE(wait(telegram, kStart));
  sent(1, kStart);
  sent(2, kStart + seconds(9));
  EXPECT_EQ(wait(telegram, kStart + milliseconds(400)), kStart + seconds(1));
  EXPECT_FALSE(wait(telegram, kStart + seconds(1)));
  for (int i = 1; i < 20; ++i) sent(1, kStart + seconds(i));
  EXPECT_EQ(wait(telegram, kStart + seconds(21)), kStart + minutes(1)) << "twenty within a minute";
  EXPECT_FALSE(wait(telegram, kStart + minutes(1)));
}

TEST(AppQuotas, hand_out_slots_of_a_bot_to_its_channels) {
  AppQuotas quotas;
  const networks::Quota thirty{30, seconds(1), networks::LimitScope::kHost};
  std::map<std::int64_t, int> in_second;
  for (std::int64_t account = 0; account < 300; ++account) {
    const auto slot = quotas.must_wait("bot", thirty, account, kStart);
    ++in_second[(slot.value_or(kStart) - kStart).us / 1'000'000];
    if (!slot) continue;
    EXPECT_EQ(quotas.must_wait("bot", thirty, account, *slot - milliseconds(1)), slot) << "too early again: the same slot";
    EXPECT_FALSE(quotas.must_wait("bot", thirty, account, *slot)) << "the slot is kept for it";
  }
  EXPECT_EQ(in_second.size(), 10U);
  for (const auto& [second, count] : in_second) EXPECT_EQ(count, 30) << second;
  EXPECT_FALSE(quotas.must_wait("another bot", thirty, 1, kStart));
}

}  // namespace
}  // namespace postmypost::publishing
