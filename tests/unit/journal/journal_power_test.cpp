// The sent-journal, alone and behind the database, when the power fails, the disk fills up or errs.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <latch>
#include <limits>
#include <set>

#include "journal/journal.hpp"
#include "storage/database.hpp"
#include "support/crash_vfs.hpp"
#include "support/temporary_folder.hpp"

namespace postmypost::journal {
namespace {

namespace fs = std::filesystem;
using storage::DatabaseError;
using storage::Transaction;
using support::Fails;

constexpr Instant kNow{1'800'000'000'000'000};
constexpr int kLives = 2, kGroups = 4, kAtOnce = 3;
constexpr Options kSmall{.segment_bytes = 900, .reserve_bytes = 64 * 1024};

Entry entry(Kind kind, int number) {
  return {.kind = kind, .at = kNow + seconds(number), .uid = std::to_string(number), .step = "send"};
}

struct JournalPowerTest : testing::Test {
  support::CrashVfs disk;
  support::TemporaryFolder folder{support::TemporaryFolder::in_memory()};
  int begun = 0;
  std::set<int> durable;  // what was reported so

  void begin_anew() {
    disk.restart(0);
    fs::remove_all(folder.path());
    fs::create_directory(folder.path());
    durable.clear();
  }
  Result<std::unique_ptr<Journal>> open() const { return open_journal(folder / "journal", "here", "id", kNow, kSmall); }

  static std::vector<int> numbers(const Journal& journal) {
    std::vector<int> all;
    journal.replay(0, [&](const Entry& e, const Head&) {
      if (e.kind != Kind::kStart) all.push_back(std::stoi(e.uid));
    });
    return all;
  }

  // Appends that wait together. True when all of them are durable.
  bool append_group(Journal& journal) {
    std::latch finished(kAtOnce);
    const std::size_t before = durable.size();
    for (int i = 0; i < kAtOnce; ++i) {
      const int number = ++begun;
      journal.append(entry(Kind::kIntent, number), [this, &finished, number](std::exception_ptr failure) {
        if (!failure) durable.insert(number);
        finished.count_down();
      });
    }
    finished.wait();
    return durable.size() == before + kAtOnce;
  }

  void live(int lives = kLives) {
    try {
      for (int life = 0; life < lives; ++life) {
        const auto journal = open().value();
        const std::vector<int> found = numbers(*journal);
        begun = found.empty() ? 0 : found.back();
        for (int group = 0; group < kGroups; ++group) {
          if (!append_group(*journal)) return;
        }
      }
    } catch (const DatabaseError&) {  // no power to open it
    } catch (const fs::filesystem_error&) {
    }
  }

  // In order, with all that was reported durable; and it goes on from there.
  void expect_sound() {
    std::size_t count = 0;
    {
      const auto journal = open();
      ASSERT_TRUE(journal) << journal.error().detail;
      const std::vector<int> found = numbers(**journal);
      EXPECT_TRUE(std::ranges::is_sorted(found, std::less_equal<>())) << testing::PrintToString(found);
      EXPECT_TRUE(std::ranges::includes(found, durable)) << "lost what was reported durable";
      EXPECT_TRUE((*journal)->is_original()) << "a reboot is no copy";
      begun = found.empty() ? 0 : found.back();
      EXPECT_TRUE(append_group(**journal));
      count = found.size() + kAtOnce;
    }
    EXPECT_EQ(numbers(*open().value()).size(), count);
  }
  // None without those before it.
  void expect_whole() const {
    const std::vector<int> found = numbers(*open().value());
    EXPECT_EQ(found.size(), found.empty() ? 0U : static_cast<std::size_t>(found.back()));
  }
};

TEST_F(JournalPowerTest, power_lost_at_any_change_keeps_all_that_was_reported_durable) {
  live();
  const std::int64_t changes = disk.changes();
  ASSERT_EQ(durable.size(), static_cast<std::size_t>(kLives * kGroups * kAtOnce));
  ASSERT_TRUE(fs::exists(folder / "journal" / "journal-000003")) << "segments end in this run, too";
  for (std::int64_t at = 1; at <= changes; ++at) {
    for (std::uint64_t seed = 0; seed < 5 && !HasFailure(); ++seed) {
      SCOPED_TRACE(testing::Message() << "the power failed at change " << at << ", seed " << seed);
      begin_anew();
      disk.cut_power_at(at);
      live();
      disk.restart(seed * 1000 + static_cast<std::uint64_t>(at));
      expect_sound();
      expect_whole();
    }
  }
}

TEST_F(JournalPowerTest, power_lost_again_and_again_keeps_it_too) {
  for (std::uint64_t seed = 1; seed <= 60 && !HasFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    begin_anew();
    for (std::uint64_t again = 0; again < 4; ++again) {
      disk.cut_power_at(static_cast<std::int64_t>((seed * 7 + again * 5) % 29 + 1));
      live();
      disk.restart(seed * 10 + again);
    }
    expect_sound();
    expect_whole();
  }
}

TEST_F(JournalPowerTest, an_operation_that_fails_is_never_reported_as_a_success) {
  for (const Fails what : {Fails::kRead, Fails::kWrite, Fails::kSync}) {
    for (std::int64_t nth = 1; nth <= 20 && !HasFailure(); ++nth) {
      SCOPED_TRACE(testing::Message() << "operation " << nth << " of kind " << static_cast<int>(what));
      begin_anew();
      disk.fail(what, nth);
      live();   // until it fails
      live(1);  // the program is started again
      disk.fail(what, std::numeric_limits<std::int64_t>::max());  // appends that shared their syncs may not have come so far
      disk.cut_power_at(disk.changes() + 1);
      disk.restart(static_cast<std::uint64_t>(nth));
      expect_sound();
    }
  }
}

// The same process goes on after the failure, which meets every write in turn: also the one that begins a segment.
TEST_F(JournalPowerTest, after_a_failed_write_the_same_life_goes_on) {
  for (std::int64_t nth = 1; nth <= 16 && !HasFailure(); ++nth) {
    SCOPED_TRACE(testing::Message() << "write " << nth);
    begin_anew();
    {
      const auto journal = open().value();
      disk.fail(Fails::kWrite, nth);
      for (int number = 1; number <= 12; ++number) {
        try {
          journal->append(entry(Kind::kIntent, number));
          durable.insert(number);
        } catch (const DatabaseError&) {
        }
      }
      EXPECT_GE(durable.size(), 11U) << "one write failed";
      const std::vector<int> found = numbers(*journal);
      EXPECT_EQ(std::set<int>(found.begin(), found.end()), durable);
    }
    disk.fail(Fails::kWrite, std::numeric_limits<std::int64_t>::max());
    disk.cut_power_at(disk.changes() + 1);
    disk.restart(static_cast<std::uint64_t>(nth));
    expect_sound();
  }
}

TEST_F(JournalPowerTest, after_a_failed_sync_nothing_is_written_behind_it_until_a_new_start) {
  const auto journal = open().value();
  disk.fail(Fails::kSync, 1);
  EXPECT_THROW(journal->append(entry(Kind::kIntent, 1)), DatabaseError);
  EXPECT_THROW(journal->append(entry(Kind::kIntent, 2)), DatabaseError);
}

// The engine's order: the database commits, then the journal, then the byte leaves.
struct BothTest : JournalPowerTest {
  std::set<int> sent;

  void live_by_the_order() {
    try {
      for (int life = 0; life < kLives; ++life) {
        const auto database = storage::open_sqlite(folder / "postmypost.sqlite");
        const auto journal = open().value();
        database->write([](Transaction& tx) { tx.execute("create table if not exists intent (id bigint primary key)"); });
        for (int i = 0; i < 5; ++i) {
          const int number = database->write([](Transaction& tx) {
            const int next = *tx.value<int>("select coalesce(max(id), 0)+1 from intent");
            tx.execute("insert into intent values ($1)", next);
            return next;
          });
          journal->append(entry(Kind::kIntent, number));
          journal->append(entry(Kind::kGate, number));
          sent.insert(number);
        }
      }
    } catch (const DatabaseError&) {
    } catch (const fs::filesystem_error&) {
    }
  }
  std::set<int> intents() const {
    std::set<int> all;
    const auto database = storage::open_sqlite(folder / "postmypost.sqlite");
    database->write([&](Transaction& tx) {
      tx.execute("create table if not exists intent (id bigint primary key)");
      for (const auto& [id] : tx.rows<int>("select id from intent")) all.insert(id);
    });
    return all;
  }
};

TEST_F(BothTest, the_journal_never_knows_what_the_database_has_lost_and_both_know_what_was_sent) {
  live_by_the_order();
  const std::int64_t changes = disk.changes();
  ASSERT_EQ(sent.size(), 5U * kLives);
  for (std::int64_t at = 1; at <= changes && !HasFailure(); ++at) {
    SCOPED_TRACE(testing::Message() << "the power failed at change " << at);
    begin_anew();
    sent.clear();
    disk.cut_power_at(at);
    live_by_the_order();
    disk.restart(static_cast<std::uint64_t>(at));
    const std::set<int> stored = intents();
    std::set<int> intent, gate;
    open().value()->replay(0, [&](const Entry& e, const Head&) {
      if (e.kind == Kind::kIntent) intent.insert(std::stoi(e.uid));
      if (e.kind == Kind::kGate) gate.insert(std::stoi(e.uid));
    });
    EXPECT_TRUE(std::ranges::includes(stored, intent)) << "the journal knows an intent that the database lost";
    EXPECT_TRUE(std::ranges::includes(intent, gate));
    EXPECT_TRUE(std::ranges::includes(gate, sent)) << "a byte left that nobody remembers";
  }
}

TEST_F(BothTest, on_a_full_disk_the_reserve_takes_outcomes_and_all_goes_on_with_space) {
  for (const std::uint64_t room : {200'000U, 230'000U, 260'000U}) {
    begin_anew();
    auto database = storage::open_sqlite(folder / "postmypost.sqlite");
    const auto journal = open().value();
    const auto grow = [&] {
      database->write([](Transaction& tx) {
        tx.execute("create table if not exists thing (id bigint primary key, content bytea)");
        tx.execute("insert into thing values ($1, $2)", tx.next_id("thing"), storage::Blob{std::string(5000, 'x')});
      });
    };
    EXPECT_FALSE(journal->is_short_of_space());
    disk.limit_space(folder.path(), room);
    try {
      for (int i = 0; i < 1000; ++i) grow();
      ADD_FAILURE() << "the disk did not get full";
    } catch (const DatabaseError& full) {
      EXPECT_EQ(full.kind(), DatabaseError::Kind::kFull);
    }
    // Its checkpointer would race for what the reserve gives up; in production no work begins 64 MB before the disk is full.
    database.reset();
    for (int number = 1; number <= 60; ++number) journal->append(entry(Kind::kOutcome, number));
    EXPECT_EQ(numbers(*journal).size(), 60U);
    disk.lift_limit();
    database = storage::open_sqlite(folder / "postmypost.sqlite");
    grow();
    journal->append(entry(Kind::kIntent, 61));
    EXPECT_FALSE(journal->is_short_of_space()) << "the reserve is not taken again";
    EXPECT_EQ(numbers(*journal).size(), 61U);
  }
}

}  // namespace
}  // namespace postmypost::journal
