// Stories of clocks: what the wall says against what time it truly is, and what may be claimed meanwhile.
#include "publishing/clock_watch.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace postmypost::publishing {
namespace {

constexpr Instant kTrueStart{1'800'000'000'000'000};

// At `at` of boot time the clock is set off by that much from true time (or made synchronised, or a network is heard).
struct Turn {
  Duration at;
  enum What { kWallIsOff, kSynchronised, kUnsynchronised, kDate, kTrust, kDatabase } what;
  Duration off = {};
  const char* host = "one.example";
};

struct Story {
  const char* name;
  std::vector<Turn> turns;
  std::vector<std::pair<Duration, std::string_view>> expected;  // the doubt at those boot times
  std::optional<Duration> silence = {};                         // true time since the last beat
};

class ClockStory : public testing::TestWithParam<Story> {};

TEST_P(ClockStory, never_lets_a_clock_decide_that_is_ahead) {
  const Story& story = GetParam();
  Duration off{}, boot{};
  bool synchronised = false, database = false;
  std::optional<ClockWatch> watch;
  std::map<std::int64_t, std::string_view> doubts;
  const auto testimony = [&] {
    const Instant truth = kTrueStart + boot;
    return Testimony{.wall = truth + off, .boot = boot, .is_synchronised = synchronised,
                     .database = database ? std::optional(truth) : std::nullopt};
  };
  for (; boot <= hours(4); boot = boot + seconds(1)) {
    bool trusts = false;
    std::vector<Turn> heard;
    for (const Turn& turn : story.turns) {
      if (turn.at != boot) continue;
      if (turn.what == Turn::kWallIsOff) off = turn.off;
      if (turn.what == Turn::kSynchronised) synchronised = true;
      if (turn.what == Turn::kUnsynchronised) synchronised = false;
      if (turn.what == Turn::kDatabase) database = true;
      if (turn.what == Turn::kDate) heard.push_back(turn);
      if (turn.what == Turn::kTrust) trusts = true;
    }
    if (!watch) {
      std::optional<Instant> last_beat;
      if (story.silence) last_beat = kTrueStart - *story.silence;
      watch.emplace(ClockRules{}, testimony(), last_beat);
    }
    for (const Turn& turn : heard) watch->hear(turn.host, kTrueStart + boot + turn.off, boot);
    if (trusts) watch->trust(testimony());
    doubts[boot.us] = watch->tick(testimony());
  }
  for (const auto& [at, doubt] : story.expected) EXPECT_EQ(doubts.at(at.us), doubt) << story.name << " at " << at.us / 1'000'000 << " s";
}

using T = Turn;

INSTANTIATE_TEST_SUITE_P(
    Stories, ClockStory,
    testing::Values(
        Story{"a quiet day", {}, {{{}, ""}, {hours(4), ""}}},
        Story{"an hour ahead and back", {{minutes(10), T::kWallIsOff, hours(1)}, {minutes(20), T::kWallIsOff, {}}},
              {{minutes(9), ""}, {minutes(10), "jumped"}, {minutes(19), "jumped"}, {minutes(20) + seconds(59), "jumped"}, {minutes(21), ""}}},
        Story{"a day ahead, and nobody else to ask", {{minutes(10), T::kWallIsOff, days(1)}}, {{minutes(10), "jumped"}, {hours(4), "jumped"}}},
        Story{"a year ahead by a synchronised kernel that a server contradicts not",
              {{{}, T::kSynchronised}, {minutes(10), T::kUnsynchronised}, {minutes(10), T::kWallIsOff, days(365)}},
              {{minutes(10), "jumped"}, {hours(3), "jumped"}}},
        Story{"a jump that NTP made", {{{}, T::kSynchronised}, {minutes(10), T::kWallIsOff, hours(1)}},
              {{minutes(10), "jumped"}, {minutes(10) + seconds(59), "jumped"}, {minutes(11), ""}}},
        Story{"an hour back: only delays", {{minutes(10), T::kWallIsOff, {-hours(1).us}}}, {{minutes(10), ""}, {hours(1), ""}}},
        Story{"a day back, and forward again", {{minutes(10), T::kWallIsOff, {-days(1).us}}, {minutes(20), T::kWallIsOff, {}}},
              {{minutes(10), ""}, {minutes(20), ""}}},
        Story{"twice twenty seconds ahead is a jump too", {{minutes(1), T::kWallIsOff, seconds(20)}, {minutes(5), T::kWallIsOff, seconds(40)}},
              {{minutes(2), ""}, {minutes(5), "jumped"}, {hours(1), "jumped"}}},
        Story{"a leap second", {{minutes(10), T::kWallIsOff, {-seconds(1).us}}, {minutes(20), T::kWallIsOff, {}}}, {{minutes(10), ""}, {minutes(20), ""}}},
        Story{"a correction that the networks had foreseen",
              {{{}, T::kWallIsOff, {-hours(1).us}}, {minutes(1), T::kDate}, {minutes(10), T::kWallIsOff, {}}},
              {{minutes(5), ""}, {minutes(10), "jumped"}, {minutes(11), ""}}},
        Story{"ahead from the start, until a network is heard", {{{}, T::kWallIsOff, hours(1)}, {minutes(1), T::kDate}, {minutes(30), T::kWallIsOff, {}}},
              {{seconds(1), ""}, {minutes(1), "ahead_of_networks"}, {minutes(29), "ahead_of_networks"}, {minutes(31), ""}}},
        Story{"one broken server against a synchronised kernel", {{{}, T::kSynchronised}, {minutes(1), T::kDate, {-hours(1).us}}}, {{minutes(2), ""}, {hours(1), ""}}},
        Story{"three servers against a synchronised kernel",
              {{{}, T::kSynchronised}, {minutes(1), T::kDate, {-hours(1).us}, "a"}, {minutes(1), T::kDate, {-hours(1).us}, "b"}, {minutes(1), T::kDate, {-hours(1).us}, "c"}},
              {{minutes(2), "ahead_of_networks"}}},
        Story{"one server out of three is broken", {{minutes(1), T::kDate, {-days(9).us}, "a"}, {minutes(1), T::kDate, {}, "b"}, {minutes(1), T::kDate, {}, "c"}},
              {{minutes(2), ""}}},
        Story{"six seconds ahead of the database's server", {{{}, T::kDatabase}, {minutes(1), T::kWallIsOff, seconds(6)}, {minutes(9), T::kWallIsOff, seconds(4)}},
              {{seconds(59), ""}, {minutes(1), "ahead_of_database"}, {minutes(9), "ahead_of_database"}, {minutes(10), ""}}},
        Story{"the database supports a jump of ours", {{{}, T::kDatabase}, {{}, T::kWallIsOff, {-hours(1).us}}, {minutes(9), T::kWallIsOff, {}}},
              {{minutes(8), ""}, {minutes(9), "jumped"}, {minutes(10), ""}}},
        Story{"a start after a short pause", {}, {{{}, ""}}, minutes(29)},
        Story{"a start after a long pause, heard by nobody", {}, {{{}, "unproven"}, {hours(4), "unproven"}}, hours(2)},
        Story{"a start after a long pause by a synchronised clock", {{{}, T::kSynchronised}}, {{{}, ""}}, hours(2)},
        Story{"a start a day ahead, until a network is heard and the clock is set right",
              {{{}, T::kWallIsOff, days(1)}, {minutes(2), T::kDate}, {minutes(9), T::kWallIsOff, {}}},
              {{{}, "unproven"}, {minutes(2), "ahead_of_networks"}, {minutes(9), "ahead_of_networks"}, {minutes(10), ""}}, minutes(1)},
        Story{"a start after a long pause that a network proves", {{minutes(2), T::kDate}}, {{minutes(1), "unproven"}, {minutes(2), ""}}, hours(2)},
        Story{"the operator's word, and a jump after it", {{minutes(2), T::kTrust}, {minutes(9), T::kWallIsOff, hours(1)}},
              {{minutes(1), "unproven"}, {minutes(2), ""}, {minutes(9), "jumped"}}, hours(2)},
        Story{"the operator's word against a network", {{minutes(1), T::kDate, {-hours(1).us}}, {minutes(2), T::kTrust}}, {{minutes(1), "ahead_of_networks"}, {minutes(2), ""}, {hours(1), ""}}}),
    [](const auto& test) {
      std::string name = test.param.name;
      for (char& c : name) {
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
      }
      return name;
    });

// Boot time counts sleep, so a resume moves both clocks alike; a clock without it would look like a jump of an hour.
TEST(ClockWatch, is_not_alarmed_by_a_suspend) {
  ClockWatch watch({}, {.wall = kTrueStart, .boot = seconds(10)}, kTrueStart);
  EXPECT_EQ(watch.tick({.wall = kTrueStart + hours(9), .boot = seconds(10) + hours(9)}), "");
}

TEST(ClockWatch, never_believes_a_clock_that_is_ahead_whatever_the_order_of_steps) {
  for (const std::int64_t ahead : {31, 60, 3600, 86'400, 31'536'000}) {
    for (const bool heard_before : {true, false}) {
      ClockWatch watch({}, {.wall = kTrueStart, .boot = {}}, {});
      if (heard_before) watch.hear("a", kTrueStart, {});
      for (int second = 1; second < 600; ++second) {
        const Duration boot = seconds(second);
        EXPECT_NE(watch.tick({.wall = kTrueStart + boot + seconds(ahead), .boot = boot}), "") << ahead << " s ahead after " << second;
      }
    }
  }
}

TEST(ClockWatch, believes_its_line_and_not_a_jump_even_between_two_looks) {
  ClockWatch watch({}, {.wall = kTrueStart, .boot = seconds(10)}, {});
  const Duration boot = seconds(70);
  EXPECT_EQ(watch.believed(kTrueStart + seconds(61), boot), kTrueStart + seconds(61)) << "as good as true";
  EXPECT_EQ(watch.believed(kTrueStart + days(365), boot), kTrueStart + seconds(60));
  EXPECT_EQ(watch.believed(kTrueStart - days(1), boot), kTrueStart - days(1)) << "behind only delays";
}

TEST(ClockWatch, of_an_unproven_start_believes_the_last_sign_of_life_until_a_witness_speaks) {
  ClockWatch watch({}, {.wall = kTrueStart, .boot = {}}, kTrueStart - hours(9));
  EXPECT_EQ(watch.believed(kTrueStart, {}), kTrueStart - hours(9));
  watch.hear("a", kTrueStart, {});
  EXPECT_EQ(watch.tick({.wall = kTrueStart, .boot = {}}), "");
  EXPECT_EQ(watch.believed(kTrueStart, {}), kTrueStart);
}

}  // namespace
}  // namespace postmypost::publishing
