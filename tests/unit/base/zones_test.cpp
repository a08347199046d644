#include <gtest/gtest.h>

#include "base/zones.hpp"

namespace postmypost {
namespace {

Result<Instant> at(const char* wall, const char* zone, Fold fold = Fold::kRefuse) {
  return to_instant(*parse_wall_time(wall), zone, fold);
}

TEST(Zones, turn_wall_times_into_instants_and_back) {
  EXPECT_EQ(to_rfc3339(at("2027-03-10T12:30", "Europe/Moscow").value()), "2027-03-10T09:30:00.000Z");
  EXPECT_EQ(to_rfc3339(at("2027-07-01T12:00", "America/New_York").value()), "2027-07-01T16:00:00.000Z");
  EXPECT_EQ(to_string(to_wall(*parse_rfc3339("2027-03-10T09:30:00Z"), "Asia/Kathmandu")), "2027-03-10T15:15:00");
}

TEST(Zones, refuse_a_wall_time_in_a_gap_with_the_two_nearest) {
  const auto gap = at("2027-03-28T02:30", "Europe/Berlin");
  ASSERT_FALSE(gap);
  EXPECT_EQ(gap.error().code, "time.gap");
  EXPECT_EQ(gap.error().params.at("before"), "2027-03-28T01:59:00");
  EXPECT_EQ(gap.error().params.at("after"), "2027-03-28T03:00:00");
}

TEST(Zones, ask_which_when_a_wall_time_happens_twice) {
  const auto twice = at("2027-10-31T02:30", "Europe/Berlin");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, "time.overlap");
  EXPECT_EQ(twice.error().params.at("earlier"), "2027-10-31T02:30:00+02:00");
  const Instant earlier = at("2027-10-31T02:30", "Europe/Berlin", Fold::kEarlier).value();
  const Instant later = at("2027-10-31T02:30", "Europe/Berlin", Fold::kLater).value();
  EXPECT_EQ(later - earlier, hours(1));
}

TEST(Zones, know_half_an_hour_of_summer_time) {
  const Instant earlier = at("2027-04-04T01:45", "Australia/Lord_Howe", Fold::kEarlier).value();
  const Instant later = at("2027-04-04T01:45", "Australia/Lord_Howe", Fold::kLater).value();
  EXPECT_EQ(later - earlier, minutes(30));
}

// A law: every instant survives the way through the wall time of its zone.
TEST(Zones, bring_every_hour_of_a_year_back) {
  for (const char* zone : {"Europe/Moscow", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"}) {
    const Instant start = *parse_rfc3339("2027-01-01T00:00:00Z");
    for (int hour = 0; hour < 365 * 24; hour += 3) {
      const Instant t = start + hours(hour);
      const WallTime wall = to_wall(t, zone);
      const auto earlier = to_instant(wall, zone, Fold::kEarlier);
      const auto later = to_instant(wall, zone, Fold::kLater);
      ASSERT_TRUE(earlier && later);
      EXPECT_TRUE(*earlier == t || *later == t) << zone << " " << to_rfc3339(t);
    }
  }
}

TEST(Zones, refuse_unknown_names_and_impossible_days) {
  EXPECT_EQ(at("2027-01-01T00:00", "Mars/Olympus").error().code, "time.zone_unknown");
  for (const char* text : {"2027-02-29T10:00", "2027-13-01T10:00", "2027-01-01T24:00", "2027-01-01", "2027-01-01T10:0", "", "2027-01-01T10:00Z", "+027-01-01T10:00"}) {
    EXPECT_FALSE(parse_wall_time(text)) << text;
  }
}

TEST(Rfc3339, reads_offsets_and_fractions_and_nothing_else) {
  EXPECT_EQ(parse_rfc3339("2027-01-15T11:00:00.25+03:00")->us, parse_rfc3339("2027-01-15T08:00:00.250Z")->us);
  for (const char* text : {"2027-01-15T11:00:00", "2027-01-15 11:00:00Z", "2027-01-15T11:00:00.Z", "2027-01-15T11:00:00+3:00", "2027-01-15T11:00:00Zx"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(ZoneFiles, of_this_machine_reach_beyond_next_summer) { EXPECT_TRUE(check_zone_files(SystemClock().now())); }

TEST(HttpDate, has_the_form_of_rfc_9110) { EXPECT_EQ(to_http_date(*parse_rfc3339("2027-01-15T08:00:00Z")), "Fri, 15 Jan 2027 08:00:00 GMT"); }

}  // namespace
}  // namespace postmypost
