// What only PostgreSQL has: several processes, writes side by side, and a server that goes away.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <set>
#include <thread>

#include "storage/database.hpp"
#include "support/postgresql.hpp"

namespace postmypost::storage {
namespace {

using Kind = DatabaseError::Kind;
using support::PostgresqlCluster;

template <class F>
std::optional<DatabaseError> failure_of(F f) {
  try {
    f();
  } catch (const DatabaseError& failure) {
    return failure;
  }
  return std::nullopt;
}
template <class F>
std::optional<Kind> kind_of(F f) {
  const auto failure = failure_of(f);
  return failure ? std::optional(failure->kind()) : std::nullopt;
}

// A database in the cluster of this program, opened as often as a test wants processes.
struct Postgresql : testing::Test {
  PostgresqlCluster& cluster = PostgresqlCluster::shared();
  std::string address = cluster.create_database();
  ~Postgresql() override { cluster.drop_database(address); }

  std::unique_ptr<Database> open(PostgresqlOptions options = {}) const {
    if (options.address.empty()) options.address = address;
    auto opened = open_postgresql(options);
    if (!opened) throw std::runtime_error(opened.error().code + ": " + opened.error().detail);
    return std::move(*opened);
  }
  std::string refusal(const std::string& at) const {
    const auto opened = open_postgresql({.address = at});
    if (opened) return "none";
    EXPECT_FALSE(opened.error().detail.empty());
    EXPECT_FALSE(opened.error().how_to_fix.empty());
    return opened.error().code;
  }
};

void run(Database& database, std::string_view sql) {
  database.write([&](Transaction& tx) { tx.execute(sql); });
}
std::int64_t count(Database& database, std::string_view table) {
  return database.read(
      [&](Transaction& tx) { return *tx.value<std::int64_t>("select count(*) from " + std::string(table)); });
}

using Opening = Postgresql;

TEST_F(Opening, tells_what_is_wrong_with_the_server) {
  EXPECT_EQ(refusal("host=/nowhere dbname=x"), "storage.unreachable");
  EXPECT_EQ(refusal("host=127.0.0.1 port=1 dbname=x"), "storage.unreachable");
  EXPECT_EQ(refusal("postgresql://%zz"), "storage.unreachable");
  const std::string latin = cluster.create_database("template template0 encoding 'LATIN1' locale 'C'");
  EXPECT_EQ(refusal(latin), "storage.not_utf8");
  cluster.drop_database(latin);
  PostgresqlCluster::query(address, "create role guest login");
  EXPECT_EQ(refusal(address + " user=guest"), "storage.no_rights");
  PostgresqlCluster::query(address, "drop role guest");
}

TEST_F(Opening, by_many_at_once_makes_the_tables_once) {
  constexpr int kProcesses = 6;
  const Migration migration{1, "test", "create table thing (id bigint primary key, b blob); insert into thing values (1)"};
  std::atomic<int> applied = 0;
  std::latch start(kProcesses);
  std::vector<std::jthread> processes;
  for (int i = 0; i < kProcesses; ++i) {
    processes.emplace_back([&] {
      start.arrive_and_wait();
      const auto database = open();
      applied += migrate(*database, {migration}, Instant{1}).value();
    });
  }
  processes.clear();
  EXPECT_EQ(applied, 1);
  EXPECT_EQ(count(*open(), "thing"), 1);
}

TEST_F(Opening, refuses_a_database_of_a_newer_program) {
  const auto database = open();
  ASSERT_TRUE(migrate(*database, {{1, "test", "create table a (id bigint)"}, {2, "test", "create table b (id bigint)"}},
                      Instant{1}));
  const auto result = migrate(*database, {{1, "test", "create table a (id bigint)"}}, Instant{1});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "storage.newer_database");
}

using Ids = Postgresql;

TEST_F(Ids, of_two_processes_never_meet) {
  const auto one = open(), two = open();
  std::set<std::int64_t> ids;
  for (int round = 0; round < 5; ++round) {
    for (Database* database : {one.get(), two.get()}) {
      database->write([&](Transaction& tx) {
        for (int i = 0; i < 700; ++i) EXPECT_TRUE(ids.insert(tx.next_id("thing")).second);
      });
    }
  }
  EXPECT_EQ(ids.size(), 7'000U);
}

TEST_F(Ids, of_many_threads_never_meet) {
  const auto database = open();
  std::mutex mutex;
  std::set<std::int64_t> ids;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 600; ++i) {
        const auto id = database->write([](Transaction& tx) { return tx.next_id("thing"); });
        const std::lock_guard lock(mutex);
        EXPECT_TRUE(ids.insert(id).second);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(ids.size(), 2'400U);
}

using PeoplesWrites = Postgresql;

// Each sees that there is no row and makes one: alone, only the first would.
TEST_F(PeoplesWrites, are_as_if_one_came_after_the_other) {
  const auto database = open();
  run(*database, "create table seat (id bigint primary key, taken_by bigint)");
  run(*database, "create table log (n bigint)");
  std::latch both_looked(2);
  std::atomic<int> tries = 0, takers = 0;
  std::vector<std::jthread> people;
  for (int person = 1; person <= 2; ++person) {
    people.emplace_back([&, person] {
      bool waited = false;
      const bool took = database->write([&](Transaction& tx) {
        ++tries;
        const auto taken = *tx.value<std::int64_t>("select count(*) from seat");
        if (!std::exchange(waited, true)) both_looked.arrive_and_wait();
        if (taken > 0) return false;
        tx.execute("insert into seat values ($1, $2)", tx.next_id("seat"), person);
        return true;
      });
      takers += took ? 1 : 0;
    });
  }
  people.clear();
  EXPECT_EQ(count(*database, "seat"), 1);
  EXPECT_EQ(takers, 1);
  EXPECT_EQ(tries, 3) << "the slower one was run again";
}

TEST_F(PeoplesWrites, of_one_row_all_count) {
  const auto database = open();
  run(*database, "create table counter (n bigint)");
  run(*database, "insert into counter values (0)");
  std::atomic<int> told = 0;
  std::vector<std::jthread> people;
  for (int person = 0; person < 4; ++person) {
    people.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        database->write([&](Transaction& tx) {
          const auto n = *tx.value<std::int64_t>("select n from counter");
          tx.execute("update counter set n=$1", n + 1);
          tx.after_commit([&] { ++told; });
        });
      }
    });
  }
  people.clear();
  EXPECT_EQ(database->read([](Transaction& tx) { return tx.value<int>("select n from counter"); }), 100);
  EXPECT_EQ(told, 100);
}

TEST_F(PeoplesWrites, that_lock_each_other_out_are_run_again) {
  const auto database = open();
  run(*database, "create table thing (id bigint primary key, n bigint)");
  run(*database, "insert into thing values (1, 0), (2, 0)");
  std::latch both_hold(2);
  std::vector<std::jthread> people;
  for (int first = 1; first <= 2; ++first) {
    people.emplace_back([&, first] {
      bool waited = false;
      database->write([&](Transaction& tx) {
        tx.execute("update thing set n=n+1 where id=$1", first);
        if (!std::exchange(waited, true)) both_hold.arrive_and_wait();
        tx.execute("update thing set n=n+1 where id=$1", 3 - first);
      });
    });
  }
  people.clear();
  EXPECT_EQ(database->read([](Transaction& tx) { return tx.value<int>("select sum(n) from thing"); }), 4);
}

using EnginesWrites = Postgresql;

TEST_F(EnginesWrites, of_two_processes_claim_each_row_once) {
  const auto one = open(), two = open();
  run(*one, "create table job (id bigint primary key, claimed_by bigint)");
  run(*one, "insert into job select n, null from generate_series(1, 500) n");
  std::atomic<std::int64_t> claimed = 0;
  std::vector<std::jthread> processes;
  for (Database* database : {one.get(), two.get()}) {
    processes.emplace_back([&, database] {
      for (std::int64_t last = 1; last > 0; claimed += last) {
        last = database->write(
            [](Transaction& tx) {
              return tx.execute(
                  "update job set claimed_by=1 where id in (select id from job where claimed_by is null order by id "
                  "limit 7 for update skip locked)");
            },
            Queue::kEngine);
      }
    });
  }
  processes.clear();
  EXPECT_EQ(claimed, 500);
}

using Texts = Postgresql;

TEST_F(Texts, that_the_server_can_not_hold_are_refused_without_being_quoted) {
  const auto database = open();
  run(*database, "create table thing (t text)");
  for (const std::string& text : {std::string("secret\0", 7), std::string("secret \xff")}) {
    const auto failure = failure_of([&] {
      database->write([&](Transaction& tx) { tx.execute("insert into thing values ($1)", text); });
    });
    ASSERT_TRUE(failure);
    EXPECT_EQ(std::string(failure->what()).find("secret"), std::string::npos);
  }
  const auto failure = failure_of([&] {
    database->read([&](Transaction& tx) { return tx.value<int>("select cast($1 as bigint)", "secret"); });
  });
  ASSERT_TRUE(failure);
  EXPECT_EQ(std::string(failure->what()).find("secret"), std::string::npos);
  EXPECT_EQ(count(*database, "thing"), 0);
}

// A server of its own, which goes away and comes back.
struct LostServer : testing::Test {
  PostgresqlCluster cluster;
  std::string address = cluster.create_database();

  std::unique_ptr<Database> open(std::chrono::milliseconds patience = std::chrono::seconds(30)) const {
    return std::move(open_postgresql({.address = address, .patience = patience}).value());
  }
};

TEST_F(LostServer, makes_no_work_that_had_not_committed_fail_or_happen_twice) {
  const auto database = open();
  run(*database, "create table thing (id bigint primary key)");
  for (const Queue queue : {Queue::kPeople, Queue::kEngine}) {
    int tries = 0;
    database->write(
        [&](Transaction& tx) {
          tx.execute("insert into thing values ($1)", tx.next_id("thing"));
          if (++tries > 1) return;
          cluster.kill();
          cluster.start();
        },
        queue);
    EXPECT_EQ(tries, 2);
  }
  EXPECT_EQ(count(*database, "thing"), 2);
}

TEST_F(LostServer, in_the_middle_of_many_works_leaves_each_done_once_or_failed) {
  const auto database = open();
  run(*database, "create table thing (id bigint primary key, work bigint)");
  std::mutex mutex;
  std::set<int> done, unknown;
  std::latch some(200);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 150; ++i) {
        const int work = t * 1'000 + i;
        const auto kind = kind_of([&] {
          database->write(
              [&](Transaction& tx) {
                tx.execute("insert into thing values ($1, $2)", tx.next_id("thing"), work);
              },
              t % 2 == 0 ? Queue::kEngine : Queue::kPeople);
        });
        const std::lock_guard lock(mutex);
        (kind ? unknown : done).insert(work);
        if (kind) {
          EXPECT_EQ(*kind, Kind::kUnknown);
        }
        if (i < 25) some.count_down();
      }
    });
  }
  some.wait();
  for (int i = 0; i < 3; ++i) {
    cluster.kill();
    cluster.start();
  }
  threads.clear();
  EXPECT_EQ(done.size() + unknown.size(), 1'200U);
  std::multiset<int> stored;
  database->read([&](Transaction& tx) {
    for (const auto& [work] : tx.rows<int>("select work from thing")) stored.insert(work);
  });
  for (const int work : done) EXPECT_EQ(stored.count(work), 1U) << work;
  for (const int work : unknown) EXPECT_LE(stored.count(work), 1U) << work;
}

TEST_F(LostServer, fails_works_when_their_patience_is_over_and_reads_at_once) {
  const auto database = open(std::chrono::milliseconds(100));
  run(*database, "create table thing (id bigint primary key)");
  cluster.kill();
  for (const Queue queue : {Queue::kPeople, Queue::kEngine}) {
    EXPECT_EQ(kind_of([&] { database->write([](Transaction& tx) { tx.execute("insert into thing values (1)"); }, queue); }),
              Kind::kLost);
  }
  EXPECT_EQ(kind_of([&] { count(*database, "thing"); }), Kind::kLost);
  cluster.start();
  EXPECT_EQ(count(*database, "thing"), 0);
  run(*database, "insert into thing values (1)");
}

TEST_F(LostServer, does_not_keep_the_program_from_ending) {
  auto database = open();
  cluster.kill();
  std::promise<void> ended;
  database->submit(
      Queue::kPeople, [](Transaction&) { return true; },
      [&](std::exception_ptr failure) { failure ? ended.set_exception(failure) : ended.set_value(); });
  database.reset();
  EXPECT_EQ(kind_of([&] { ended.get_future().get(); }), Kind::kLost);
}

}  // namespace
}  // namespace postmypost::storage
