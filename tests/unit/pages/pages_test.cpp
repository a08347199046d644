#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "pages/rendering.hpp"
#include "pages/schema.hpp"
#include "pages/site.hpp"
#include "support/stores.hpp"

namespace postmypost::pages {
namespace {

constexpr const char* kUrl = "https://post.example";

class PagesTest : public testing::Test {
 protected:
  PagesTest() : stores_({kSchema}) {
    page_ = stores_.write([&](storage::Transaction& tx) { return pages_.create(tx, 1, "soyka", "Сойка & <друзья>", "ru", "post.example"); }).value();
  }
  Entry publish(std::string uid, std::string text) {
    return stores_.write([&](storage::Transaction& tx) { return pages_.publish(tx, 1, uid, text, {}, stores_.clock.now()); });
  }
  http::Response get(const std::string& path, http::Headers headers = {}) {
    http::Request request;
    request.method = "GET";
    request.path = path;
    request.headers = std::move(headers);
    return site_.respond(request, kUrl);
  }
  support::Stores stores_;
  Pages pages_{stores_.clock};
  std::unique_ptr<storage::Blobs> blobs_ = storage::open_disk_blobs(stores_.folder / "media", stores_.random);
  Site site_{*stores_.database, pages_, *blobs_};
  Page page_;
};

TEST_F(PagesTest, publishing_the_same_delivery_again_gives_the_same_entry) {
  const Entry first = publish("uid.0", "Раз");
  EXPECT_EQ(publish("uid.0", "Раз").id, first.id);
  EXPECT_NE(publish("uid.1", "Раз").id, first.id);
  EXPECT_EQ(stores_.read([&](storage::Transaction& tx) { return pages_.latest(tx, page_.id, {}, 10).size(); }), 2U);
}

TEST_F(PagesTest, handles_have_a_form_and_are_never_given_twice) {
  stores_.write([&](storage::Transaction& tx) {
    for (const char* bad : {"a", "-ab", "Кот", "a b", "UPPER", "a.b"}) {
      EXPECT_EQ(pages_.create(tx, 9, bad, "t", "en", "h").error().code, "page.handle_form") << bad;
    }
    EXPECT_EQ(pages_.create(tx, 9, "soyka", "t", "en", "h").error().code, "page.handle_taken");
    pages_.close(tx, 1);
    EXPECT_EQ(pages_.create(tx, 9, "soyka", "t", "en", "h").error().code, "page.handle_taken");
  });
}

TEST_F(PagesTest, an_address_ends_before_the_sentence_s_marks_and_never_inside_a_letter) {
  const auto linked = [&](const std::string& text) {
    const std::string html = entry_html(page_, publish(text, text), kUrl);
    const auto from = html.find("<a href=\"https://e.org") + 9;
    return html.substr(from, html.find('"', from) - from);
  };
  EXPECT_EQ(linked("см. https://e.org/стол"), "https://e.org/стол") << "л ends in the byte that also ends »";
  EXPECT_EQ(linked("«https://e.org/кот»."), "https://e.org/кот");
  EXPECT_EQ(linked("(https://e.org/a?b=1)!"), "https://e.org/a?b=1");
}

TEST_F(PagesTest, hostile_text_stays_text_in_html_and_both_feeds) {
  const Entry entry = publish("u", "<script>alert(1)</script> ]]> & \"q\" \x01 https://e.org/?a=1&b=<x>");
  const std::string html = entry_html(page_, entry, kUrl);
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_NE(html.find("href=\"https://e.org/?a=1&amp;b=\""), std::string::npos);
  const std::string feed = atom(page_, {entry}, kUrl);
  EXPECT_EQ(feed.find("<script"), std::string::npos);
  EXPECT_EQ(feed.find('\x01'), std::string::npos);
  EXPECT_NE(feed.find("Сойка &amp; &lt;друзья&gt;"), std::string::npos);
  const auto json = boost::json::parse(json_feed(page_, {entry}, kUrl));
  EXPECT_EQ(json.at("items").at(0).at("content_html").as_string().find("<script"), boost::json::string::npos);
}

TEST_F(PagesTest, a_link_in_a_text_tells_the_other_site_nothing) {
  const std::string html = entry_html(page_, publish("u", "см. https://e.org/"), kUrl);
  EXPECT_NE(html.find("<a href=\"https://e.org/\" rel=\"nofollow ugc noopener noreferrer\">"), std::string::npos);
}

TEST_F(PagesTest, ids_of_feeds_do_not_depend_on_the_address) {
  const Entry entry = publish("u", "Раз");
  const auto id = [&](const char* url) { return boost::json::parse(json_feed(page_, {entry}, url)).at("items").at(0).at("id"); };
  EXPECT_EQ(id("https://a.example"), id("https://b.example"));
  EXPECT_TRUE(id(kUrl).as_string().starts_with("tag:post.example,2027-01-15:"));
}

TEST_F(PagesTest, a_private_page_is_gone_and_its_feeds_are_empty) {
  const Entry entry = publish("u", "Раз");
  EXPECT_EQ(get("/@soyka").status, 200);
  EXPECT_EQ(get("/@soyka/" + std::to_string(entry.id)).status, 200);
  stores_.write([&](storage::Transaction& tx) { return pages_.change(tx, 1, {}, Visibility::kPrivate); }).value();
  EXPECT_EQ(get("/@soyka").status, 410);
  EXPECT_EQ(get("/@soyka/" + std::to_string(entry.id)).status, 410);
  EXPECT_EQ(get("/@soyka/feed.atom").body.find("<entry>"), std::string::npos);
  EXPECT_EQ(get("/@soyka/feed.json").status, 410);
}

TEST_F(PagesTest, answers_what_is_not_there_and_what_has_not_changed) {
  publish("u", "Раз");
  for (const char* path : {"/@nobody", "/@soyka/424242", "/@soyka/abc", "/@soyka/-1", "/@soyka/media/../../x.jpg", "/@soyka/media/0123.jpg", "/@soyka/1/2"}) {
    EXPECT_EQ(get(path).status, 404) << path;
  }
  const auto first = get("/@soyka");
  http::Headers known;
  known.set("If-None-Match", std::string(*first.headers.get("ETag")));
  EXPECT_EQ(get("/@soyka", known).status, 304);
  EXPECT_EQ(first.body.find("<script"), std::string::npos);
}

TEST_F(PagesTest, pages_on_without_repeating) {
  for (int i = 0; i < 25; ++i) publish("u" + std::to_string(i), "Запись " + std::to_string(i));
  const auto first = get("/@soyka");
  const auto next = first.body.find("?before=");
  ASSERT_NE(next, std::string::npos);
  http::Request request;
  request.method = "GET";
  request.path = "/@soyka";
  request.query = {{"before", std::to_string(std::stoll(first.body.substr(next + 8)))}};
  const auto second = site_.respond(request, kUrl);
  EXPECT_NE(second.body.find("Запись 4<"), std::string::npos);
  EXPECT_EQ(second.body.find("Запись 5<"), std::string::npos);
  EXPECT_EQ(second.body.find("?before="), std::string::npos);
}

TEST(FirstWords, end_at_a_word) {
  EXPECT_EQ(first_words("Коротко\nвторая"), "Коротко");
  EXPECT_EQ(first_words("Раз два три четыре", 10), "Раз два…");
}

}  // namespace
}  // namespace postmypost::pages
