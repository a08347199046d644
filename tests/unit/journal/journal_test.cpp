// The sent-journal on a real file system: chain, torn ends, damage, segments, copies.
#include "journal/journal.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "storage/database.hpp"
#include "support/temporary_folder.hpp"

namespace postmypost::journal {
namespace {

namespace fs = std::filesystem;
constexpr Instant kNow{1'800'000'000'000'000};

Entry intent(const std::string& uid) {
  return {.kind = Kind::kIntent, .at = kNow, .uid = uid, .generation = 0, .epoch = 3, .step = "send", .digest = "d"};
}

class JournalTest : public testing::Test {
 protected:
  Result<std::unique_ptr<Journal>> open(Options options = {.segment_bytes = 1U << 20U, .reserve_bytes = 4096}) {
    return open_journal(folder_ / "journal", "first", "id", kNow, options);
  }
  static std::vector<std::string> uids(const Journal& journal) {
    std::vector<std::string> all;
    journal.replay(0, [&](const Entry& entry, const Head&) {
      if (entry.kind != Kind::kStart) all.push_back(entry.uid);
    });
    return all;
  }
  fs::path segment(int number = 1) const { return folder_ / "journal" / ("journal-00000" + std::to_string(number)); }
  std::string bytes() const {
    std::ifstream in(segment(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(const std::string& bytes) const { std::ofstream(segment(), std::ios::binary | std::ios::trunc) << bytes; }

  support::TemporaryFolder folder_;
};

TEST_F(JournalTest, gives_back_what_was_written_in_order_and_goes_on_after_a_start) {
  Head head;
  {
    const auto journal = open().value();
    journal->append(intent("a"));
    journal->append({.kind = Kind::kOutcome, .at = kNow, .uid = "a", .outcome = "applied", .sealed = std::string("\0\xff", 2)});
    head = journal->head();
    EXPECT_EQ(head.number, 3U);
  }
  const auto journal = open().value();
  EXPECT_EQ(journal->head(), head);
  journal->append(intent("b"));
  std::vector<Entry> all;
  journal->replay(0, [&](const Entry& entry, const Head&) { all.push_back(entry); });
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].incarnation, "first");
  EXPECT_EQ(all[1].epoch, 3);
  EXPECT_EQ(all[2].sealed, std::string("\0\xff", 2));
  EXPECT_EQ(all[3].uid, "b");
}

TEST_F(JournalTest, many_callers_share_a_sync_and_none_is_forgotten) {
  const auto journal = open().value();
  std::vector<std::jthread> callers;
  for (int c = 0; c < 8; ++c) {
    callers.emplace_back([&, c] {
      for (int i = 0; i < 50; ++i) journal->append(intent(std::to_string(c) + "." + std::to_string(i)));
    });
  }
  callers.clear();
  EXPECT_EQ(uids(*journal).size(), 400U);
}

TEST_F(JournalTest, a_torn_end_is_cut_at_every_byte_and_what_was_synced_before_stays) {
  std::size_t durable = 0;
  {
    const auto journal = open().value();
    journal->append(intent("kept"));
    durable = bytes().size();
    journal->append(intent("torn"));
  }
  const std::string whole = bytes();
  for (std::size_t length = durable; length < whole.size(); ++length) {
    put(whole.substr(0, length));
    const auto journal = open().value();
    EXPECT_EQ(uids(*journal), std::vector<std::string>{"kept"}) << length;
    journal->append(intent("next"));
    EXPECT_EQ(uids(*journal), (std::vector<std::string>{"kept", "next"})) << length;
  }
}

TEST_F(JournalTest, a_changed_byte_is_noticed_wherever_it_is) {
  std::size_t durable = 0;
  {
    const auto journal = open().value();
    journal->append(intent("a"));
    durable = bytes().size();
    journal->append(intent("b"));
  }
  const std::string whole = bytes();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    put(changed);
    const auto journal = open();
    if (at < durable) {
      ASSERT_FALSE(journal) << at << ": a later sync proves that this had been durable";
      EXPECT_EQ(journal.error().code, "journal.corrupt");
    } else {
      ASSERT_TRUE(journal) << at;
      EXPECT_EQ(uids(**journal), std::vector<std::string>{"a"}) << at;
    }
  }
}

TEST_F(JournalTest, segments_continue_the_chain_and_old_ones_are_dropped_whole) {
  const auto journal = open({.segment_bytes = 2000, .reserve_bytes = 4096}).value();
  std::vector<std::string> all;
  for (int i = 0; i < 40; ++i) {
    Entry entry = intent(std::to_string(i));
    entry.at = kNow + seconds(i);
    journal->append(entry);
    all.push_back(std::to_string(i));
  }
  EXPECT_TRUE(fs::exists(segment(3)));
  EXPECT_EQ(uids(*journal), all);
  journal->drop_before(kNow + seconds(20));
  EXPECT_FALSE(fs::exists(segment(1)));
  const auto left = uids(*journal);
  EXPECT_LE(std::stoi(left.front()), 20) << "a segment goes only when all of it is older";
  EXPECT_EQ(left.back(), "39");
}

TEST_F(JournalTest, a_copy_of_the_folder_is_not_the_original_until_it_is_renewed) {
  {
    const auto journal = open().value();
    journal->append(intent("a"));
    EXPECT_TRUE(journal->is_original());
  }
  EXPECT_TRUE(open().value()->is_original()) << "a restart is no copy";
  fs::rename(folder_ / "journal", folder_ / "old");
  fs::copy(folder_ / "old", folder_ / "journal", fs::copy_options::recursive);
  {
    const auto journal = open().value();
    EXPECT_FALSE(journal->is_original());
    journal->renew("second", kNow);
    EXPECT_TRUE(journal->is_original());
    journal->append(intent("b"));
    EXPECT_EQ(uids(*journal), (std::vector<std::string>{"a", "b"}));
  }
  EXPECT_TRUE(open().value()->is_original());
}

TEST_F(JournalTest, a_segment_that_was_only_begun_counts_for_nothing) {
  { open().value()->append(intent("a")); }
  std::ofstream(segment(2), std::ios::binary) << "half a start";
  const auto journal = open().value();
  EXPECT_EQ(uids(*journal), std::vector<std::string>{"a"});
  EXPECT_FALSE(fs::exists(segment(2)));
}

TEST_F(JournalTest, holds_no_plain_text_of_what_is_sealed_and_is_readable_by_its_owner_only) {
  const auto journal = open().value();
  EXPECT_EQ(fs::status(segment()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(folder_ / "journal").permissions(), fs::perms::owner_all);
}

}  // namespace
}  // namespace postmypost::journal
