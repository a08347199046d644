#include <set>

#include "storage/open_database.hpp"

namespace postmypost::storage {
namespace {

struct Ids : testing::Test {
  OpenDatabase db;
  std::set<std::int64_t> committed;

  void SetUp() override { db.run("create table thing (id bigint primary key)"); }

  std::int64_t one(bool keep = true) {
    std::int64_t id = 0;
    (void)db->write([&](Transaction& tx) -> Result<> {
      id = tx.next_id("thing");
      tx.execute("insert into thing values ($1)", id);
      if (!keep) return fail({.code = "test.no", .detail = "No."});
      return {};
    });
    if (keep) {
      EXPECT_TRUE(committed.insert(id).second) << id;
    }
    return id;
  }
};

TEST_F(Ids, are_positive_and_differ_over_many_blocks) {
  db->write([&](Transaction& tx) {
    for (int i = 0; i < 3'500; ++i) {
      const auto id = tx.next_id("thing");
      ASSERT_GT(id, 0);
      ASSERT_LT(id, std::int64_t{1} << 53);
      ASSERT_TRUE(committed.insert(id).second);
    }
  });
}

TEST_F(Ids, never_repeat_after_a_block_was_rolled_back) {
  std::set<std::int64_t> given;
  for (int round = 0; round < 5; ++round) {
    EXPECT_TRUE(given.insert(one(false)).second);
    EXPECT_TRUE(given.insert(one()).second);
    (void)db->write([&](Transaction& tx) -> Result<> {
      for (int i = 0; i < 2'500; ++i) EXPECT_TRUE(given.insert(tx.next_id("thing")).second);
      return fail({.code = "test.no", .detail = "No."});
    });
    EXPECT_TRUE(given.insert(one()).second);
  }
}

TEST_F(Ids, never_repeat_after_a_reopen) {
  for (int round = 0; round < 4; ++round) {
    one(round % 2 == 0);
    one();
    one(false);
    db.reopen();
  }
  EXPECT_EQ(db.count("thing"), static_cast<std::int64_t>(committed.size()));
}

TEST_F(Ids, never_repeat_after_the_transaction_was_lost) {
  one();
  EXPECT_TRUE(failure_of([&] {
    db->write([&](Transaction& tx) {
      for (int i = 0; i < 1'500; ++i) (void)tx.next_id("thing");
      tx.execute("rollback");
    });
  }));
  one();
  db.reopen();
  one();
}

TEST_F(Ids, of_tables_are_counted_apart_and_may_start_high) {
  db.run("insert into id_block (name, next) values ('upload', 1099511627776)");
  db->write([](Transaction& tx) {
    EXPECT_EQ(tx.next_id("upload"), std::int64_t{1} << 40);
    EXPECT_EQ(tx.next_id("thing"), 1);
    EXPECT_EQ(tx.next_id("upload"), (std::int64_t{1} << 40) + 1);
  });
}

}  // namespace
}  // namespace postmypost::storage
