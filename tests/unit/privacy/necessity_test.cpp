// The necessity report: how many rows hold a value, and what nobody seems to need.
#include "privacy/necessity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/migrations.hpp"
#include "app/personal_data.hpp"
#include "support/test_store.hpp"

namespace postmypost::privacy {
namespace {

using testing::HasSubstr;

TEST(Necessity, counts_values_that_are_there_and_names_what_no_row_holds) {
  support::TestStore store;
  const auto database = store.open();
  ASSERT_TRUE(storage::migrate(*database, app::all_migrations(), {1}));
  database->write([](storage::Transaction& tx) {
    for (std::int64_t person = 1; person <= 3; ++person) {
      tx.execute("insert into person (id, name, email, email_index, password_hash, role, locale, theme, created_at) "
                 "values ($1,$2,$2,$3,'','user','en','system',1)",
                 person, storage::Blob{"sealed"}, storage::Blob{"index " + std::to_string(person)});
      tx.execute("insert into session (id, token_hash, user_id, device, ip, created_at, last_seen_at) values ($1,$2,$1,'',$3,1,1)", person,
                 storage::Blob{std::to_string(person)}, storage::Blob{person == 1 ? "sealed" : ""});
    }
  });
  const Registry registry(app::all_personal_data());
  const auto held = held_values(*database, registry);
  const auto of = [&](std::string_view column) { return *std::ranges::find(held, column, &HeldValues::column); };
  EXPECT_EQ(of("person.name").held, 3);
  EXPECT_EQ(of("session.ip").rows, 3);
  EXPECT_EQ(of("session.ip").held, 1) << "an address that was emptied is held no more";
  EXPECT_EQ(of("session.device").held, 0);
  const std::string page = necessity_report(held);
  EXPECT_THAT(page, HasSubstr("| session.ip | 3 | 1 |"));
  const auto asks = page.substr(page.find("Is it still needed?"));
  EXPECT_THAT(asks, HasSubstr("- session.device\n"));
  EXPECT_THAT(asks, testing::Not(HasSubstr("- session.ip\n")));
}

}  // namespace
}  // namespace postmypost::privacy
