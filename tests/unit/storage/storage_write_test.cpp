#include <sys/stat.h>

#include <array>
#include <atomic>
#include <fstream>
#include <future>
#include <latch>
#include <set>
#include <thread>

#include "storage/open_database.hpp"

namespace postmypost::storage {
namespace {

using Kind = DatabaseError::Kind;

Error refusal() { return {.code = "test.refused", .detail = "No."}; }

// Holds the engine's writer inside one work until it is let go, longer than a batch lasts, so that what
// is queued meanwhile shares the next one.
class HeldWriter {
 public:
  explicit HeldWriter(Database& database) {
    std::promise<void> entered;
    database.submit(
        Queue::kEngine,
        [&](Transaction&) {
          entered.set_value();
          go_.get_future().wait();
          return true;
        },
        [this](std::exception_ptr) { ended_.set_value(); });
    entered.get_future().wait();
  }
  void let_go() {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    go_.set_value();
    ended_.get_future().wait();
  }

 private:
  std::promise<void> go_, ended_;
};

TEST(Write, returns_what_the_work_returned) {
  OpenDatabase db;
  EXPECT_EQ(db->write([](Transaction& tx) { return *tx.value<int>("select 7"); }), 7);
  const auto moved = db->write([](Transaction&) { return std::make_unique<int>(8); });
  EXPECT_EQ(*moved, 8);
  db->write([](Transaction& tx) { tx.execute("create table thing (id bigint)"); });
  const Result<int> result = db->write([](Transaction&) -> Result<int> { return 9; });
  EXPECT_EQ(result, 9);
}

TEST(Write, takes_work_that_can_only_be_moved) {
  OpenDatabase db;
  auto number = std::make_unique<int>(5);
  EXPECT_EQ(db->write([number = std::move(number)](Transaction&) { return *number; }), 5);
}

TEST(Write, rolls_back_when_the_result_is_an_error) {
  OpenDatabase db;
  db.run("create table thing (id bigint)");
  const Result<> result = db->write([](Transaction& tx) -> Result<> {
    tx.execute("insert into thing values (1)");
    return fail(refusal());
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "test.refused");
  EXPECT_EQ(db.count("thing"), 0);
}

TEST(Write, rolls_back_and_rethrows_what_the_work_threw) {
  OpenDatabase db;
  db.run("create table thing (id bigint)");
  EXPECT_THROW(db->write([](Transaction& tx) {
    tx.execute("insert into thing values (1)");
    throw std::domain_error("broken");
  }),
               std::domain_error);
  EXPECT_EQ(db.count("thing"), 0);
}

TEST(Write, is_over_after_a_statement_that_failed_even_if_it_goes_on) {
  OpenDatabase db;
  db.run("create table thing (id bigint primary key)");
  EXPECT_EQ(failure_of([&] {
              db->write([](Transaction& tx) {
                tx.execute("insert into thing values (1)");
                EXPECT_EQ(failure_of([&] { tx.execute("insert into thing values (2), (1)"); }), Kind::kUnique);
                EXPECT_EQ(failure_of([&] { tx.execute("insert into thing values (3)"); }), Kind::kOther);
              });
            }),
            Kind::kUnique);
  EXPECT_THROW(db->write([](Transaction& tx) {
    EXPECT_TRUE(failure_of([&] { tx.execute("insert into thing values (4), (4)"); }));
    throw std::domain_error("own words");
  }),
               std::domain_error);
  EXPECT_EQ(db.count("thing"), 0);
  db.run("insert into thing values (1)");
}

TEST(Write, of_many_rows_tells_of_each) {
  OpenDatabase db;
  db.run("create table thing (id bigint primary key, name text, note text)");
  std::vector<std::vector<Parameter>> rows;
  for (int i = 0; i < 1'000; ++i) {
    rows.push_back(Transaction::parameters(i, "name " + std::to_string(i),
                                           i % 3 == 0 ? std::nullopt : std::optional<std::string>("note")));
  }
  db->write([&](Transaction& tx) {
    const auto inserted = tx.execute_each("insert into thing (id, name, note) values ($1, $2, $3)", rows);
    EXPECT_EQ(inserted, std::vector<std::int64_t>(1'000, 1));
    EXPECT_EQ(tx.execute_each("update thing set note=null where id >= $1 and id < 20 and note is not null",
                              {Transaction::parameters(18), Transaction::parameters(5), Transaction::parameters(30)}),
              (std::vector<std::int64_t>{1, 9, 0}));
    EXPECT_TRUE(tx.execute_each("delete from thing where id=$1", {}).empty());
  });
  EXPECT_EQ(db->read([](Transaction& tx) { return tx.value<std::string>("select name from thing where id=999"); }),
            "name 999");
}

// In PostgreSQL such rows share statements, whose parameters are numbered anew.
TEST(Write, of_many_rows_keeps_texts_in_quotes_and_parameters_that_stand_twice) {
  OpenDatabase db;
  db.run("create table thing (id bigint primary key, name text, price text, again bigint)");
  std::vector<std::vector<Parameter>> rows;
  for (int i = 0; i < 100; ++i) rows.push_back(Transaction::parameters(i, std::to_string(i)));
  db->write([&](Transaction& tx) {
    tx.execute_each("insert into thing (id, name, price, again) values ($1, $2, 'it''s ($1)', $1)", rows);
    tx.execute_each("insert into thing (id, name) values ($1, $2) on conflict (id) do update set name='met'", rows);
  });
  EXPECT_EQ(db->read([](Transaction& tx) {
    return *tx.value<std::int64_t>("select count(*) from thing where name='met' and price='it''s ($1)' and again=id");
  }), 100);
}

TEST(Write, of_many_rows_leaves_nothing_when_one_fails) {
  OpenDatabase db;
  db.run("create table thing (id bigint primary key)");
  db.run("insert into thing values (600)");
  std::vector<std::vector<Parameter>> rows;
  for (int i = 0; i < 1'000; ++i) rows.push_back(Transaction::parameters(i));
  EXPECT_EQ(failure_of([&] {
              db->write([&](Transaction& tx) { tx.execute_each("insert into thing values ($1)", rows); },
                        Queue::kEngine);
            }),
            Kind::kUnique);
  EXPECT_EQ(db.count("thing"), 1);
}

TEST(Write, from_the_writers_own_thread_is_refused_instead_of_waiting_for_ever) {
  OpenDatabase db;
  EXPECT_THROW(db->write([&](Transaction&) { db->write([](Transaction&) {}); }), std::logic_error);
}

TEST(GroupCommit, isolates_each_work_in_its_savepoint) {
  OpenDatabase db;
  db.run("create table thing (id bigint primary key)");
  HeldWriter held(*db);
  std::vector<std::string> outcomes(4);
  std::latch all(4);
  const auto submit = [&](std::size_t i, std::function<bool(Transaction&)> work) {
    db->submit(Queue::kEngine, std::move(work), [&, i](std::exception_ptr failure) {
      outcomes[i] = failure ? "failed" : "done";
      all.count_down();
    });
  };
  submit(0, [](Transaction& tx) { return tx.execute("insert into thing values (1)") == 1; });
  submit(1, [](Transaction& tx) -> bool {
    tx.execute("insert into thing values (2)");
    throw std::runtime_error("broken");
  });
  submit(2, [](Transaction& tx) { return tx.execute("insert into thing values (3)") == 0; });
  submit(3, [](Transaction& tx) { return tx.execute("insert into thing values (4)") == 1; });
  held.let_go();
  all.wait();
  EXPECT_EQ(outcomes, (std::vector<std::string>{"done", "failed", "done", "done"}));
  const auto ids =
      db->read([](Transaction& tx) { return tx.rows<int>("select id from thing order by id"); });
  EXPECT_EQ(ids, (std::vector<std::tuple<int>>{{1}, {4}}));
}

TEST(GroupCommit, shares_one_commit_among_waiting_writers) {
  OpenDatabase db;
  db.run("create table thing (id bigint primary key)");
  HeldWriter held(*db);
  std::latch all(20);
  std::set<std::int64_t> visible;  // to readers, while the works ran
  for (int i = 0; i < 20; ++i) {
    db->submit(
        Queue::kEngine,
        [&, i](Transaction& tx) {
          tx.execute("insert into thing values ($1)", i);
          visible.insert(db.count("thing"));
          EXPECT_GT(*tx.value<std::int64_t>("select count(*) from thing"), *visible.rbegin());
          return true;
        },
        [&, i](std::exception_ptr failure) {
          EXPECT_FALSE(failure);
          EXPECT_TRUE(db->read([&](Transaction& tx) {
            return tx.value<int>("select 1 from thing where id=$1", i);
          }));
          all.count_down();
        });
  }
  held.let_go();
  all.wait();
  EXPECT_LT(visible.size(), 20U);
  EXPECT_EQ(db.count("thing"), 20);
}

TEST(SqliteGroupCommit, gives_each_of_the_people_waiting_their_own_outcome) {
  OpenDatabase db;
  db.run("create table thing (id bigint primary key)");
  HeldWriter held(*db);
  std::array<std::string, 4> outcomes;
  const auto insert = [](Transaction& tx, int id) { tx.execute("insert into thing values ($1)", id); };
  {
    std::vector<std::jthread> people;
    people.emplace_back([&] {
      db->write([&](Transaction& tx) { insert(tx, 1); });
      outcomes[0] = db.count("thing") > 0 ? "durable" : "lost";
    });
    people.emplace_back([&] {
      const auto refused = db->write([&](Transaction& tx) -> Result<int> {
        insert(tx, 2);
        return fail({.code = "test.no", .detail = "No."});
      });
      outcomes[1] = refused ? "taken" : refused.error().code;
    });
    people.emplace_back([&] {
      try {
        db->write([&](Transaction& tx) {
          insert(tx, 3);
          throw std::domain_error("broken");
        });
      } catch (const std::domain_error& failure) {
        outcomes[2] = failure.what();
      }
    });
    people.emplace_back([&] {
      const auto kind = failure_of([&] {
        db->write([&](Transaction& tx) {
          insert(tx, 4);
          insert(tx, 4);
        });
      });
      outcomes[3] = kind == DatabaseError::Kind::kUnique ? "unique" : "other";
    });
    held.let_go();
  }
  EXPECT_EQ(outcomes, (std::array<std::string, 4>{"durable", "test.no", "broken", "unique"}));
  EXPECT_EQ(db->read([](Transaction& tx) { return tx.rows<int>("select id from thing"); }), (std::vector<std::tuple<int>>{{1}}));
}

TEST(SqliteGroupCommit, brings_back_whatever_a_savepoint_touched) {
  OpenDatabase db;
  db.run("create table thing (id bigint primary key, content text)");
  for (const int pages : {5, 29, 30, 31, 64, 2000}) {  // in memory, and in a file
    const int rows = pages * 2;
    db->write([&](Transaction& tx) {
      tx.execute("delete from thing");
      for (int id = 0; id < rows; ++id) tx.execute("insert into thing values ($1,$2)", id, std::string(1800, 'a'));
    });
    const auto refused = db->write([&](Transaction& tx) -> Result<int> {
      tx.execute("update thing set content=$1", std::string(1800, 'b'));
      return fail({.code = "test.no", .detail = "No."});
    });
    EXPECT_EQ(refused.error().code, "test.no");
    const auto kept = db->read([](Transaction& tx) {
      return *tx.value<std::int64_t>("select count(*) from thing where content like 'a%a'");
    });
    EXPECT_EQ(kept, rows) << pages;
  }
}

TEST(SqliteGroupCommit, takes_the_two_queues_in_turn) {
  OpenDatabase db;
  HeldWriter held(*db);
  std::string order;
  std::latch all(12);
  const auto submit = [&](Queue queue, char name) {
    db->submit(
        queue,
        [&order, name](Transaction&) {
          order += name;
          return true;
        },
        [&](std::exception_ptr) { all.count_down(); });
  };
  for (int i = 0; i < 10; ++i) submit(Queue::kPeople, 'p');
  for (int i = 0; i < 2; ++i) submit(Queue::kEngine, 'e');
  held.let_go();
  all.wait();
  EXPECT_LE(order.find_last_of('e'), 3U) << order;
  EXPECT_EQ(order.size(), 12U);
}

TEST(GroupCommit, survives_many_threads) {
  OpenDatabase db;
  db.run("create table thing (id bigint primary key, worker bigint)");
  std::vector<std::jthread> workers;
  for (int w = 0; w < 8; ++w) {
    workers.emplace_back([&, w] {
      for (int i = 0; i < 50; ++i) {
        db->write(
            [&](Transaction& tx) {
              tx.execute("insert into thing values ($1, $2)", tx.next_id("thing"), w);
            },
            w % 2 == 0 ? Queue::kEngine : Queue::kPeople);
        EXPECT_EQ(db->read([&](Transaction& tx) {
          return *tx.value<int>("select count(*) from thing where worker=$1", w);
        }),
                  i + 1);
      }
    });
  }
  workers.clear();
  EXPECT_EQ(db.count("thing"), 400);
}

TEST(GroupCommit, does_not_let_a_deferred_key_fail_its_neighbours) {
  OpenDatabase db;
  db.run("create table parent (id bigint primary key)");
  db.run(
      "create table child (parent_id bigint references parent (id) deferrable initially deferred)");
  HeldWriter held(*db);
  std::promise<void> bad, good;
  const auto into = [](std::promise<void>& to) {
    return
        [&to](std::exception_ptr failure) { failure ? to.set_exception(failure) : to.set_value(); };
  };
  db->submit(
      Queue::kEngine,
      [](Transaction& tx) { return tx.execute("insert into child values (9)") == 1; }, into(bad));
  db->submit(
      Queue::kEngine,
      [](Transaction& tx) { return tx.execute("insert into parent values (1)") == 1; }, into(good));
  held.let_go();
  EXPECT_EQ(failure_of([&] { bad.get_future().get(); }), Kind::kForeignKey);
  EXPECT_NO_THROW(good.get_future().get());
  EXPECT_EQ(db.count("child"), 0);
  EXPECT_EQ(db.count("parent"), 1);
}

TEST(GroupCommit, commits_no_half_of_a_work_when_its_transaction_is_lost) {
  OpenDatabase db;
  db.run("create table thing (id bigint primary key, text text)");
  HeldWriter held(*db);
  std::vector<std::future<void>> ended;
  const auto submit = [&](std::function<bool(Transaction&)> work) {
    auto promise = std::make_shared<std::promise<void>>();
    ended.push_back(promise->get_future());
    db->submit(Queue::kEngine, std::move(work), [promise](std::exception_ptr failure) {
      failure ? promise->set_exception(failure) : promise->set_value();
    });
  };
  submit([](Transaction& tx) { return tx.execute("insert into thing values (1, '')") == 1; });
  submit([](Transaction& tx) {
    tx.execute("rollback");  // as SQLite itself does when the disk is full
    EXPECT_EQ(failure_of([&] { tx.execute("insert into thing values (2, '')"); }), Kind::kOther);
    return true;
  });
  held.let_go();
  // Its neighbour is lost with it, or done again alone.
  const int done = failure_of([&] { ended[0].get(); }) ? 0 : 1;
  EXPECT_TRUE(failure_of([&] { ended[1].get(); }));
  EXPECT_EQ(db.count("thing"), done);
  db.run("insert into thing values (3, '')");
  EXPECT_EQ(db.count("thing"), done + 1);
}

TEST(AfterCommit, tells_only_of_what_is_durable) {
  OpenDatabase db;
  db.run("create table thing (id bigint)");
  std::vector<std::int64_t> told;
  const auto notice = [&] { told.push_back(db.count("thing")); };
  db->write([&](Transaction& tx) {
    tx.execute("insert into thing values (1)");
    tx.after_commit(notice);
  });
  EXPECT_EQ(told, (std::vector<std::int64_t>{1}));
  (void)db->write([&](Transaction& tx) -> Result<> {
    tx.after_commit(notice);
    return fail(refusal());
  });
  EXPECT_THROW(db->write([&](Transaction& tx) {
    tx.after_commit(notice);
    throw std::runtime_error("broken");
  }),
               std::runtime_error);
  EXPECT_EQ(told.size(), 1U);
}

TEST(AfterCommit, outlives_a_notice_that_throws) {
  OpenDatabase db;
  db->write([](Transaction& tx) { tx.after_commit([] { throw std::runtime_error("broken"); }); });
  EXPECT_EQ(db->write([](Transaction&) { return 1; }), 1);
}

TEST(Database, finishes_queued_work_before_it_closes) {
  OpenDatabase db;
  db.run("create table thing (id bigint)");
  std::atomic<int> done = 0;
  for (int i = 0; i < 1'000; ++i) {
    db->submit(
        Queue::kPeople,
        [i](Transaction& tx) { return tx.execute("insert into thing values ($1)", i) == 1; },
        [&](std::exception_ptr failure) { done += failure ? 0 : 1; });
  }
  db.reopen();
  EXPECT_EQ(done, 1'000);
  EXPECT_EQ(db.count("thing"), 1'000);
}

TEST(SqliteFile, is_readable_by_its_owner_only) {
  OpenDatabase db;
  db.run("create table thing (id bigint)");
  for (const char* name : {"test.sqlite", "test.sqlite-wal", "test.sqlite-shm"}) {
    struct stat file{};
    ASSERT_EQ(::stat((db.store.folder / name).c_str(), &file), 0) << name;
    EXPECT_EQ(file.st_mode & 0777U, 0600U) << name;
  }
}

TEST(SqliteFile, leaves_no_log_behind_when_it_closes) {
  OpenDatabase db;
  db.run("create table thing (id bigint)");
  db.database.reset();
  EXPECT_FALSE(std::filesystem::exists(db.store.folder / "test.sqlite-wal"));
}

TEST(SqliteFile, works_under_the_promised_settings) {
  OpenDatabase db;
  db->write([](Transaction& tx) {
    EXPECT_EQ(tx.value<std::string>("pragma journal_mode"), "wal");
    EXPECT_EQ(tx.value<int>("pragma synchronous"), 2);
    EXPECT_EQ(tx.value<int>("pragma foreign_keys"), 1);
    EXPECT_EQ(tx.value<int>("pragma secure_delete"), 1);
    EXPECT_EQ(tx.value<int>("pragma wal_autocheckpoint"), 0);
  });
}

TEST(SqliteFile, refuses_a_file_that_is_none) {
  support::TemporaryFolder folder;
  std::ofstream(folder / "postmypost.sqlite") << std::string(5'000, 'x');
  EXPECT_EQ(failure_of([&] { open_sqlite(folder / "postmypost.sqlite"); }), Kind::kCorrupt);
  EXPECT_EQ(failure_of([&] { open_sqlite(folder / "nowhere" / "postmypost.sqlite"); }), Kind::kIo);
}

}  // namespace
}  // namespace postmypost::storage
