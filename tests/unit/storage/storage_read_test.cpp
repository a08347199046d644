#include <atomic>
#include <future>
#include <thread>

#include "storage/open_database.hpp"

namespace postmypost::storage {
namespace {

using Kind = DatabaseError::Kind;

constexpr std::string_view kEndless =
    "with recursive n (i) as (select 1 union all select i + 1 from n) select count(*) from n";

TEST(Read, sees_one_snapshot) {
  OpenDatabase db;
  db.run("create table thing (id bigint)");
  db.run("insert into thing values (1)");
  db->read([&](Transaction& tx) {
    EXPECT_EQ(tx.value<int>("select count(*) from thing"), 1);
    db.run("insert into thing values (2)");
    EXPECT_EQ(tx.value<int>("select count(*) from thing"), 1);
  });
  EXPECT_EQ(db.count("thing"), 2);
}

TEST(Read, sees_what_was_written_before_it) {
  OpenDatabase db;
  db.run("create table thing (id bigint)");
  for (int i = 1; i <= 50; ++i) {
    db.run("insert into thing values (1)");
    ASSERT_EQ(db.count("thing"), i);
  }
}

TEST(Read, cant_write) {
  OpenDatabase db;
  db.run("create table thing (id bigint)");
  for (const char* sql :
       {"insert into thing values (1)", "delete from thing", "create table other (id bigint)",
        "pragma query_only=off", "insert into thing values (1)"}) {
    (void)failure_of([&] { db->read([&](Transaction& tx) { tx.execute(sql); }); });
  }
  EXPECT_EQ(db.count("thing"), 0);
  EXPECT_EQ(failure_of([&] { db->read([](Transaction& tx) { tx.execute("delete from thing"); }); }),
            Kind::kOther);
  EXPECT_TRUE(failure_of([&] { db->read([](Transaction& tx) { (void)tx.next_id("thing"); }); }));
  EXPECT_TRUE(failure_of([&] { db->read([](Transaction& tx) { tx.after_commit([] {}); }); }));
}

TEST(Read, is_bounded) {
  OpenDatabase db;
  EXPECT_EQ(failure_of([&] { db->read([](Transaction& tx) { (void)tx.value<int>(kEndless); }); }),
            Kind::kBusy);
  EXPECT_EQ(failure_of([&] {
              db->read([](Transaction& tx) {
                while (tx.value<int>("select 1")) {
                }
              });
            }),
            Kind::kBusy);
  EXPECT_EQ(db->read([](Transaction& tx) { return *tx.value<int>("select 1"); }), 1);
}

TEST(Read, returns_results_and_rethrows) {
  OpenDatabase db;
  const Result<int> result = db->read(
      [](Transaction&) -> Result<int> { return fail({.code = "test.no", .detail = "No."}); });
  EXPECT_FALSE(result);
  EXPECT_THROW(db->read([](Transaction&) { throw std::domain_error("broken"); }),
               std::domain_error);
}

TEST(Read, is_shared_by_more_threads_than_there_are_readers) {
  OpenDatabase db;
  db.run("create table thing (id bigint)");
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 12; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) wrong += db.count("thing") == 0 ? 0 : 1;
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

TEST(Read, follows_changes_of_the_schema) {
  OpenDatabase db;
  db.run("create table thing (id bigint)");
  EXPECT_EQ(db.count("thing"), 0);
  db.run("alter table thing add column name text");
  db.run("insert into thing values (1, 'a')");
  EXPECT_EQ(db.count("thing"), 1);
}

TEST(SqliteLog, starts_over_while_much_is_written) {
  OpenDatabase db;
  db.run("create table thing (id bigint primary key, bytes bytea)");
  const Blob megabyte{std::string(1 << 20, 'x')};
  for (int i = 0; i < 150; ++i) {
    db->write([&](Transaction& tx) {
      tx.execute(
          "insert into thing values ($1, $2) on conflict (id) do update set bytes=excluded.bytes",
          i % 4, megabyte);
    });
  }
  EXPECT_LT(std::filesystem::file_size(db.store.folder / "test.sqlite-wal"),
            std::uintmax_t{80} << 20);
  EXPECT_EQ(db.count("thing"), 4);
}

}  // namespace
}  // namespace postmypost::storage
