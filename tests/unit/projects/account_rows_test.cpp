#include <gtest/gtest.h>

#include <fstream>

#include "projects/account_rows.hpp"
#include "projects/projects.hpp"
#include "projects/schema.hpp"
#include "support/stores.hpp"

namespace postmypost::projects {
namespace {

class ProjectsTest : public testing::Test {
 protected:
  ProjectsTest() : stores_({kSchema}) {}
  std::int64_t project(std::int64_t owner) {
    return stores_.write([&](storage::Transaction& tx) { return projects_.create(tx, owner, "Сойка", "Europe/Moscow"); }).value().id;
  }
  support::Stores stores_;
  Projects projects_{*stores_.vault, stores_.clock};
  AccountRows rows_{*stores_.vault};
};

TEST_F(ProjectsTest, are_seen_by_their_members_only) {
  const auto mine = project(1);
  stores_.write([&](storage::Transaction& tx) {
    EXPECT_EQ(projects_.find(tx, 1, mine)->name, "Сойка");
    EXPECT_EQ(projects_.find(tx, 2, mine).error().code, "project.not_found");
    projects_.add_member(tx, mine, 2, Right::kEditor);
    EXPECT_EQ(projects_.find(tx, 2, mine)->right, Right::kEditor);
    EXPECT_EQ(projects_.of_user(tx, 2).size(), 1U);
  });
}

TEST_F(ProjectsTest, refuse_empty_names_and_unknown_zones) {
  stores_.write([&](storage::Transaction& tx) {
    EXPECT_EQ(projects_.create(tx, 1, " \n", "UTC").error().code, "project.name_empty");
    EXPECT_EQ(projects_.create(tx, 1, std::string(101, 'a'), "UTC").error().code, "project.name_too_long");
    EXPECT_EQ(projects_.create(tx, 1, "a", "Moscow").error().code, "project.zone_unknown");
  });
}

TEST_F(ProjectsTest, keep_accounts_sealed_within_their_project) {
  const auto mine = project(1), other = project(2);
  const auto id = stores_.write([&](storage::Transaction& tx) {
    return rows_.insert(tx, {.project_id = mine, .channel = "telegram", .title = "Канарейка", .remote_id = "-1001"}, {{"token", "canary-token"}});
  });
  stores_.write([&](storage::Transaction& tx) {
    EXPECT_EQ(rows_.find(tx, mine, id)->title, "Канарейка");
    EXPECT_EQ(rows_.find(tx, other, id).error().code, "account.not_found");
    EXPECT_EQ(rows_.secrets(tx, id).at("token"), "canary-token");
  });
  for (const auto& entry : std::filesystem::directory_iterator(stores_.folder.path())) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    EXPECT_EQ(bytes.find("canary-token"), std::string::npos) << entry.path();
    EXPECT_EQ(bytes.find("Канарейка"), std::string::npos) << entry.path();
  }
}

TEST_F(ProjectsTest, replace_secrets_only_from_the_version_that_was_read) {
  const auto mine = project(1);
  stores_.write([&](storage::Transaction& tx) {
    const auto id = rows_.insert(tx, {.project_id = mine, .channel = "bluesky"}, {{"refresh", "1"}});
    const auto version = rows_.load(tx, id)->secrets_version;
    EXPECT_TRUE(rows_.replace_secrets(tx, id, version, {{"refresh", "2"}}));
    EXPECT_FALSE(rows_.replace_secrets(tx, id, version, {{"refresh", "3"}})) << "somebody else refreshed";
    EXPECT_EQ(rows_.secrets(tx, id).at("refresh"), "2");
  });
}

TEST_F(ProjectsTest, a_new_title_leaves_the_problem_and_reconnecting_clears_it) {
  const auto mine = project(1);
  stores_.write([&](storage::Transaction& tx) {
    const auto id = rows_.insert(tx, {.project_id = mine, .channel = "bluesky"}, {{"token", "old"}});
    rows_.needs_reconnect(tx, id, {.code = "account.lost"});
    AccountRow row = *rows_.load(tx, id);
    row.title = "New";
    EXPECT_TRUE(rows_.update_profile(tx, row));
    EXPECT_EQ(rows_.load(tx, id)->state, AccountState::kNeedsReconnect);
    EXPECT_TRUE(rows_.reconnected(tx, row, {{"token", "new"}}));
    EXPECT_EQ(rows_.load(tx, id)->state, AccountState::kConnected);
    EXPECT_FALSE(rows_.load(tx, id)->problem);
    EXPECT_EQ(rows_.secrets(tx, id).at("token"), "new");
  });
}

TEST_F(ProjectsTest, a_disconnected_account_is_gone_and_its_problem_with_it) {
  const auto mine = project(1);
  stores_.write([&](storage::Transaction& tx) {
    const auto id = rows_.insert(tx, {.project_id = mine, .channel = "bluesky"}, {});
    rows_.needs_reconnect(tx, id, {.code = "account.lost", .detail = "d", .how_to_fix = "f"});
    EXPECT_EQ(rows_.find(tx, mine, id)->problem->code, "account.lost");
    rows_.disconnect(tx, id, stores_.clock.now());
    EXPECT_FALSE(rows_.find(tx, mine, id));
    EXPECT_TRUE(rows_.secrets(tx, id).empty());
    rows_.needs_reconnect(tx, id, {.code = "late"});
    const auto version = rows_.load(tx, id)->secrets_version;
    EXPECT_FALSE(rows_.reconnected(tx, {.id = id, .channel = "bluesky", .title = "late"}, {{"token", "late"}}));
    EXPECT_FALSE(rows_.update_profile(tx, {.id = id, .channel = "bluesky", .title = "late"}));
    EXPECT_FALSE(rows_.replace_secrets(tx, id, version, {{"token", "late"}}));
    EXPECT_EQ(rows_.load(tx, id)->state, AccountState::kDisconnected) << "a late answer does not bring it back";
    EXPECT_EQ(rows_.load(tx, id)->title, "");
    EXPECT_TRUE(rows_.secrets(tx, id).empty());
  });
}

}  // namespace
}  // namespace postmypost::projects
