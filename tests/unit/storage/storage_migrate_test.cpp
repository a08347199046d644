#include "base/encoding.hpp"
#include "storage/open_database.hpp"

namespace postmypost::storage {
namespace {

constexpr Instant kNow{1'700'000'000'000'000};
constexpr Migration kFirst{1, "base", R"sql(
-- a note; with a semicolon and an 'apostrophe
create table note (id bigint primary key, text text not null default 'a;b -- no note', "odd;name" bigint);
/* another; note */
create index note_by_text on note (text);
insert into note (id, text) values (1, 'it''s; done');
)sql"};
constexpr Migration kSecond{2, "vault", "create table secret (id bigint primary key)"};

TEST(Migrate, applies_what_is_missing_and_remembers_it) {
  OpenDatabase db;
  EXPECT_EQ(migrate(*db, {kFirst}, kNow), 1);
  EXPECT_EQ(migrate(*db, {kSecond, kFirst}, kNow), 1);
  EXPECT_EQ(migrate(*db, {kFirst, kSecond}, kNow), 0);
  const auto rows = db->read([](Transaction& tx) {
    EXPECT_EQ(tx.value<std::string>("select text from note"), "it's; done");
    return tx.rows<int, std::string, std::string, Instant>(
        "select version, room, sha256, applied_at from schema_version order by version");
  });
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0], std::make_tuple(1, "base", hex(sha256(kFirst.sql)), kNow));
  EXPECT_EQ(std::get<1>(rows[1]), "vault");
}

TEST(Migrate, refuses_a_text_that_changed) {
  OpenDatabase db;
  ASSERT_TRUE(migrate(*db, {kFirst}, kNow));
  const auto result = migrate(*db, {{1, "base", "create table other (id bigint)"}}, kNow);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "storage.migration_changed");
}

TEST(Migrate, refuses_a_database_of_a_newer_program) {
  OpenDatabase db;
  ASSERT_TRUE(migrate(*db, {kFirst, kSecond}, kNow));
  const auto result = migrate(*db, {kFirst}, kNow);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "storage.newer_database");
}

TEST(Migrate, refuses_to_go_back_in_line) {
  OpenDatabase db;
  ASSERT_TRUE(migrate(*db, {kSecond}, kNow));
  const auto result = migrate(*db, {kFirst, kSecond}, kNow);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "storage.migration_changed");
}

TEST(Migrate, leaves_nothing_of_a_migration_that_fails) {
  OpenDatabase db;
  const Migration broken{2, "vault", "create table half (id bigint); create nonsense;"};
  EXPECT_TRUE(failure_of([&] { (void)migrate(*db, {kFirst, broken}, kNow); }));
  db->read([](Transaction& tx) {
    EXPECT_EQ(tx.value<int>("select max(version) from schema_version"), 1);
  });
  EXPECT_TRUE(failure_of([&] { db.count("half"); }));
  EXPECT_EQ(migrate(*db, {kFirst, kSecond}, kNow), 1);
}

}  // namespace
}  // namespace postmypost::storage
