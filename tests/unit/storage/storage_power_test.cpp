// The power fails, the disk fills up or errs, at every operation in turn: what was reported durable is there, nothing is
// there by halves, and what could not be written is never reported as written.
#include <algorithm>
#include <atomic>
#include <latch>
#include <limits>
#include <numeric>
#include <set>

#include "storage/open_database.hpp"
#include "support/crash_vfs.hpp"

namespace postmypost::storage {
namespace {

using support::Fails;

constexpr int kLives = 2, kGroups = 3, kWritesAtOnce = 4;
constexpr int kWrites = kLives * kGroups * kWritesAtOnce;

struct SqlitePower : testing::Test {
  support::CrashVfs disk;
  support::TemporaryFolder folder{support::TemporaryFolder::in_memory()};
  std::filesystem::path file = folder / "postmypost.sqlite";
  int begun = 0;               // writes 1 … so many were asked for
  std::set<int> acknowledged;  // of them

  SqlitePower() { set_up(); }

  void set_up() const {
    open_sqlite(file)->write([](Transaction& tx) {
      tx.execute("create table thing (id bigint primary key, number bigint not null, content bytea)");
      tx.execute("create table total (id bigint primary key, sum bigint not null)");
      tx.execute("insert into total values (1, 0)");
    });
  }
  void begin_anew() {
    disk.restart(0);
    std::filesystem::remove_all(folder.path());
    std::filesystem::create_directory(folder.path());
    acknowledged.clear();
    set_up();
  }

  static bool write_one(Transaction& tx, int number) {
    tx.execute("insert into thing values ($1, $2, $3)", tx.next_id("thing"), number, Blob{std::string(700, 'x')});
    tx.execute("update total set sum=sum+$1", number);
    return true;
  }

  // Several writes that wait together: a group commit. True when all of them were reported durable.
  bool write_group(Database& database) {
    std::latch queued(1), finished(kWritesAtOnce);
    const std::size_t before = acknowledged.size();
    for (int i = 0; i < kWritesAtOnce; ++i) {
      const int number = ++begun;
      database.submit(
          Queue::kEngine,
          [&queued, number](Transaction& tx) {
            queued.wait();
            return write_one(tx, number);
          },
          [this, &finished, number](std::exception_ptr failure) {
            if (!failure) acknowledged.insert(number);
            finished.count_down();
          });
    }
    queued.count_down();
    finished.wait();
    return acknowledged.size() == before + kWritesAtOnce;
  }

  // Lives of the program one after the other: the end of each moves the log into the database.
  void live() {
    try {
      for (int life = 0; life < kLives; ++life) {
        const auto database = open_sqlite(file);
        begun = database->read([](Transaction& tx) { return *tx.value<int>("select coalesce(max(number), 0) from thing"); });
        for (int group = 0; group < kGroups; ++group) {
          if (!write_group(*database)) return;
        }
      }
    } catch (const DatabaseError&) {  // no power to open it
    }
  }

  // What is stored, after looking whether it is whole and holds all that was acknowledged.
  std::set<int> stored_and_sound() const {
    const auto database = open_sqlite(file);
    return database->write([&](Transaction& tx) {
      EXPECT_EQ(tx.value<std::string>("pragma integrity_check"), "ok");
      std::set<int> found;
      for (const auto& [number] : tx.rows<int>("select number from thing")) found.insert(number);
      EXPECT_EQ(tx.value<int>("select sum from total"), std::accumulate(found.begin(), found.end(), 0)) << "half a write";
      EXPECT_TRUE(std::ranges::includes(found, acknowledged)) << "lost what was reported durable";
      EXPECT_GT(tx.next_id("thing"), *tx.value<std::int64_t>("select coalesce(max(id), 0) from thing")) << "an id came back";
      return found;
    });
  }
  // Writes are kept in their order: none without those before it.
  void expect_sound() const {
    const std::set<int> found = stored_and_sound();
    EXPECT_EQ(static_cast<int>(found.size()), found.empty() ? 0 : *found.rbegin()) << "a write without one before it";
  }
};

TEST_F(SqlitePower, lost_at_any_change_keeps_all_that_was_reported_durable) {
  const std::int64_t before = disk.changes();
  live();
  const std::int64_t changes = disk.changes() - before;
  ASSERT_EQ(acknowledged.size(), kWrites);
  for (std::int64_t at = 1; at <= changes && !HasFailure(); ++at) {
    SCOPED_TRACE(testing::Message() << "the power failed at change " << at);
    begin_anew();
    disk.cut_power_at(disk.changes() + at);
    live();
    disk.restart(static_cast<std::uint64_t>(at));
    expect_sound();
  }
}

TEST_F(SqlitePower, lost_again_while_the_database_recovers_keeps_it_too) {
  for (std::uint64_t seed = 1; seed <= 30 && !HasFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    begin_anew();
    disk.cut_power_at(disk.changes() + 40 + static_cast<std::int64_t>(seed * 7 % 200));
    live();
    for (std::uint64_t again = 1; again <= 3; ++again) {
      disk.restart(seed * 10 + again);
      disk.cut_power_at(static_cast<std::int64_t>((seed + again * 5) % 23 + 1));
      live();
    }
    disk.restart(seed);
    expect_sound();
  }
}

// The other tests prove something only if this disk takes away what nobody synced.
TEST_F(SqlitePower, takes_what_a_careless_program_did_not_sync) {
  bool lost = false, broken = false;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    begin_anew();
    sqlite3* careless = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &careless), SQLITE_OK);
    const char* sql = "pragma synchronous=off; insert into thing values (1, 1, zeroblob(9000)); pragma wal_checkpoint;"
                      "insert into thing values (2, 2, zeroblob(9000)); pragma wal_checkpoint;";
    ASSERT_EQ(sqlite3_exec(careless, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    disk.cut_power_at(disk.changes() + 1);
    sqlite3_close(careless);
    disk.restart(seed);
    try {
      const auto database = open_sqlite(file);
      database->read([&](Transaction& tx) {
        broken = broken || tx.value<std::string>("pragma integrity_check") != "ok";
        lost = lost || tx.value<std::int64_t>("select count(*) from thing") != 2;
      });
    } catch (const DatabaseError&) {
      broken = true;
    }
  }
  EXPECT_TRUE(lost);
  EXPECT_TRUE(broken);
}

TEST_F(SqlitePower, a_full_disk_refuses_whole_writes_and_goes_on_with_space) {
  std::set<std::size_t> sizes;
  for (std::uint64_t bytes = 30'000; bytes <= 120'000 && !HasFailure(); bytes += 3'000) {
    SCOPED_TRACE(testing::Message() << bytes << " bytes");
    begin_anew();
    disk.limit_space(folder.path(), bytes);
    {
      const auto database = open_sqlite(file);
      std::optional<DatabaseError::Kind> failure;
      for (begun = 0; !failure && begun < kWrites;) {
        failure = failure_of([&] { database->write([&](Transaction& tx) { write_one(tx, begun + 1); }); });
        if (!failure) acknowledged.insert(++begun);
      }
      if (failure) EXPECT_EQ(failure, DatabaseError::Kind::kFull);
      sizes.insert(acknowledged.size());
      disk.lift_limit();
      EXPECT_TRUE(write_group(*database));
    }
    expect_sound();
  }
  EXPECT_GT(sizes.size(), 5U) << "the limits met one place only";
}

TEST_F(SqlitePower, an_operation_that_fails_is_never_reported_as_a_success) {
  for (const Fails what : {Fails::kRead, Fails::kWrite, Fails::kSync, Fails::kTruncate}) {
    int failures = 0;
    for (std::int64_t nth = 1; nth <= 30 && !HasFailure(); ++nth) {
      SCOPED_TRACE(testing::Message() << "operation " << nth << " of kind " << static_cast<int>(what));
      begin_anew();
      disk.fail(what, nth);
      live();
      failures += acknowledged.size() < kWrites ? 1 : 0;
      disk.fail(what, std::numeric_limits<std::int64_t>::max());  // writes that shared their syncs may not have come so far
      disk.cut_power_at(disk.changes() + 1);
      disk.restart(static_cast<std::uint64_t>(nth));
      stored_and_sound();
    }
    if (what == Fails::kWrite || what == Fails::kSync) EXPECT_GT(failures, 5) << "of kind " << static_cast<int>(what);
  }
}

TEST_F(SqlitePower, writes_that_come_while_the_disk_is_slow_share_its_next_sync) {
  constexpr int kLater = 30;
  std::latch in_sync(1), go_on(1);
  std::atomic<int> syncs = 0;
  disk.before_sync = [&] {
    if (++syncs > 1) return;
    in_sync.count_down();
    go_on.wait();
  };
  {
    const auto database = open_sqlite(file);
    std::latch finished(1 + kLater);
    const auto submit = [&](int number) {
      database->submit(Queue::kEngine, [number](Transaction& tx) { return write_one(tx, number); },
                       [&](std::exception_ptr failure) {
                         EXPECT_FALSE(failure);
                         finished.count_down();
                       });
    };
    submit(1);
    in_sync.wait();
    const int before = syncs;
    for (int i = 0; i < kLater; ++i) submit(2 + i);
    go_on.count_down();
    finished.wait();
    EXPECT_LE(syncs - before, 4) << "the log's and at most a checkpoint's";
    for (int number = 1; number <= 1 + kLater; ++number) acknowledged.insert(number);
  }
  expect_sound();
}

}  // namespace
}  // namespace postmypost::storage
