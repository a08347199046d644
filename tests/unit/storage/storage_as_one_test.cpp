// Writes and reads of a program that join one transaction.
#include "storage/open_database.hpp"

namespace postmypost::storage {
namespace {

Error refusal() { return {.code = "test.refused", .detail = "No."}; }

class AsOne : public ::testing::Test {
 protected:
  AsOne() {
    db_->write([](Transaction& tx) { tx.execute("create table thing (id bigint primary key)"); });
  }
  Result<> add(int id) {
    return db_->write([&](Transaction& tx) -> Result<> {
      tx.execute("insert into thing (id) values ($1)", id);
      return {};
    });
  }
  // What another transaction sees.
  std::int64_t count() {
    return db_->read([](Transaction& tx) { return *tx.value<std::int64_t>("select count(*) from thing"); });
  }

  OpenDatabase db_;
};

TEST_F(AsOne, writes_become_durable_together_and_reads_see_them_before) {
  const auto seen = db_->as_one([&]() -> Result<std::int64_t> {
    TRY(add(1));
    TRY(add(2));
    return count();
  });
  EXPECT_EQ(seen, 2);
  EXPECT_EQ(count(), 2);
}

TEST_F(AsOne, a_result_without_a_value_takes_all_back) {
  const Result<> done = db_->as_one([&]() -> Result<> {
    TRY(add(1));
    return fail(refusal());
  });
  EXPECT_FALSE(done);
  EXPECT_EQ(count(), 0);
}

TEST_F(AsOne, an_exception_takes_all_back) {
  EXPECT_THROW(db_->as_one([&]() -> Result<> {
    TRY(add(1));
    throw std::runtime_error("bug");
  }),
               std::runtime_error);
  EXPECT_EQ(count(), 0);
}

TEST_F(AsOne, a_part_that_failed_fails_the_whole_whatever_came_of_it) {
  const auto ignore_a_failure = [&]() -> Result<> {
    TRY(add(1));
    static_cast<void>(db_->write([&](Transaction& tx) -> Result<> {
      tx.execute("insert into thing (id) values (7)");
      return fail(refusal());
    }));
    return {};
  };
  EXPECT_THROW(static_cast<void>(db_->as_one(ignore_a_failure)), DatabaseError);
  EXPECT_EQ(count(), 0);
}

TEST_F(AsOne, another_database_is_not_joined) {
  OpenDatabase other;
  other->write([](Transaction& tx) { tx.execute("create table thing (id bigint primary key)"); });
  const Result<> done = db_->as_one([&]() -> Result<> {
    other->write([](Transaction& tx) { tx.execute("insert into thing (id) values (1)"); });
    return fail(refusal());
  });
  EXPECT_FALSE(done);
  EXPECT_EQ(other->read([](Transaction& tx) { return *tx.value<std::int64_t>("select count(*) from thing"); }), 1);
}

TEST_F(AsOne, nothing_is_joined_afterwards) {
  static_cast<void>(db_->as_one([&]() -> Result<> { return fail(refusal()); }));
  EXPECT_TRUE(add(3));
  EXPECT_EQ(count(), 1);
}

}  // namespace
}  // namespace postmypost::storage
