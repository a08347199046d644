#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <latch>
#include <thread>

#include "storage/many_ids.hpp"
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

TEST(Read, inside_a_read_joins_it) {
  OpenDatabase db, other;
  db.run("create table thing (id bigint)");
  other.run("create table thing (id bigint)");
  db->read([&](Transaction& outer) {
    EXPECT_EQ(outer.value<int>("select count(*) from thing"), 0);
    db.run("insert into thing values (1)");
    other.run("insert into thing values (1)");
    EXPECT_EQ(db.count("thing"), 0) << "the snapshot of the read around it";
    EXPECT_EQ(other.count("thing"), 1) << "another database is no part of it";
    std::thread([&] { EXPECT_EQ(db.count("thing"), 1) << "nor is another thread"; }).join();
  });
  EXPECT_EQ(db.count("thing"), 1) << "the read around it is over";
}

TEST(Read, inside_a_read_takes_no_reader_of_its_own) {
  OpenDatabase db;
  std::atomic<int> served = 0;
  std::latch inside(4);  // as many as there are readers
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      db->read([&](Transaction&) {
        inside.arrive_and_wait();
        served += db->read([](Transaction& tx) { return *tx.value<int>("select 1"); });
      });
    });
  }
  threads.clear();
  EXPECT_EQ(served, 4);
}

TEST(Read, inside_a_read_ends_the_one_around_it_when_a_statement_fails) {
  OpenDatabase db;
  db->read([&](Transaction& outer) {
    EXPECT_TRUE(failure_of([&] { db->read([](Transaction& tx) { (void)tx.value<int>("select 1 from nowhere"); }); }));
    EXPECT_TRUE(failure_of([&] { (void)outer.value<int>("select 1"); }));
  });
  EXPECT_EQ(db->read([](Transaction& tx) { return *tx.value<int>("select 1"); }), 1);
}

TEST(ManyIds, are_found_whatever_their_number) {
  OpenDatabase db;
  db.run("create table thing (id bigint primary key, part bigint)");
  db->write([](Transaction& tx) {
    for (int id = 1; id <= 200; ++id) tx.execute("insert into thing values ($1,$2)", id, id * 10);
  });
  for (const int count : {0, 1, 2, 7, 8, 9, 63, 64, 65, 128, 199}) {
    std::vector<std::int64_t> wanted, found;
    for (int i = 0; i < count; ++i) wanted.push_back(count - i);  // backwards, and one that is not there
    wanted.push_back(1000);
    db->read([&](Transaction& tx) {
      each_of(tx, "select id, part from thing where id in (#) order by id", wanted, [&](const Row& row) {
        EXPECT_EQ(row.integer(1), row.integer(0) * 10);
        found.push_back(row.integer(0));
      });
    });
    wanted.pop_back();
    EXPECT_THAT(found, testing::UnorderedElementsAreArray(wanted)) << count;
  }
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
