// Rotation, tombstones, copies and damage of the keys; and what is sealed, taken as a whole.
#include <gtest/gtest.h>

#include <fstream>

#include "base/encoding.hpp"
#include "support/stores.hpp"
#include "vault/data_keys.hpp"
#include "vault/key_copies.hpp"
#include "vault/keys_schema.hpp"
#include "vault/sealed_rows.hpp"
#include "vault/sealing.hpp"
#include "vault/vault.hpp"

namespace postmypost::vault {
namespace {

namespace fs = std::filesystem;
using support::Stores;
using support::TemporaryFolder;

constexpr std::string_view kTable = "create table note (id bigint primary key, user_id bigint not null, body blob)";
constexpr auto kColumns = std::to_array<SealedColumn>({{"note", "body", KeyScope::kUser, "user_id"}});
const std::atomic<bool> kGoOn{false};

Place place_of(std::int64_t note, std::int64_t user) { return {"note", "body", note, KeyScope::kUser, user}; }

class KeysTest : public testing::Test {
 protected:
  void put(std::int64_t note, std::int64_t user, const std::string& text) {
    const auto sealed = stores_.vault->seal<Category::kContent>(place_of(note, user), text);
    stores_.write([&](storage::Transaction& tx) {
      tx.execute("insert into note (id, user_id, body) values ($1,$2,$3)", note, user, storage::Blob{sealed.bytes});
    });
  }
  std::string bytes(std::int64_t note) {
    return stores_.read([&](storage::Transaction& tx) { return tx.value<storage::Blob>("select body from note where id=$1", note); })->bytes;
  }
  std::string get(std::int64_t note, std::int64_t user) {
    return stores_.vault->open<Purpose::kPublish>(place_of(note, user), Sealed<Category::kContent>{bytes(note)});
  }
  void reopen() {
    stores_.vault.reset();
    stores_.vault = std::move(open_vault(stores_.folder.path(), false, stores_.random, stores_.clock)).value();
  }
  std::string file(const char* name) {
    std::ifstream in(stores_.folder / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string opened_again_error() {
    stores_.vault.reset();
    const auto opened = open_vault(stores_.folder.path(), false, stores_.random, stores_.clock);
    return opened ? "" : opened.error().code;
  }

  Stores stores_{{kTable}};
};

TEST_F(KeysTest, a_new_master_key_opens_all_that_the_old_one_did_and_the_old_one_nothing) {
  put(1, 7, "first");
  const std::string old = file("master.key"), index = stores_.vault->blind_index("email", "a@b.c"),
                    derived = stores_.vault->derived("x", "y");
  ASSERT_TRUE(stores_.vault->keys().rotate_master());
  EXPECT_NE(file("master.key"), old);
  EXPECT_EQ(get(1, 7), "first");
  put(2, 8, "second");
  reopen();
  EXPECT_EQ(get(1, 7), "first");
  EXPECT_EQ(get(2, 8), "second");
  EXPECT_EQ(stores_.vault->blind_index("email", "a@b.c"), index) << "people are still found by their address";
  EXPECT_EQ(stores_.vault->derived("x", "y"), derived) << "networks still see the same key for the same post";
  fs::remove(stores_.folder / "master.key");
  std::ofstream(stores_.folder / "master.key") << old;
  fs::permissions(stores_.folder / "master.key", fs::perms::owner_read);
  EXPECT_EQ(opened_again_error(), "vault.master_key_wrong");
}

TEST_F(KeysTest, a_master_rotation_that_died_is_forgotten_or_finished) {
  put(1, 7, "first");
  const fs::path key = stores_.folder / "master.key", next = stores_.folder / "master.key.next";
  const std::string old = file("master.key");
  // Died before anything was wrapped anew: the next key is of no use.
  std::ofstream(next) << "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE\n";
  fs::permissions(next, fs::perms::owner_read);
  reopen();
  EXPECT_FALSE(fs::exists(next));
  EXPECT_EQ(get(1, 7), "first");
  // Died after that, before the file got its name.
  ASSERT_TRUE(stores_.vault->keys().rotate_master());
  const std::string fresh = file("master.key");
  stores_.vault.reset();
  fs::rename(key, next);
  std::ofstream(key) << old;
  fs::permissions(key, fs::perms::owner_read);
  reopen();
  EXPECT_EQ(file("master.key"), fresh);
  EXPECT_FALSE(fs::exists(next));
  EXPECT_EQ(get(1, 7), "first");
}

TEST_F(KeysTest, another_process_follows_a_new_master_key_and_new_versions) {
  put(1, 7, "first");
  const auto other = std::move(open_vault(stores_.folder.path(), false, stores_.random, stores_.clock)).value();
  ASSERT_TRUE(other->keys().rotate_master());
  put(2, 9, "sealed with a key that this process makes after the change");
  EXPECT_EQ(get(2, 9), "sealed with a key that this process makes after the change");
  EXPECT_EQ(other->keys().add_versions(), 2);
  const auto sealed = other->seal<Category::kContent>(place_of(3, 7), "by the newest");
  EXPECT_EQ(stores_.vault->open<Purpose::kPublish>(place_of(3, 7), sealed), "by the newest");
}

TEST_F(KeysTest, data_moves_to_new_keys_and_old_ones_go_when_nothing_needs_them) {
  for (std::int64_t note = 1; note <= 500; ++note) put(note, note % 5 + 1, "note " + std::to_string(note));
  DataKeys& keys = stores_.vault->keys();
  const std::string before = bytes(250);
  EXPECT_EQ(keys.add_versions(), 5);
  EXPECT_TRUE(keys.has_undrained());
  EXPECT_EQ(get(250, 1), "note 250") << "the old version opens until its data has moved";
  EXPECT_EQ(seal_anew(*stores_.database, *stores_.vault, kColumns, kGoOn), 500);
  EXPECT_EQ(seal_anew(*stores_.database, *stores_.vault, kColumns, kGoOn), 0);
  EXPECT_NE(bytes(250), before);
  stores_.clock.advance(days(1));
  EXPECT_EQ(keys.retire(stores_.clock.now()), 0) << "nobody has said yet that no row needs them";
  keys.mark_drained(stores_.clock.now());
  EXPECT_FALSE(keys.has_undrained());
  EXPECT_EQ(keys.retire(stores_.clock.now() - days(2)), 0) << "backups may still need them";
  EXPECT_EQ(keys.retire(stores_.clock.now()), 5);
  reopen();
  EXPECT_EQ(get(250, 1), "note 250");
  EXPECT_FALSE(stores_.vault->can_open(place_of(250, 1), before)) << "an old copy is unreadable with the current keys";
}

TEST_F(KeysTest, a_value_that_changes_while_it_is_moved_keeps_its_new_text) {
  put(1, 1, "old");
  stores_.vault->keys().add_versions();
  const std::string old = bytes(1);
  const auto fresh = stores_.vault->seal<Category::kContent>(place_of(1, 1), "new");
  stores_.write([&](storage::Transaction& tx) { tx.execute("update note set body=$1 where id=1", storage::Blob{fresh.bytes}); });
  EXPECT_EQ(seal_anew(*stores_.database, *stores_.vault, kColumns, kGoOn), 0);
  EXPECT_EQ(get(1, 1), "new");
}

TEST_F(KeysTest, a_destroyed_key_is_a_tombstone_and_is_never_made_again) {
  put(1, 7, "gone");
  stores_.vault->destroy(KeyScope::kUser, 7);
  stores_.vault->destroy(KeyScope::kProject, 3);  // one that never had a key
  EXPECT_THROW(get(1, 7), Unreadable);
  EXPECT_THROW(put(2, 7, "again"), Unreadable);
  EXPECT_EQ(stores_.vault->keys().add_versions(), 0);
  reopen();
  EXPECT_THROW(get(1, 7), Unreadable);
  const auto destroyed = stores_.vault->keys().destroyed();
  ASSERT_EQ(destroyed.size(), 2U);
  EXPECT_EQ(destroyed[0].scope, KeyScope::kUser);
  EXPECT_EQ(destroyed[0].owner, 7);
  EXPECT_EQ(destroyed[0].at, stores_.clock.now());
  EXPECT_EQ(destroyed[1].scope, KeyScope::kProject);
  EXPECT_EQ(stores_.vault->keys().highest_owner(KeyScope::kUser), 7);
}

TEST_F(KeysTest, what_is_moved_changed_or_never_sealed_is_found) {
  for (std::int64_t note = 1; note <= 4; ++note) put(note, 1, "same length");
  EXPECT_TRUE(find_unreadable(*stores_.database, *stores_.vault, kColumns, 10).empty());
  const std::string first = bytes(1);
  stores_.write([&](storage::Transaction& tx) {
    tx.execute("update note set body=$1 where id=2", storage::Blob{first});         // moved
    tx.execute("update note set body=$1 where id=3", storage::Blob{"plain text"});  // never sealed
  });
  const auto found = find_unreadable(*stores_.database, *stores_.vault, kColumns, 10);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].column, "note.body");
  EXPECT_EQ(found[0].row, 2);
  EXPECT_EQ(found[1].row, 3);
  EXPECT_THROW(get(3, 1), Unreadable);
  EXPECT_EQ(find_unreadable(*stores_.database, *stores_.vault, kColumns, 1).size(), 1U);
}

TEST_F(KeysTest, a_torn_database_of_keys_is_refused_with_the_way_back) {
  put(1, 7, "first");
  for (int owner = 100; owner < 400; ++owner) static_cast<void>(stores_.vault->keys().current(KeyScope::kUser, owner));
  stores_.vault.reset();
  const fs::path file = stores_.folder / "keys.sqlite";
  fs::resize_file(file, fs::file_size(file) / 2);
  auto opened = open_vault(stores_.folder.path(), false, stores_.random, stores_.clock);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "vault.keys_damaged");
  EXPECT_NE(opened.error().how_to_fix.find("copies"), std::string::npos);
  std::ofstream(file, std::ios::trunc) << "not a database at all, but long enough to be read as the head of one, surely";
  opened = open_vault(stores_.folder.path(), false, stores_.random, stores_.clock);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "vault.keys_damaged");
}

TEST_F(KeysTest, copies_hold_all_keys_and_end_after_seven_days) {
  put(1, 7, "kept");
  KeyCopies copies(stores_.folder / "copies", stores_.clock);
  const auto first = copies.copy_if_changed(stores_.vault->keys());
  ASSERT_TRUE(first);
  EXPECT_FALSE(copies.copy_if_changed(stores_.vault->keys())) << "nothing changed";
  stores_.clock.advance(hours(1));
  put(2, 8, "another key");
  const auto second = copies.copy_if_changed(stores_.vault->keys());
  ASSERT_TRUE(second);
  EXPECT_EQ(copies.drop_old(), 1) << "of one day the newest is kept";
  EXPECT_FALSE(fs::exists(*first));
  // The copy in the place of a lost database of keys.
  stores_.vault.reset();
  for (const char* end : {"", "-wal", "-shm"}) fs::remove(stores_.folder / (std::string("keys.sqlite") + end));
  fs::copy(*second, stores_.folder / "keys.sqlite");
  reopen();
  EXPECT_EQ(get(1, 7), "kept");
  EXPECT_EQ(get(2, 8), "another key");
  // A destroyed key is gone from every copy a week later.
  stores_.vault->destroy(KeyScope::kUser, 7);
  stores_.clock.advance(days(1));
  const auto third = copies.copy_if_changed(stores_.vault->keys());
  stores_.clock.advance(days(6) + hours(1));
  EXPECT_EQ(copies.drop_old(), 1);
  EXPECT_FALSE(fs::exists(*second));
  EXPECT_TRUE(fs::exists(*third));
}

TEST_F(KeysTest, keys_of_the_first_format_still_open) {
  TemporaryFolder folder;
  SeededRandom dice(5);
  const MasterKeyFile file(folder.path());
  const std::string master = std::move(file.make(dice)).value(), key = random_key(dice), wrapping = subkey(master, 1);
  {
    const auto database = storage::open_sqlite(folder / "keys.sqlite");
    database->write([&](storage::Transaction& tx) {
      tx.execute("create table data_key (scope text not null, owner bigint not null, wrapped blob not null, primary key (scope, owner))");
      tx.execute("create table key_check (id bigint primary key, value blob not null)");
      tx.execute("insert into key_check (id, value) values (1, $1)", storage::Blob{wrap(wrapping, "postmypost keys", "check", dice)});
      tx.execute("insert into data_key (scope, owner, wrapped) values ('user', 7, $1)", storage::Blob{wrap(wrapping, key, "user:7", dice)});
    });
  }
  const std::string sealed = wrap(key, "long ago", "note|body|1|user:7", dice);
  auto vault = std::move(open_vault(folder.path(), false, stores_.random, stores_.clock)).value();
  EXPECT_EQ(vault->open<Purpose::kPublish>(place_of(1, 7), Sealed<Category::kContent>{sealed}), "long ago");
  EXPECT_EQ(vault->derived("x", "y"), hmac_sha256(subkey(master, 3), "x|y")) << "keys sent to networks stay the same";
}

TEST(KeysElsewhere, are_kept_in_a_database_of_their_own) {
  support::TestStore store;
  TemporaryFolder folder;
  SystemRandom random;
  SystemClock clock;
  const auto open = [&] { return std::move(open_vault(folder.path(), true, random, clock, store.open())).value(); };
  const auto sealed = open()->seal<Category::kContent>(place_of(1, 7), "text");
  EXPECT_EQ(open()->open<Purpose::kPublish>(place_of(1, 7), sealed), "text");
  ASSERT_TRUE(open()->keys().rotate_master());
  auto vault = open();
  EXPECT_EQ(vault->keys().add_versions(), 1);
  vault->destroy(KeyScope::kUser, 7);
  EXPECT_FALSE(open()->can_open(place_of(1, 7), sealed.bytes));
  EXPECT_FALSE(fs::exists(folder / "keys.sqlite"));
}

}  // namespace
}  // namespace postmypost::vault
