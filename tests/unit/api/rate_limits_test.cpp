#include "api/rate_limits.hpp"

#include <gtest/gtest.h>

namespace postmypost::api {
namespace {

constexpr RateLimits::Caller kAnna{.token_id = 0, .user_id = 1, .project_id = 0};

class Limits : public ::testing::Test {
 protected:
  ManualClock clock_{Instant{1'700'000'000'000'000}};
  RateLimits limits_{RateQuotas{.a_minute = {3, 2, 1}}, clock_};
};

TEST_F(Limits, take_until_nothing_is_left_and_tell_when_there_is_more) {
  for (int left = 2; left >= 0; --left) EXPECT_EQ(limits_.take(kAnna, Rate::kRead).caller.left, left);
  clock_.advance(seconds(20));
  const auto spent = limits_.take(kAnna, Rate::kRead);
  EXPECT_FALSE(spent.is_allowed);
  EXPECT_EQ(spent.caller.seconds, 40);
  EXPECT_EQ(too_many(spent).retry_after_s, 40);
  clock_.advance(seconds(40));
  EXPECT_TRUE(limits_.take(kAnna, Rate::kRead).is_allowed);
}

TEST_F(Limits, count_classes_persons_and_tokens_apart) {
  EXPECT_TRUE(limits_.take(kAnna, Rate::kUpload).is_allowed);
  EXPECT_FALSE(limits_.take(kAnna, Rate::kUpload).is_allowed);
  EXPECT_TRUE(limits_.take(kAnna, Rate::kWrite).is_allowed);
  EXPECT_TRUE(limits_.take({.token_id = 5, .user_id = 1}, Rate::kUpload).is_allowed);
  EXPECT_TRUE(limits_.take({.token_id = 0, .user_id = 2}, Rate::kUpload).is_allowed);
}

TEST_F(Limits, stop_a_project_that_many_ask_for) {
  for (int user = 1; user <= 4; ++user) EXPECT_TRUE(limits_.take({.user_id = user, .project_id = 9}, Rate::kUpload).is_allowed);
  const auto spent = limits_.take({.user_id = 5, .project_id = 9}, Rate::kUpload);
  EXPECT_FALSE(spent.is_allowed);
  EXPECT_EQ(spent.spent, "project");
  EXPECT_EQ(spent.caller.left, 1) << "what was refused is not counted";
  EXPECT_TRUE(limits_.take({.user_id = 5, .project_id = 10}, Rate::kUpload).is_allowed);
}

TEST_F(Limits, do_not_mind_a_wall_clock_that_jumps) {
  for (int i = 0; i < 3; ++i) limits_.take(kAnna, Rate::kRead);
  clock_.set_wall(Instant{1});
  EXPECT_FALSE(limits_.take(kAnna, Rate::kRead).is_allowed);
}

TEST_F(Limits, are_told_in_two_fields) {
  http::Headers headers;
  tell(limits_.take({.user_id = 1, .project_id = 9}, Rate::kWrite), Rate::kWrite, headers);
  EXPECT_EQ(headers.get("RateLimit-Policy"), "\"write\";q=2;w=60, \"project-write\";q=8;w=60");
  EXPECT_EQ(headers.get("RateLimit"), "\"write\";r=1;t=60, \"project-write\";r=7;t=60");
}

TEST(RateQuotas, are_read_from_words) {
  EXPECT_EQ(parse_rate_quotas("read=600,upload=0")->a_minute, (std::array<std::int64_t, kRates>{600, 12'000, 0}));
  EXPECT_EQ(parse_rate_quotas("off")->a_minute, (std::array<std::int64_t, kRates>{}));
  for (const char* wrong : {"read", "reads=1", "read=x", "read=-1", "read=1,,write=2", "read=99999999999999999999"}) {
    EXPECT_EQ(parse_rate_quotas(wrong).error().code, "options.rate_limit") << wrong;
  }
  ManualClock clock{Instant{}};
  RateLimits off{*parse_rate_quotas("off"), clock};
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(off.take(kAnna, Rate::kUpload).is_allowed);
}

}  // namespace
}  // namespace postmypost::api
