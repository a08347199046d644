#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "storage/awaited.hpp"
#include "storage/open_database.hpp"

namespace postmypost::storage {
namespace {

namespace asio = boost::asio;

template <class Body>
void run(Body body) {
  asio::io_context io(1);
  std::exception_ptr failure;
  asio::co_spawn(io, body(), [&](std::exception_ptr e) { failure = e; });
  io.run();
  if (failure) std::rethrow_exception(failure);
}

TEST(Written, resumes_the_coroutine_on_its_own_thread_after_the_commit) {
  OpenDatabase db;
  db.run("create table thing (id bigint)");
  run([&]() -> asio::awaitable<void> {
    const auto here = std::this_thread::get_id();
    const int local = 5;
    const auto back = co_await written(*db, Queue::kEngine, [&](Transaction& tx) {
      EXPECT_NE(std::this_thread::get_id(), here);
      tx.execute("insert into thing values ($1)", local);
      return std::make_unique<int>(local + 1);
    });
    EXPECT_EQ(std::this_thread::get_id(), here);
    EXPECT_EQ(*back, 6);
    EXPECT_EQ(db.count("thing"), 1);
    co_await written(*db, Queue::kEngine, [](Transaction& tx) { tx.execute("delete from thing"); });
    EXPECT_EQ(db.count("thing"), 0);
  });
}

TEST(Written, rolls_back_a_result_without_value) {
  OpenDatabase db;
  db.run("create table thing (id bigint)");
  run([&]() -> asio::awaitable<void> {
    const Result<int> result =
        co_await written(*db, Queue::kPeople, [](Transaction& tx) -> Result<int> {
          tx.execute("insert into thing values (1)");
          return fail({.code = "test.no", .detail = "No."});
        });
    EXPECT_FALSE(result);
    EXPECT_EQ(db.count("thing"), 0);
  });
}

TEST(Written, rethrows_in_the_coroutine) {
  OpenDatabase db;
  db.run("create table thing (id bigint)");
  run([&]() -> asio::awaitable<void> {
    bool caught = false;
    try {
      co_await written(*db, Queue::kPeople, [](Transaction& tx) {
        tx.execute("insert into thing values (1)");
        throw std::domain_error("broken");
      });
    } catch (const std::domain_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
    EXPECT_EQ(db.count("thing"), 0);
  });
}

TEST(Written, serves_many_coroutines_at_once) {
  OpenDatabase db;
  db.run("create table thing (id bigint primary key)");
  asio::io_context io(1);
  int ended = 0;
  for (int i = 0; i < 200; ++i) {
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
          for (int round = 0; round < 5; ++round) {
            co_await written(*db, round % 2 == 0 ? Queue::kEngine : Queue::kPeople,
                             [](Transaction& tx) {
                               tx.execute("insert into thing values ($1)", tx.next_id("thing"));
                             });
          }
          ++ended;
        },
        asio::detached);
  }
  io.run();
  EXPECT_EQ(ended, 200);
  EXPECT_EQ(db.count("thing"), 1'000);
}

}  // namespace
}  // namespace postmypost::storage
