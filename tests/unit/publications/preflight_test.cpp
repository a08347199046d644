#include <gtest/gtest.h>

#include <algorithm>

#include "publications/preflight.hpp"
#include "publications/schema.hpp"
#include "support/stores.hpp"

namespace postmypost::publications {
namespace {

CheckedAccount account(std::int64_t id, std::string_view rule, std::size_t pictures = 4) {
  CheckedAccount made{.id = id, .title = std::string(rule), .connected = true, .capabilities = {}};
  made.capabilities.text = networks::text_rule(rule);
  made.capabilities.pictures = {.max = pictures, .alt_max = 20, .max_bytes = 1000, .formats = {"image/jpeg"}};
  return made;
}

Publication publication(std::string text, std::vector<Picture> pictures = {}) {
  Publication p;
  p.details = {{.account_id = {}, .text = std::move(text), .pictures = std::move(pictures)}};
  return p;
}

std::vector<std::string> codes(const Preflight& preflight) {
  std::vector<std::string> all;
  for (const auto& f : preflight.findings) all.push_back(f.code);
  return all;
}

const media::File kPicture{.id = 7, .mime = "image/jpeg", .bytes = 900};

TEST(Preflight, counts_by_each_networks_rule_and_names_account_rule_and_number) {
  const std::vector accounts{account(1, "bluesky"), account(2, "mastodon")};
  const Preflight result = check(publication(std::string(350, 'a')), accounts, {});
  ASSERT_EQ(codes(result), std::vector<std::string>{"text.too_long"});
  EXPECT_EQ(result.findings[0].account_id, 1);
  EXPECT_EQ(result.findings[0].rule, "max_grapheme=300");
  EXPECT_EQ(result.findings[0].params.at("over"), "50");
  EXPECT_EQ(result.findings[0].field, "/details/0/text");
  EXPECT_FALSE(result.passes());
}

TEST(Preflight, checks_the_version_that_an_account_gets) {
  Publication p = publication(std::string(350, 'a'));
  p.details.push_back({.account_id = 1, .text = "коротко", .pictures = {}});
  EXPECT_TRUE(check(p, std::vector{account(1, "bluesky"), account(2, "mastodon")}, {}).passes());
}

TEST(Preflight, warns_of_a_missing_description_once_and_lets_pass) {
  const Preflight result = check(publication("т", {{7, ""}}), std::vector{account(1, "bluesky"), account(2, "mastodon")}, std::vector{kPicture});
  EXPECT_EQ(codes(result), std::vector<std::string>{"alt.missing"});
  EXPECT_TRUE(result.passes());
}

TEST(Preflight, refuses_pictures_that_a_network_would_refuse) {
  media::File heavy = kPicture, strange = kPicture;
  heavy.id = 8;
  heavy.bytes = 1001;
  strange.id = 9;
  strange.mime = "image/png";
  const auto of = [&](std::vector<Picture> pictures, std::size_t most = 4) {
    return codes(check(publication("т", std::move(pictures)), std::vector{account(1, "bluesky", most)}, std::vector{kPicture, heavy, strange}));
  };
  EXPECT_EQ(of({{8, "a"}}), std::vector<std::string>{"picture.too_heavy"});
  EXPECT_EQ(of({{9, "a"}}), std::vector<std::string>{"picture.format"});
  EXPECT_EQ(of({{10, "a"}}), std::vector<std::string>{"picture.not_found"});
  EXPECT_EQ(of({{7, std::string(21, 'a')}}), std::vector<std::string>{"alt.too_long"});
  EXPECT_EQ(of({{7, "a"}, {7, "b"}}, 1), std::vector<std::string>{"pictures.too_many"});
}

TEST(Preflight, wants_an_account_that_is_connected_and_something_to_say) {
  EXPECT_EQ(codes(check(publication("т"), {}, {})), std::vector<std::string>{"accounts.none"});
  CheckedAccount lost = account(1, "bluesky");
  lost.connected = false;
  EXPECT_EQ(codes(check(publication(""), std::vector{lost}, {})), (std::vector<std::string>{"account.not_connected", "text.empty"}));
}

TEST(ResolvedTimes, refuse_the_past_the_far_future_and_what_is_missing) {
  const Instant now = *parse_rfc3339("2027-01-15T08:00:00Z");
  const auto of = [&](Timing timing, const char* wall, Fold fold = Fold::kRefuse) {
    const auto r = resolve_time(timing, wall ? parse_wall_time(wall) : std::nullopt, "Europe/Berlin", fold, now);
    return r.finding ? r.finding->code : to_rfc3339(r.instant.value_or(Instant{}));
  };
  EXPECT_EQ(of(Timing::kNow, nullptr), "2027-01-15T08:00:00.000Z");
  EXPECT_EQ(of(Timing::kAt, nullptr), "time.missing");
  EXPECT_EQ(of(Timing::kAt, "2027-01-15T08:58"), "time.past");
  EXPECT_EQ(of(Timing::kAt, "2027-01-15T09:00"), "2027-01-15T08:00:00.000Z") << "the minute that began is still now";
  EXPECT_EQ(of(Timing::kAt, "2033-01-15T09:00"), "time.too_far");
  EXPECT_EQ(of(Timing::kAt, "2027-10-31T02:30"), "time.overlap");
  EXPECT_EQ(of(Timing::kAt, "2027-10-31T02:30", Fold::kLater), "2027-10-31T01:30:00.000Z");
  EXPECT_EQ(of(Timing::kDraft, "2020-01-01T10:00"), "2020-01-01T09:00:00.000Z") << "a draft only pencils a time in";
}

TEST(Preflight, refuses_what_a_network_cant_do_and_names_the_account) {
  Publication p = publication("text");
  p.details[0].kind = PostKind::kStory;
  p.details[0].title = "title";
  p.details[0].first_comment = "first";
  p.details[0].options.nsfw = true;
  CheckedAccount able = account(2, "mastodon");
  able.capabilities.extras = {.stories = true, .reels = true, .title = true, .first_comment = true, .sensitive = true};
  EXPECT_TRUE(check(p, std::vector{able}, {}).passes());
  const Preflight result = check(p, std::vector{account(1, "bluesky"), able}, {});
  std::vector<std::string> fields;
  for (const Finding& finding : result.findings) {
    EXPECT_EQ(finding.code, "extra.not_supported");
    EXPECT_EQ(finding.account_id, 1);
    fields.push_back(finding.field);
  }
  EXPECT_EQ(fields, (std::vector<std::string>{"/details/0/kind", "/details/0/title", "/details/0/first_comment", "/details/0/options/nsfw"}));
  p.details[0] = {.account_id = {}, .text = "text", .pictures = {}};
  p.details[0].options.nsfw = false;
  p.details[0].title = "";
  EXPECT_TRUE(check(p, std::vector{account(1, "bluesky")}, {}).passes()) << "nothing is asked for";
}

TEST(Preflight, refuses_an_option_of_a_network_that_no_account_belongs_to) {
  Publication p = publication("text");
  p.details[0].options.tiktok_duet = false;
  const Preflight result = check(p, std::vector{account(1, "bluesky")}, {});
  ASSERT_EQ(codes(result), std::vector<std::string>{"extra.no_such_account"});
  EXPECT_EQ(result.findings[0].field, "/details/0/options/tiktok_duet");
  CheckedAccount taker = account(2, "mastodon");
  taker.channel = "tiktok";
  EXPECT_TRUE(check(p, std::vector{account(1, "bluesky"), taker}, {}).passes()) << "a version for several serves each its own";
  p.details.push_back({.account_id = 2, .text = "own", .pictures = {}});
  EXPECT_FALSE(check(p, std::vector{account(1, "bluesky"), taker}, {}).passes()) << "the taker has another version";
}

TEST(Preflight, counts_the_link_that_goes_out_with_the_text) {
  Publication p = publication(std::string(290, 'a'));
  EXPECT_TRUE(check(p, std::vector{account(1, "bluesky")}, {}).passes());
  p.details[0].link = "https://example.org/";
  EXPECT_EQ(codes(check(p, std::vector{account(1, "bluesky")}, {})), std::vector<std::string>{"text.too_long"});
  p.details[0].text.clear();
  EXPECT_TRUE(check(p, std::vector{account(1, "bluesky")}, {}).passes()) << "a link alone is a post";
}

class PublicationsTest : public testing::Test {
 protected:
  PublicationsTest() : stores_({kSchema, kStagesSchema}) {}
  support::Stores stores_;
  Publications publications_{*stores_.vault, stores_.clock};
};

TEST_F(PublicationsTest, keep_versions_pictures_and_order_and_notice_a_stale_one) {
  Publication p = publication("База", {{7, "Первая"}, {8, "Вторая"}});
  p.project_id = 1;
  p.author_id = 1;
  p.zone = "UTC";
  p.language = "ru";
  p.account_ids = {5, 3};
  p.details.push_back({.account_id = 3, .text = "Своя", .pictures = {}});
  stores_.write([&](storage::Transaction& tx) {
    const Publication saved = publications_.save(tx, p).value();
    const Publication loaded = publications_.find(tx, 1, saved.id).value();
    EXPECT_EQ(loaded.account_ids, p.account_ids);
    EXPECT_EQ(loaded.detail_for(3).text, "Своя");
    EXPECT_EQ(loaded.detail_for(5).pictures, p.details[0].pictures);
    EXPECT_EQ(publications_.find(tx, 2, saved.id).error().code, "publication.not_found");
    EXPECT_TRUE(publications_.uses_file(tx, 8));
    ASSERT_TRUE(publications_.save(tx, loaded));
    EXPECT_EQ(publications_.save(tx, loaded).error().code, "publication.stale");
    publications_.mark_deleted(tx, saved.id);
    EXPECT_FALSE(publications_.find(tx, 1, saved.id));
    EXPECT_FALSE(publications_.uses_file(tx, 8));
  });
}

}  // namespace
}  // namespace postmypost::publications
