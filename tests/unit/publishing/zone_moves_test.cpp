// A promise in wall time outlives the rules of its zone.
#include "publishing/zone_moves.hpp"

#include <gtest/gtest.h>

#include "identity/schema.hpp"
#include "projects/schema.hpp"
#include "publications/schema.hpp"
#include "publishing/claims.hpp"
#include "publishing/overview.hpp"
#include "publishing/planning.hpp"
#include "publishing/policies_schema.hpp"
#include "publishing/schema.hpp"
#include "support/stores.hpp"

namespace postmypost::publishing {
namespace {

constexpr const char* kZone = "Europe/Moscow";

class ZoneMoves : public testing::Test {
 protected:
  ZoneMoves() : stores_({identity::kSchema, identity::kRestrictionSchema, projects::kSchema, publications::kSchema, publications::kStagesSchema, kSchema, kPoliciesSchema}) {}

  std::int64_t plan(const std::string& wall_text, const std::string& zone = kZone) {
    return stores_.write([&](storage::Transaction& tx) -> Result<std::int64_t> {
      const WallTime wall = *parse_wall_time(wall_text);
      publications::Publication p{.project_id = 1, .author_id = 1, .timing = publications::Timing::kAt, .wall_time = wall, .zone = zone,
                                  .instant = to_instant(wall, zone, Fold::kEarlier).value(), .language = "ru",
                                  .details = {{.account_id = {}, .text = "Привет", .pictures = {}}}};
      TRY_ASSIGN(const auto saved, publications_.save(tx, p));
      const std::vector<projects::AccountRow> accounts = {{.id = 1, .project_id = 1, .channel = "telegram"}};
      TRY(planning_.plan(tx, saved, accounts, true));
      return saved.id;
    }).value();
  }
  Delivery delivery(std::int64_t publication) {
    return stores_.read([&](storage::Transaction& tx) { return deliveries_of(tx, publication).at(0); });
  }
  std::size_t follow(const ZoneSource& zones) { return follow_zone_rules(*stores_.database, zones, stores_.clock.now()); }
  // Moscow an hour further east than it is.
  static ZoneSource an_hour_east() {
    return {.instant = [](const WallTime& wall, std::string_view zone, Fold fold) -> Result<Instant> {
              TRY_ASSIGN(const Instant t, to_instant(wall, zone, fold));
              return zone == kZone ? t - hours(1) : t;
            },
            .rules = [](std::string_view zone, int, int) { return "new rules of " + std::string(zone); }};
  }
  std::optional<Instant> lane() {
    return stores_.read([](storage::Transaction& tx) { return next_due(tx); });
  }

  support::Stores stores_;
  publications::Publications publications_{*stores_.vault, stores_.clock};
  Planning planning_{*stores_.vault, stores_.clock, stores_.random};
};

TEST_F(ZoneMoves, keep_the_wall_time_and_move_the_instant_with_an_event) {
  const auto id = plan("2027-01-20T12:00");
  const auto elsewhere = plan("2027-01-20T13:00", "Europe/Berlin");
  const Instant before = delivery(id).due, untouched = delivery(elsewhere).due;
  EXPECT_EQ(follow({}), 0U) << "nothing changed";
  EXPECT_EQ(follow(an_hour_east()), 1U);
  EXPECT_EQ(delivery(id).due, before - hours(1));
  EXPECT_EQ(delivery(id).ready_at, before - hours(1));
  EXPECT_EQ(delivery(elsewhere).due, untouched);
  EXPECT_EQ(lane(), before - hours(1));
  const auto [event, instant] = stores_.read([&](storage::Transaction& tx) {
    return std::pair(events_of(tx, delivery(id).id).back(), publications_.load(tx, id)->instant);
  });
  EXPECT_EQ(event.code, "moved_by_zone_rules");
  EXPECT_EQ(event.params.at("to"), to_rfc3339(before - hours(1)));
  EXPECT_EQ(instant, before - hours(1));
  EXPECT_EQ(follow(an_hour_east()), 0U) << "the next start has nothing to do";
}

TEST_F(ZoneMoves, leave_alone_what_was_claimed_or_is_over) {
  const auto id = plan("2027-01-15T11:00:00");  // now
  stores_.write([&](storage::Transaction& tx) {
    tx.execute("update delivery set frozen_at=$1", stores_.clock.now());
  });
  EXPECT_EQ(follow(an_hour_east()), 0U);
  EXPECT_EQ(delivery(id).due, stores_.clock.now());
}

TEST_F(ZoneMoves, take_the_first_minute_that_exists_when_the_wall_time_is_gone) {
  const auto id = plan("2027-01-20T12:30");
  ZoneSource zones = an_hour_east();
  zones.instant = [](const WallTime& wall, std::string_view zone, Fold fold) -> Result<Instant> {
    if (wall.hour == 12) return fail({.code = "time.gap", .params = {{"before", "2027-01-20T11:59:00"}, {"after", "2027-01-20T13:00:00"}}});
    return to_instant(wall, zone, fold);
  };
  EXPECT_EQ(follow(zones), 1U);
  EXPECT_EQ(delivery(id).due, to_instant(*parse_wall_time("2027-01-20T13:00"), kZone, Fold::kEarlier).value());
}

TEST_F(ZoneMoves, keep_the_later_of_two_when_it_was_the_one_that_was_meant) {
  const auto id = plan("2027-01-20T12:30");
  const Instant stored = delivery(id).due;
  ZoneSource zones = an_hour_east();
  zones.instant = [&](const WallTime&, std::string_view, Fold fold) -> Result<Instant> {
    return fold == Fold::kLater ? stored : stored - hours(1);
  };
  EXPECT_EQ(follow(zones), 0U);
  EXPECT_EQ(delivery(id).due, stored);
}

TEST(ZoneRules, differ_where_offsets_or_their_changes_do) {
  EXPECT_NE(zone_rules("Europe/Berlin", 2027, 5), zone_rules("Europe/Moscow", 2027, 5));
  EXPECT_EQ(zone_rules("Europe/Berlin", 2027, 5), zone_rules("Europe/Paris", 2027, 5));
  EXPECT_NE(zone_rules("Europe/Berlin", 2027, 5), zone_rules("Africa/Cairo", 2027, 5)) << "the same offsets on other days";
}

}  // namespace
}  // namespace postmypost::publishing
