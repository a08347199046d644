#include "publishing/zone_moves.hpp"

#include <vector>

#include "base/encoding.hpp"
#include "publishing/transitions.hpp"

namespace postmypost::publishing {
namespace {

using storage::Database;
using storage::Transaction;

constexpr int kYears = 10;
constexpr Duration kLookBack = days(1);  // due meanwhile and not yet claimed: it may have moved on
constexpr std::size_t kBatch = 200;

struct Moved {
  std::int64_t publication;
  std::string zone;
  Instant from, to;
};

std::string digest_of(const ZoneSource& zones, const std::string& zone, Instant now) {
  return hex(sha256(zones.rules(zone, to_wall(now, "UTC").year, kYears)));
}

// Zones of planned publications whose rules are not what they were: one step of the index for each zone in use.
std::vector<std::string> changed_zones(Transaction& tx, const ZoneSource& zones, Instant now) {
  constexpr std::string_view sql =
      "with recursive used (zone) as (select min(zone) from publication where kind='at' and wall_time is not null and deleted_at "
      "is null union all select (select min(p.zone) from publication p where p.zone > used.zone and p.kind='at' and p.wall_time "
      "is not null and p.deleted_at is null) from used where used.zone is not null) "
      "select u.zone, r.digest from used u left join zone_rules r on r.zone=u.zone where u.zone is not null";
  std::vector<std::string> changed;
  for (const auto& [zone, digest] : tx.rows<std::string, std::optional<std::string>>(sql)) {
    if (zone_exists(zone) && digest != digest_of(zones, zone, now)) changed.push_back(zone);
  }
  return changed;
}

Instant promised(const ZoneSource& zones, const WallTime& wall, const std::string& zone, Instant stored) {
  const auto earlier = zones.instant(wall, zone, Fold::kEarlier);
  if (earlier) {
    const auto later = zones.instant(wall, zone, Fold::kLater);
    return later && *later == stored ? stored : *earlier;
  }
  const auto after = earlier.error().params.find("after");  // the clocks are now put forward over it
  if (after == earlier.error().params.end()) return stored;
  const auto next = parse_wall_time(after->second);
  return next ? zones.instant(*next, zone, Fold::kEarlier).value_or(stored) : stored;
}

std::vector<Moved> moved_in(Transaction& tx, const ZoneSource& zones, const std::string& zone, Instant now) {
  std::vector<Moved> all;
  tx.each("select id, wall_time, instant from publication where zone=$1 and instant > $2 and kind='at' and wall_time is not null "
          "and deleted_at is null",
          Transaction::parameters(zone, now - kLookBack), [&](const storage::Row& row) {
            const auto wall = parse_wall_time(row.get<std::string>(1));
            const auto stored = row.get<Instant>(2);
            const Instant to = wall ? promised(zones, *wall, zone, stored) : stored;
            if (to != stored) all.push_back({row.get<std::int64_t>(0), zone, stored, to});
          });
  return all;
}

// False when it was claimed before, or changed meanwhile.
bool move_one(Transaction& tx, const Moved& moved, Instant now) {
  bool any = false;
  for (const Delivery& delivery : deliveries_of(tx, moved.publication)) {
    if (delivery.state != State::kScheduled || delivery.frozen_at || delivery.due != moved.from) continue;
    tx.execute("update delivery set due=$2, ready_at=$2 where id=$1", delivery.id, moved.to);
    note(tx, delivery, "moved_by_zone_rules",
         {{"zone", moved.zone}, {"from", to_rfc3339(moved.from)}, {"to", to_rfc3339(moved.to)}}, now);
    refresh_lane(tx, delivery.account_id);
    any = true;
  }
  if (any) tx.execute("update publication set instant=$2 where id=$1 and instant=$3", moved.publication, moved.to, moved.from);
  return any;
}

std::size_t move_all(Database& database, const std::vector<Moved>& moved, Instant now) {
  std::size_t count = 0;
  for (std::size_t begin = 0; begin < moved.size(); begin += kBatch) {
    count += database.write(
        [&](Transaction& tx) {
          std::size_t batch = 0;
          for (std::size_t i = begin; i < std::min(begin + kBatch, moved.size()); ++i) batch += move_one(tx, moved[i], now);
          return batch;
        },
        storage::Queue::kEngine);
  }
  return count;
}

}  // namespace

std::size_t follow_zone_rules(Database& database, const ZoneSource& zones, Instant now) {
  std::size_t count = 0;
  const auto changed = database.read([&](Transaction& tx) { return changed_zones(tx, zones, now); });
  for (const std::string& zone : changed) {
    count += move_all(database, database.read([&](Transaction& tx) { return moved_in(tx, zones, zone, now); }), now);
    // Last: a crash before this does it again, and finds moved what it has moved.
    database.write(
        [&](Transaction& tx) {
          tx.execute("insert into zone_rules (zone, digest) values ($1,$2) on conflict (zone) do update set digest=excluded.digest",
                     zone, digest_of(zones, zone, now));
        },
        storage::Queue::kEngine);
  }
  return count;
}

}  // namespace postmypost::publishing
