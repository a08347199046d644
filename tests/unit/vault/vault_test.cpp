#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "support/stores.hpp"
#include "support/temporary_folder.hpp"
#include "vault/ledger.hpp"
#include "vault/schema.hpp"
#include "vault/vault.hpp"

namespace postmypost::vault {
namespace {

using support::TemporaryFolder;

constexpr Place kPlace{"person", "email", 7, KeyScope::kUser, 7};

// Opening a value for a purpose outside the table must not compile.
template <class V, Purpose P, Category C>
concept CanOpen = requires(const V& vault, const Place& place, const Sealed<C>& sealed) { vault.template open<P>(place, sealed); };
static_assert(CanOpen<Vault, Purpose::kIdentify, Category::kEmail>);
static_assert(!CanOpen<Vault, Purpose::kStatistics, Category::kEmail>);
static_assert(!CanOpen<Vault, Purpose::kImprove, Category::kContent>);
static_assert(!CanOpen<Vault, Purpose::kCabinet, Category::kCredential>);

class VaultTest : public testing::Test {
 protected:
  std::unique_ptr<Vault> open() { return std::move(open_vault(folder_.path(), true, random_, clock_)).value(); }
  TemporaryFolder folder_;
  SystemRandom random_;
  ManualClock clock_{{1'800'000'000'000'000}};
};

TEST_F(VaultTest, opens_what_it_sealed_also_after_a_restart) {
  const auto sealed = open()->seal<Category::kEmail>(kPlace, "canary@example.org");
  EXPECT_EQ(sealed.bytes.find("canary"), std::string::npos);
  EXPECT_EQ(open()->open<Purpose::kIdentify>(kPlace, sealed), "canary@example.org");
}

TEST_F(VaultTest, counts_reads_by_category_and_purpose) {
  auto vault = open();
  const auto sealed = vault->seal<Category::kEmail>(kPlace, "canary@example.org");
  vault->open<Purpose::kIdentify>(kPlace, sealed);
  vault->open<Purpose::kIdentify>(kPlace, sealed);
  vault->open<Purpose::kContact>(kPlace, sealed);
  EXPECT_EQ(vault->reads(Category::kEmail, Purpose::kIdentify), 2U);
  EXPECT_EQ(vault->reads(Category::kEmail, Purpose::kContact), 1U);
  EXPECT_EQ(vault->reads(Category::kEmail, Purpose::kStatistics), 0U);
  EXPECT_EQ(vault->reads(Category::kName, Purpose::kIdentify), 0U);
}

TEST_F(VaultTest, refuses_a_value_that_was_moved_or_changed) {
  auto vault = open();
  auto sealed = vault->seal<Category::kEmail>(kPlace, "a@b.c");
  vault->seal<Category::kEmail>({"person", "email", 8, KeyScope::kUser, 8}, "x@y.z");
  for (const Place& other : {Place{"person", "email", 8, KeyScope::kUser, 7}, Place{"person", "name", 7, KeyScope::kUser, 7},
                             Place{"session", "email", 7, KeyScope::kUser, 7}, Place{"person", "email", 7, KeyScope::kUser, 8},
                             Place{"person", "email", 7, KeyScope::kAccount, 7}}) {
    EXPECT_THROW(static_cast<void>(vault->open<Purpose::kIdentify>(other, sealed)), Unreadable);
  }
  sealed.bytes.back() = static_cast<char>(sealed.bytes.back() ^ 1);
  EXPECT_THROW(static_cast<void>(vault->open<Purpose::kIdentify>(kPlace, sealed)), Unreadable);
}

TEST_F(VaultTest, makes_everything_of_an_owner_unreadable_by_destroying_its_key) {
  auto vault = open();
  const auto sealed = vault->seal<Category::kEmail>(kPlace, "a@b.c");
  vault->destroy(KeyScope::kUser, 7);
  EXPECT_THROW(static_cast<void>(vault->open<Purpose::kIdentify>(kPlace, sealed)), Unreadable);
  vault.reset();
  EXPECT_THROW(static_cast<void>(open()->open<Purpose::kIdentify>(kPlace, sealed)), Unreadable);
}

TEST_F(VaultTest, keeps_its_master_key_readable_by_its_owner_only) {
  open();
  struct stat status {};
  ASSERT_EQ(::stat((folder_ / "master.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0400U);
  std::filesystem::permissions(folder_ / "master.key", std::filesystem::perms::group_read, std::filesystem::perm_options::add);
  EXPECT_EQ(open_vault(folder_.path(), true, random_, clock_).error().code, "vault.master_key_permissions");
}

TEST_F(VaultTest, refuses_to_start_without_or_with_another_master_key_and_says_which_backup) {
  open();
  const auto key = folder_ / "master.key";
  std::filesystem::rename(key, folder_ / "away");
  const auto missing = open_vault(folder_.path(), true, random_, clock_);
  EXPECT_EQ(missing.error().code, "vault.master_key_missing");
  EXPECT_NE(missing.error().how_to_fix.find("backup"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(key)) << "nothing is made beside data that needs the old one";
  TemporaryFolder other;
  ASSERT_TRUE(open_vault(other.path(), true, random_, clock_));
  std::filesystem::copy(other / "master.key", key);
  EXPECT_EQ(open_vault(folder_.path(), true, random_, clock_).error().code, "vault.master_key_wrong");
}

TEST_F(VaultTest, indexes_the_same_value_alike_and_differently_by_what_it_is) {
  auto vault = open();
  EXPECT_EQ(vault->blind_index("email", "a@b.c"), vault->blind_index("email", "a@b.c"));
  EXPECT_NE(vault->blind_index("email", "a@b.c"), vault->blind_index("phone", "a@b.c"));
  EXPECT_NE(vault->blind_index("email", "a@b.c"), vault->derived("email", "a@b.c"));
}

TEST(Ledger, keeps_a_disclosure_and_its_last_result) {
  TemporaryFolder folder;
  auto database = storage::open_sqlite(folder / "test.sqlite");
  ASSERT_TRUE(storage::migrate(*database, {{1, "vault", kSchema}}, {0}));
  database->write([](storage::Transaction& tx) {
    const RecordedDisclosure made = Ledger::record(tx, {.recipient_host = "pds.example", .recipient = "Bluesky", .what = {"text", "pictures"}, .publication_id = 5, .evidence = "delivery:x"}, {1});
    EXPECT_EQ(made.recipient_host(), "pds.example");
    EXPECT_EQ(Ledger::recorded(tx, made.id())->recipient_host(), "pds.example");
    Ledger::record_outcome(tx, made.id(), DisclosureOutcome::kUnknown, {2});
    Ledger::record_outcome(tx, made.id(), DisclosureOutcome::kDelivered, {3});
    const auto rows = Ledger::of_publication(tx, 5);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].disclosure.what, (std::vector<std::string>{"text", "pictures"}));
    EXPECT_EQ(rows[0].outcome, DisclosureOutcome::kDelivered);
    EXPECT_FALSE(Ledger::recorded(tx, 424242));
  });
}

TEST(Ledger, lists_what_was_passed_on_about_a_person_newest_first_and_page_by_page) {
  support::Stores stores({kSchema, kPeopleSchema});
  stores.write([](storage::Transaction& tx) {
    const auto add = [&](std::int64_t at, std::optional<std::int64_t> user, std::int64_t project) {
      return Ledger::record(tx, {.recipient_host = "a.example", .user_id = user, .project_id = project, .evidence = "connect:x"}, {at}).id();
    };
    const std::int64_t mine_elsewhere = add(10, 1, 99), of_project = add(30, {}, 7), mine_there = add(20, 1, 7), at_once = add(30, {}, 8);
    add(40, 2, 99);
    add(50, {}, 99);
    Ledger::record_outcome(tx, of_project, DisclosureOutcome::kDelivered, {31});
    const std::vector<std::int64_t> projects = {7, 8};
    const auto ids = [&](std::optional<Ledger::Behind> behind, std::size_t most) {
      std::vector<std::int64_t> found;
      for (const auto& row : Ledger::of_person(tx, 1, projects, behind, most)) found.push_back(row.id);
      return found;
    };
    const std::vector<std::int64_t> all = {std::max(of_project, at_once), std::min(of_project, at_once), mine_there, mine_elsewhere};
    EXPECT_EQ(ids({}, 10), all);
    EXPECT_EQ(ids({}, 1), std::vector(all.begin(), all.begin() + 1));
    EXPECT_EQ(ids(Ledger::Behind{{30}, all[0]}, 2), std::vector(all.begin() + 1, all.begin() + 3)) << "two at one instant are told apart";
    EXPECT_EQ(ids(Ledger::Behind{{10}, mine_elsewhere}, 2), std::vector<std::int64_t>());
    EXPECT_EQ(Ledger::of_person(tx, 3, {}, {}, 10).size(), 0U);
    EXPECT_EQ(kind_of({.evidence = "delivery:abc"}), "publish");
    EXPECT_EQ(kind_of({.evidence = "look:abc"}), "look");
  });
}

}  // namespace
}  // namespace postmypost::vault
