#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

#include "networks/bluesky/record.hpp"
#include "networks/capabilities.hpp"
#include "networks/spans.hpp"

namespace postmypost::networks {
namespace {

boost::json::value read_json(const std::filesystem::path& file) {
  std::ifstream in(file);
  return boost::json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
}

const std::filesystem::path kSource = POSTMYPOST_SOURCE_DIR;
const std::filesystem::path kSpecs = kSource.parent_path() / "shared/networks/specs";

TEST(TextRules, count_every_shared_vector_like_the_browser) {
  const auto vectors = read_json(kSource / "tests/networks/text_vectors.json").at("vectors").as_array();
  ASSERT_GE(vectors.size(), 40U);
  for (const auto& v : vectors) {
    const std::string text(v.at("text").as_string());
    EXPECT_EQ(count_text(text, text_rule(v.at("rule").as_string())), v.at("count").to_number<std::size_t>())
        << v.at("rule") << " " << text;
  }
}

TEST(TextRules, agree_with_mastodons_own_cases) {
  const auto file = kSpecs / "mastodon/vectors/status-length.dev-half.json";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no shared data";
  for (const auto& c : read_json(file).at("cases").as_array()) {
    const auto* length = c.as_object().if_contains("countable_length");
    if (!length) continue;
    const std::size_t counted = count_text(c.at("text").as_string(), text_rule("mastodon")) +
                                count_text(c.at("spoiler_text").as_string(), text_rule("own_page"));
    EXPECT_EQ(counted, length->to_number<std::size_t>()) << c.at("note");
  }
}

TEST(TextRules, count_graphemes_like_blueskys_client) {
  const auto file = kSpecs / "bluesky/vectors/richtext.dev-half.json";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no shared data";
  for (const auto& c : read_json(file).at("links_and_mentions").as_array()) {
    EXPECT_EQ(count_text(c.at("text").as_string(), text_rule("bluesky")), c.at("graphemes").to_number<std::size_t>())
        << c.at("text");
  }
}

TEST(Spans, find_mentions_where_blueskys_client_finds_them) {
  const auto file = kSpecs / "bluesky/vectors/richtext.dev-half.json";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no shared data";
  for (const auto& c : read_json(file).at("links_and_mentions").as_array()) {
    const std::string text(c.at("text").as_string());
    std::vector<std::pair<std::size_t, std::size_t>> wanted, found;
    for (const auto& f : c.at("facets").as_array()) {
      if (f.at("kind").as_string() != "mention") continue;
      wanted.emplace_back(f.at("index").at("byteStart").to_number<std::size_t>(), f.at("index").at("byteEnd").to_number<std::size_t>());
    }
    for (const Span& s : find_handles(text)) found.emplace_back(s.begin, s.end);
    EXPECT_EQ(found, wanted) << text;
  }
}

TEST(Spans, leave_trailing_punctuation_and_unopened_brackets_out_of_links) {
  const std::string text = "(см. https://example.org/a_(b)), https://example.org/?q=1!";
  const auto links = find_links(text);
  ASSERT_EQ(links.size(), 2U);
  EXPECT_EQ(text.substr(links[0].begin, links[0].end - links[0].begin), "https://example.org/a_(b)");
  EXPECT_EQ(text.substr(links[1].begin, links[1].end - links[1].begin), "https://example.org/?q=1");
}

TEST(Spans, take_hashtags_that_hold_more_than_digits) {
  const std::string text = "#кофе #2027 #a1, нет#тега #";
  const auto tags = find_hashtags(text);
  ASSERT_EQ(tags.size(), 2U);
  EXPECT_EQ(text.substr(tags[0].begin, tags[0].end - tags[0].begin), "#кофе");
  EXPECT_EQ(text.substr(tags[1].begin, tags[1].end - tags[1].begin), "#a1");
}

}  // namespace
}  // namespace postmypost::networks
