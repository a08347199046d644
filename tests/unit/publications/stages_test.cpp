// What integrations plan besides texts and pictures: kept and given back, counted and listed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "publications/listing.hpp"
#include "publications/publications.hpp"
#include "publications/rubrics.hpp"
#include "publications/schema.hpp"
#include "support/stores.hpp"

namespace postmypost::publications {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Stages : public testing::Test {
 protected:
  Stages() : stores_({kSchema, kErasureSchema, kStagesSchema}) {}

  Publication save(Publication p) {
    return stores_.write([&](storage::Transaction& tx) { return publications_.save(tx, p); }).value();
  }
  std::int64_t planned(std::int64_t project, Instant at) {
    return save({.project_id = project, .author_id = 1, .timing = Timing::kAt, .zone = "UTC", .instant = at, .language = "en",
                 .details = {{.account_id = {}, .text = "text", .pictures = {}}}}).id;
  }
  Listed page(const std::vector<Sorting>& order, std::int64_t offset = 0, std::int64_t limit = 50, std::optional<Instant> from = {},
              std::optional<Instant> to = {}) {
    return stores_.read([&](storage::Transaction& tx) { return list_page(tx, 1, order, from, to, offset, limit); });
  }
  template <class F>
  void write(F work) {
    stores_.write([&](storage::Transaction& tx) { work(tx); });
  }

  support::Stores stores_;
  Publications publications_{*stores_.vault, stores_.clock};
  Rubrics rubrics_{*stores_.vault, stores_.clock};
};

TEST_F(Stages, give_back_everything_of_a_version_and_keep_its_words_sealed) {
  Detail detail{.account_id = 7, .text = "text", .pictures = {}, .kind = PostKind::kReels};
  detail.link = "https://example.org/canary-link";
  detail.title = "canary title";
  detail.first_comment = "";
  detail.options = {.tiktok_comment = false, .tiktok_privacy = TiktokPrivacy::kFriends, .youtube_privacy = YoutubePrivacy::kUnlisted,
                    .x_reply_settings = ReplySettings::kMentionedUsers, .nsfw = true};
  const Publication saved = save({.project_id = 1, .author_id = 1, .stage = Stage::kApproval, .zone = "UTC", .language = "en",
                                  .account_ids = {7}, .details = {detail}, .rubric_id = 3, .delete_at = Instant{5}});
  const auto loaded = stores_.read([&](storage::Transaction& tx) { return publications_.load(tx, saved.id); }).value();
  EXPECT_EQ(loaded.stage, Stage::kApproval);
  EXPECT_EQ(loaded.rubric_id, 3);
  EXPECT_EQ(loaded.delete_at, Instant{5});
  const Detail& back = loaded.details.at(0);
  EXPECT_EQ(back.kind, PostKind::kReels);
  EXPECT_EQ(back.link, detail.link);
  EXPECT_EQ(back.title, detail.title);
  EXPECT_EQ(back.first_comment, "") << "empty is not absent";
  EXPECT_EQ(back.options.tiktok_comment, false);
  EXPECT_FALSE(back.options.tiktok_duet.has_value());
  EXPECT_EQ(back.options.tiktok_privacy, TiktokPrivacy::kFriends);
  EXPECT_EQ(back.options.youtube_privacy, YoutubePrivacy::kUnlisted);
  EXPECT_EQ(back.options.x_reply_settings, ReplySettings::kMentionedUsers);
  const auto stored = stores_.read([&](storage::Transaction& tx) {
    return tx.row<storage::Blob, storage::Blob>("select title, options from detail where publication_id=$1", saved.id);
  });
  EXPECT_EQ(std::get<0>(*stored).bytes.find("canary"), std::string::npos);
  EXPECT_EQ(std::get<1>(*stored).bytes.find("unlisted"), std::string::npos);
}

TEST(TextOf, has_the_link_once) {
  Detail detail{.account_id = {}, .text = "text", .pictures = {}};
  EXPECT_EQ(text_of(detail), "text");
  detail.link = "https://example.org/";
  EXPECT_EQ(text_of(detail), "text\n\nhttps://example.org/");
  detail.text = "see https://example.org/ now";
  EXPECT_EQ(text_of(detail), detail.text);
  detail.text.clear();
  EXPECT_EQ(text_of(detail), "https://example.org/");
}

TEST_F(Stages, are_left_alone_by_a_change_that_cant_name_them) {
  Detail base{.account_id = {}, .text = "old", .pictures = {}, .kind = PostKind::kStory};
  base.title = "title";
  const Publication stored{.stage = Stage::kTemplate, .details = {base}, .rubric_id = 4, .delete_at = Instant{9}};
  Publication changed{.details = {{.account_id = {}, .text = "new", .pictures = {}}, {.account_id = 5, .text = "own", .pictures = {}}}};
  keep_unnamed(changed, stored);
  EXPECT_EQ(changed.stage, Stage::kTemplate);
  EXPECT_EQ(changed.rubric_id, 4);
  EXPECT_EQ(changed.details[0].text, "new");
  EXPECT_EQ(changed.details[0].title, "title");
  EXPECT_EQ(changed.details[0].kind, PostKind::kStory);
  EXPECT_EQ(changed.details[1].title, std::nullopt);
}

TEST_F(Stages, lists_in_every_order_with_totals_that_follow) {
  const auto a = planned(1, {300}), b = planned(1, {100}), c = planned(1, {200});
  planned(2, {150});
  EXPECT_THAT(page({{SortKey::kPostAt, true}}).ids, ElementsAre(a, c, b));
  EXPECT_THAT(page({{SortKey::kPostAt, false}}).ids, ElementsAre(b, c, a));
  EXPECT_THAT(page({{SortKey::kId, true}}).ids, ElementsAre(c, b, a));
  EXPECT_THAT(page({{SortKey::kCreatedAt, false}, {SortKey::kPostAt, true}}).ids, ElementsAre(a, c, b)) << "made at one instant";
  EXPECT_THAT(page({{SortKey::kId, false}}, 1, 1).ids, ElementsAre(b));
  EXPECT_EQ(page({{SortKey::kId, false}}, 1, 1).total, 3);
  const Listed day = page({{SortKey::kPostAt, false}}, 0, 50, Instant{100}, Instant{300});
  EXPECT_THAT(day.ids, ElementsAre(b, c));
  EXPECT_EQ(day.total, 2);
  EXPECT_THAT(page({{SortKey::kId, false}}, 3).ids, IsEmpty());

  write([&](storage::Transaction& tx) { publications_.mark_gone(tx, a); });
  EXPECT_EQ(page({{SortKey::kId, false}}).total, 2);
  write([&](storage::Transaction& tx) {
    publications_.mark_gone(tx, a);
    publications_.mark_deleted(tx, a);
    publications_.mark_deleted(tx, b);
    publications_.mark_deleted(tx, b);
  });
  EXPECT_EQ(page({{SortKey::kId, false}}).total, 1) << "each is counted out once";
  EXPECT_THAT(page({{SortKey::kId, false}}).ids, ElementsAre(c));
  save({.id = c, .project_id = 1, .version = 1, .zone = "UTC", .language = "en"});
  EXPECT_EQ(page({{SortKey::kId, false}}).total, 1) << "a change is no new one";
}

TEST_F(Stages, counts_what_was_there_before_there_were_counters) {
  support::TestStore old;
  auto database = old.open();
  ASSERT_TRUE(storage::migrate(*database, {{1, "publications", kSchema}}, {1}));
  database->write([](storage::Transaction& tx) {
    for (int id = 1; id <= 3; ++id) {
      tx.execute("insert into publication (id, project_id, author_id, version, kind, zone, late_policy, language, created_at, updated_at, "
                 "deleted_at) values ($1,1,1,1,'draft','UTC','hold','en',1,1,$2)",
                 id, id == 3 ? std::optional<std::int64_t>(1) : std::nullopt);
    }
  });
  ASSERT_TRUE(storage::migrate(*database, {{1, "publications", kSchema}, {2, "publications", kStagesSchema}}, {1}));
  const Listed listed = database->read([](storage::Transaction& tx) {
    return list_page(tx, 1, {{SortKey::kPostAt, true}}, {}, {}, 0, 10);
  });
  EXPECT_EQ(listed.total, 2);
  EXPECT_THAT(listed.ids, ElementsAre(2, 1)) << "a draft without a time counts as planned for when it was made";
}

TEST_F(Stages, drops_an_account_with_its_own_version_only) {
  const auto id = save({.project_id = 1, .author_id = 1, .zone = "UTC", .language = "en", .account_ids = {5, 6},
                        .details = {{.account_id = {}, .text = "all", .pictures = {}}, {.account_id = 6, .text = "own", .pictures = {{9, "alt"}}}}})
                      .id;
  write([&](storage::Transaction& tx) { publications_.drop_account(tx, id, 6); });
  const auto left = stores_.read([&](storage::Transaction& tx) { return publications_.load(tx, id); }).value();
  EXPECT_THAT(left.account_ids, ElementsAre(5));
  EXPECT_EQ(left.details.size(), 1U);
  EXPECT_EQ(left.details[0].text, "all");
}

TEST_F(Stages, rubrics_are_made_renamed_and_leave_their_publications) {
  const auto make = [&](std::string name) {
    return stores_.write([&](storage::Transaction& tx) { return rubrics_.create(tx, 1, name); });
  };
  EXPECT_EQ(make("  ").error().code, "rubric.name_empty");
  EXPECT_EQ(make(std::string(101, 'a')).error().code, "rubric.name_too_long");
  const Rubric rubric = make(" News ").value();
  EXPECT_EQ(rubric.name, "News");
  const auto id = save({.project_id = 1, .author_id = 1, .zone = "UTC", .language = "en", .rubric_id = rubric.id}).id;
  write([&](storage::Transaction& tx) {
    EXPECT_EQ(rubrics_.rename(tx, 1, rubric.id, "Новости").value().name, "Новости");
    EXPECT_EQ(rubrics_.rename(tx, 2, rubric.id, "x").error().code, "rubric.not_found");
    EXPECT_EQ(rubrics_.of_project(tx, 1).at(0).name, "Новости");
    EXPECT_TRUE(rubrics_.remove(tx, 1, rubric.id));
    EXPECT_THAT(rubrics_.of_project(tx, 1), IsEmpty());
    EXPECT_EQ(publications_.load(tx, id)->rubric_id, std::nullopt);
  });
}

}  // namespace
}  // namespace postmypost::publications
