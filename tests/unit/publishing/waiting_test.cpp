// Every kind of waiting has its reason.
#include "publishing/waiting.hpp"

#include <gtest/gtest.h>

#include "base/zones.hpp"
#include "projects/schema.hpp"
#include "publications/schema.hpp"
#include "publishing/policies_schema.hpp"
#include "publishing/schema.hpp"
#include "publishing/transitions.hpp"
#include "support/stores.hpp"

namespace postmypost::publishing {
namespace {

class WhyWaiting : public testing::Test {
 protected:
  WhyWaiting() : stores_({projects::kSchema, publications::kSchema, kSchema, kWorkersSchema, kPoliciesSchema}) {
    stores_.write([](storage::Transaction& tx) {
      tx.execute("insert into project (id, name, zone, created_at) values (1, $1, 'UTC', 0)", storage::Blob{"sealed"});
    });
    run("insert into account (id, project_id, channel, state, connected_at, verified_at) values (1, 1, 'telegram', 'connected', 0, 0)");
    add(1, "scheduled");
  }
  void add(std::int64_t id, std::string_view state) {
    stores_.write([&](storage::Transaction& tx) {
      tx.execute(
          "insert into delivery (id, project_id, publication_id, account_id, channel, uid, state, due, late_policy, ready_at, "
          "text_digest, created_at) values ($1,1,1,1,'telegram',$2,$3,$4,'hold',$4,'d',$4)",
          id, std::to_string(id), state, now());
      refresh_lane(tx, 1);
    });
  }
  void run(std::string_view sql) {
    stores_.write([&](storage::Transaction& tx) { tx.execute(sql); });
  }
  std::string code(std::int64_t id = 1) { return why(id).code; }
  Waiting why(std::int64_t id = 1) {
    return stores_.read([&](storage::Transaction& tx) { return why_waiting(tx, *load_delivery(tx, id), now()).value_or(Waiting{"none"}); });
  }
  Instant now() { return stores_.clock.now(); }
  support::Stores stores_;
};

TEST_F(WhyWaiting, is_told_by_the_delivery_itself) {
  EXPECT_EQ(code(), "starting");
  run("update delivery set ready_at = ready_at + 60000000");
  EXPECT_EQ(code(), "none") << "it is not due";
  run("update delivery set state='retry_wait'");
  EXPECT_EQ(why().params.at("until"), to_rfc3339(now() + minutes(1)));
  EXPECT_EQ(code(), "retry");
  run("update delivery set state='unknown'");
  EXPECT_EQ(code(), "quiet_time");
  run("update delivery set state='published', ready_at=null");
  EXPECT_EQ(code(), "none");
}

TEST_F(WhyWaiting, is_told_by_the_account_and_its_lane) {
  add(2, "sending");
  run("update lane set in_flight=2");
  EXPECT_EQ(code(), "lane.busy");
  run("update delivery set state='reconciling' where id=2");
  EXPECT_EQ(code(), "lane.in_doubt");
  run("update lane set in_flight=null");
  const Instant until = now() + minutes(5);
  stores_.write([&](storage::Transaction& tx) { hold_back_lane(tx, 1, until); });
  EXPECT_EQ(code(), "rate_limited");
  stores_.write([&](storage::Transaction& tx) { explain_lane(tx, 1, until, {"host.unreachable", {{"host", "m.example"}}}); });
  EXPECT_EQ(code(), "host.unreachable");
  EXPECT_EQ(why().params, (std::map<std::string, std::string>{{"host", "m.example"}, {"until", to_rfc3339(until)}}));
  stores_.write([&](storage::Transaction& tx) { hold_back_lane(tx, 1, until + minutes(1)); });
  EXPECT_EQ(code(), "rate_limited") << "what was said of another time does not explain this one";
  run("update account set state='needs_reconnect'");
  EXPECT_EQ(code(), "account.needs_reconnect");
}

TEST_F(WhyWaiting, is_told_by_the_engine) {
  run("insert into worker (id, name, journal, journal_number, journal_hash, beat, timeline, started_at, beat_at) values (7, 'w', 'j', 0, '', 1, '', 0, 0)");
  stores_.write([&](storage::Transaction& tx) { explain_pause(tx, 7, "clock.jumped", now()); });
  EXPECT_EQ(code(), "clock.jumped");
  stores_.write([&](storage::Transaction& tx) { explain_pause(tx, 7, {}, now()); });
  EXPECT_EQ(code(), "starting");
  stores_.write([&](storage::Transaction& tx) { explain_pause(tx, 7, "clock.jumped", now()); });
  run("update worker set ended_at = 1");
  EXPECT_EQ(code(), "starting") << "the dead pause nobody";
  run("insert into delivery_crash (delivery_id, crashes) values (1, 2)");
  EXPECT_EQ(code(), "alone");
}

}  // namespace
}  // namespace postmypost::publishing
