#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

namespace postmypost {
namespace {

TEST(Text, counts_what_people_see_as_one) {
  const std::string mixed = "a\u0301 \U0001F468\u200D\U0001F469\u200D\U0001F467 \U0001F1E9\U0001F1EA \U0001F44D\U0001F3FD \u0928\u093F";
  EXPECT_EQ(count_graphemes(mixed), 9U);
  EXPECT_EQ(count_utf16(mixed), 24U);
  EXPECT_EQ(count_code_points(mixed), 17U);
}

TEST(Text, tidies_ends_lines_and_control_characters) {
  EXPECT_EQ(tidy("  a\r\nb\rc\x01\x7f \n"), "a\nb\nc");
  EXPECT_EQ(tidy(" \n\t "), "");
  EXPECT_EQ(first_graphemes("\U0001F468\u200D\U0001F469 ab", 2), "\U0001F468\u200D\U0001F469 ");
  EXPECT_EQ(first_graphemes("ab", 0), "");
}

TEST(Text, tells_valid_utf8) {
  EXPECT_TRUE(is_valid_utf8("Привет"));
  EXPECT_FALSE(is_valid_utf8("\xff"));
  EXPECT_FALSE(is_valid_utf8("\xc0\xaf")) << "overlong";
}

TEST(Encoding, knows_the_published_answers) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(base64url("\xfb\xff"), "-_8");
  EXPECT_EQ(from_base64url("-_8").value(), "\xfb\xff");
  EXPECT_FALSE(from_base64url("-_8="));
  EXPECT_FALSE(from_base64url("a b"));
  EXPECT_EQ(percent_encoded("а b/~"), "%D0%B0%20b%2F~");
  EXPECT_TRUE(equal_in_constant_time("ab", "ab"));
  EXPECT_FALSE(equal_in_constant_time("ab", "ac"));
}

TEST(Random, repeats_from_a_seed_and_differs_between_seeds) {
  SeededRandom a(1), b(1), c(2);
  const auto first = a.number();
  EXPECT_EQ(first, b.number());
  EXPECT_NE(first, c.number());
  SystemRandom system;
  EXPECT_NE(system.token(), system.token());
  EXPECT_EQ(system.token().size(), 43U);
}

TEST(Log, writes_one_json_line) {
  const std::string line = log::format_line(log::Level::kInfo, "request", {{"status", 200}, {"path", "/line\nend \"x\""}}, "now");
  EXPECT_EQ(line, R"({"at":"now","level":"info","event":"request","status":200,"path":"/line\nend \"x\""})");
}

}  // namespace
}  // namespace postmypost
