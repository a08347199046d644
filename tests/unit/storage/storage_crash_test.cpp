// What survives SIGKILL and a disk without space. Each body runs in a child process.
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <future>
#include <set>
#include <sstream>
#include <thread>

#include "base/fault_point.hpp"
#include "storage/blobs.hpp"
#include "storage/open_database.hpp"
#include "support/child.hpp"

namespace postmypost::storage {
namespace {

using Kind = DatabaseError::Kind;
using support::run_in_child;
using support::Speaker;

struct SqliteCrash : testing::Test {
  support::TemporaryFolder folder;
  std::filesystem::path file = folder / "postmypost.sqlite";

  // Four threads write rows and say each id that the database has acknowledged.
  void write_until_killed(const Speaker& speaker) const {
    const auto database = open_sqlite(file);
    database->write([](Transaction& tx) {
      tx.execute("create table if not exists thing (id bigint primary key, half bigint not null)");
    });
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) {
          const auto id = database->write([](Transaction& tx) {
            const auto new_id = tx.next_id("thing");
            tx.execute("insert into thing values ($1, 1)", new_id);
            tx.execute("update thing set half=2 where id=$1", new_id);
            return new_id;
          });
          speaker.say(std::to_string(id) + "\n");
        }
      });
    }
  }

  std::set<std::int64_t> stored() const {
    const auto database = open_sqlite(file);
    std::set<std::int64_t> ids;
    database->write([&](Transaction& tx) {
      EXPECT_EQ(tx.value<std::string>("pragma integrity_check"), "ok");
      EXPECT_EQ(tx.value<int>("select count(*) from thing where half<>2"), 0);
      for (const auto& [id] : tx.rows<std::int64_t>("select id from thing")) ids.insert(id);
      for (int i = 0; i < 1'500; ++i) EXPECT_FALSE(ids.contains(tx.next_id("thing")));
    });
    return ids;
  }
};

TEST_F(SqliteCrash, loses_nothing_acknowledged) {
  std::set<std::int64_t> acknowledged;
  for (const char* fault : {"storage.before_commit:20", "storage.after_commit:20",
                            "storage.before_commit:50:5", "storage.after_commit:3"}) {
    const auto ended = run_in_child([&](const Speaker& speaker) {
      ::setenv("POSTMYPOST_FAULT", fault, 1);
      fault::arm_from_environment();
      write_until_killed(speaker);
    });
    EXPECT_TRUE(ended.killed) << fault << " " << ended.said.substr(0, 200);
    std::istringstream said(ended.said);
    for (std::int64_t id = 0; said >> id;) EXPECT_TRUE(acknowledged.insert(id).second) << id;
    const auto found = stored();
    for (const std::int64_t id : acknowledged)
      EXPECT_TRUE(found.contains(id)) << fault << " lost " << id;
  }
  EXPECT_GT(acknowledged.size(), 20U);
}

TEST_F(SqliteCrash, points_are_listed) {
  const auto list = folder / "points";
  const auto ended = run_in_child([&](const Speaker&) {
    ::setenv("POSTMYPOST_FAULT_LIST", list.c_str(), 1);
    fault::arm_from_environment();
    const auto database = open_sqlite(file);
    for (int i = 0; i < 3; ++i) database->write([](Transaction&) {});
  });
  EXPECT_EQ(ended.code, 0) << ended.said;
  std::ostringstream text;
  text << std::ifstream(list).rdbuf();
  EXPECT_EQ(text.str(), "storage.before_commit\nstorage.after_commit\n");
}

void demand(bool is_so, const std::string& what) {
  if (!is_so) throw std::runtime_error(what);
}

void limit_files_to(rlim_t bytes) {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{bytes, RLIM_INFINITY};
  demand(::setrlimit(RLIMIT_FSIZE, &limit) == 0, "no limit set");
}

void insert(Transaction& tx, std::size_t size) {
  tx.execute("insert into thing values ($1, $2)", tx.next_id("thing"),
             Blob{std::string(size, 'x')});
}

std::int64_t count_sound(Database& database) {
  return database.write([](Transaction& tx) {
    demand(tx.value<std::string>("pragma integrity_check") == "ok", "corrupt");
    return *tx.value<std::int64_t>("select count(*) from thing");
  });
}

// Fills the disk row by row; returns how many rows were acknowledged.
std::int64_t fill(Database& database, std::size_t row) {
  for (std::int64_t stored = 0; stored < 10'000; ++stored) {
    const auto failure =
        failure_of([&] { database.write([&](Transaction& tx) { insert(tx, row); }); });
    if (!failure) continue;
    demand(failure == Kind::kFull, "another failure than a full disk");
    return stored;
  }
  throw std::runtime_error("the disk did not get full");
}

TEST(SqliteFullDisk, fails_cleanly_and_recovers) {
  support::TemporaryFolder folder;
  const auto ended = run_in_child([&](const Speaker&) {
    {
      const auto database = open_sqlite(folder / "postmypost.sqlite");
      database->write([](Transaction& tx) {
        tx.execute("create table thing (id bigint primary key, b bytea)");
      });
      limit_files_to(1'000'000);
      const auto stored = fill(*database, 30'000);
      demand(stored > 3, "nothing was stored");
      demand(count_sound(*database) == stored, "a half-written row, or a lost one");
      limit_files_to(RLIM_INFINITY);
      database->write([](Transaction& tx) { insert(tx, 30'000); });
      demand(count_sound(*database) == stored + 1, "no recovery");
    }
    demand(count_sound(*open_sqlite(folder / "postmypost.sqlite")) > 4, "lost after a reopen");
  });
  EXPECT_EQ(ended.code, 0) << ended.said;
}

TEST(SqliteFullDisk, at_the_commit_fails_all_of_the_batch) {
  support::TemporaryFolder folder;
  const auto ended = run_in_child([&](const Speaker&) {
    const auto database = open_sqlite(folder / "postmypost.sqlite");
    database->write(
        [](Transaction& tx) { tx.execute("create table thing (id bigint primary key, b bytea)"); });
    limit_files_to(300'000);
    std::promise<void> small, large;
    bool told = false;
    const auto into = [](std::promise<void>& to) {
      return [&to](std::exception_ptr failure) {
        failure ? to.set_exception(failure) : to.set_value();
      };
    };
    std::promise<void> queued;
    database->submit(
        Queue::kPeople,
        [&](Transaction& tx) {
          queued.get_future().wait();
          tx.after_commit([&] { told = true; });
          insert(tx, 10);
          return true;
        },
        into(small));
    // In the same batch: the first waits for it. It fits the page cache, so that only the commit
    // meets the limit.
    database->submit(
        Queue::kEngine,
        [](Transaction& tx) {
          insert(tx, 1'000'000);
          return true;
        },
        into(large));
    queued.set_value();
    demand(failure_of([&] { large.get_future().get(); }) == Kind::kFull,
           "the large write did not fail");
    const bool small_failed = failure_of([&] { small.get_future().get(); }).has_value();
    demand(told == !small_failed, "a notice of what was not committed");
    demand(count_sound(*database) == (small_failed ? 0 : 1), "half a batch");
    limit_files_to(RLIM_INFINITY);
    database->write([](Transaction& tx) { insert(tx, 1'000'000); });
    demand(count_sound(*database) == (small_failed ? 1 : 2), "no recovery");
  });
  EXPECT_EQ(ended.code, 0) << ended.said;
}

TEST(SqliteFullDisk, inside_a_statement_fails_cleanly) {
  OpenDatabase db;
  db.run("create table thing (id bigint primary key, b bytea)");
  db.run("pragma max_page_count=30");
  EXPECT_EQ(failure_of([&] { db->write([](Transaction& tx) { insert(tx, 500'000); }); }),
            Kind::kFull);
  EXPECT_EQ(db.count("thing"), 0);
  db.run("pragma max_page_count=1000000");
  db->write([](Transaction& tx) { insert(tx, 500'000); });
  EXPECT_EQ(db.count("thing"), 1);
}

// In a name space of its own, so that the mount ends with the process.
bool mount_small(const std::filesystem::path& folder) {
  if (::unshare(CLONE_NEWNS) != 0) return false;
  // In a chroot "/" is no mount point: there its maker has decided who sees what is mounted.
  const int made_private = ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  if (made_private != 0 && errno != EINVAL) return false;
  return ::mount("none", folder.c_str(), "tmpfs", 0, "size=4m") == 0;
}

TEST(SqliteFullDisk, is_told_before_it_is_full) {
  support::TemporaryFolder folder;
  const auto ended = run_in_child([&](const Speaker& speaker) {
    if (!mount_small(folder.path())) return speaker.say("skip");
    const auto database = open_sqlite(folder / "postmypost.sqlite");
    SystemRandom random;
    const auto blobs = open_disk_blobs(folder / "media", random);
    demand(database->is_full(), "4 MB are more than the reserve?");
    const auto blob = blobs->put("x");
    demand(!blob && blob.error().code == "storage.full", "a file was stored inside the reserve");
    database->write(
        [](Transaction& tx) { tx.execute("create table thing (id bigint primary key, b bytea)"); });
    const auto stored = fill(*database, 100'000);
    demand(count_sound(*database) == stored, "a half-written row, or a lost one");
    demand(::mount("none", folder.path().c_str(), "tmpfs", MS_REMOUNT, "size=300m") == 0,
           "no more space");
    demand(!database->is_full(), "still full");
    demand(blobs->put("x").has_value(), "the file still does not fit");
    database->write([](Transaction& tx) { insert(tx, 100'000); });
    demand(count_sound(*database) == stored + 1, "no recovery");
  });
  if (ended.said == "skip") GTEST_SKIP() << "skipped: may not mount a small file system";
  EXPECT_EQ(ended.code, 0) << ended.said;
}

}  // namespace
}  // namespace postmypost::storage
