// Whom an incident touches, counted over every declared table of the program, on both stores.
#include <gtest/gtest.h>

#include "app/migrations.hpp"
#include "app/personal_data.hpp"
#include "care/incidents.hpp"
#include "support/test_store.hpp"

namespace postmypost::privacy {
namespace {

TEST(AffectedByAnIncident, is_counted_for_every_kind_over_every_table_that_holds_it) {
  const support::TestStore store;
  const auto database = store.open();
  ASSERT_TRUE(storage::migrate(*database, app::all_migrations(), {1}));
  const Registry registry(app::all_personal_data());
  const ManualClock clock{{1'800'000'000'000'000}};
  const care::Incidents incidents(registry, clock);
  care::NewIncident every{.what = "Всё", .kinds = {}, .noticed_at = clock.now()};
  for (const CategoryFacts& facts : kCategories) every.kinds.emplace_back(facts.code);
  const auto affected = database->write([&](storage::Transaction& tx) {
    tx.execute("insert into person (id, name, email, email_index, password_hash, role, locale, theme, created_at) values "
               "(1,$1,$1,$1,'-','user','ru','system',0),(2,$2,$2,$2,'-','user','ru','system',0)",
               storage::Blob{"a"}, storage::Blob{"b"});
    tx.execute("insert into project (id, name, zone, created_at) values (5,$1,'UTC',0)", storage::Blob{"p"});
    tx.execute("insert into member (project_id, user_id, access, created_at) values (5,2,'owner',0)");
    tx.execute("insert into account (id, project_id, channel, state, connected_at, verified_at) values (6,5,'telegram','connected',0,0)");
    return incidents.affected(tx, incidents.enter(tx, 1, every).value());
  });
  ASSERT_EQ(affected.size(), kCategories.size());
  const auto persons = [&](std::string_view kind) { return std::ranges::find(affected, kind, &care::Affected::kind)->persons; };
  EXPECT_EQ(persons("name"), 2);
  EXPECT_EQ(persons("credential"), 1) << "of the members of the account's project";
  EXPECT_EQ(persons("ip_address"), 0);
}

}  // namespace
}  // namespace postmypost::privacy
