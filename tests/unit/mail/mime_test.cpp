#include "mail/mime.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "mail/letters.hpp"

namespace postmypost::mail {
namespace {

Message message() {
  return {.from_name = "Обжарка «Сойка»",
          .from = "post@post.example.org",
          .to = "anna@example.org",
          .subject = "Подтвердите адрес почты",
          .text = "Здравствуйте!\n",
          .message_id = "abc@post.example.org",
          .date = {1'800'000'000'000'000}};
}

std::string header_of(const std::string& wire, std::string_view name) {
  const auto at = wire.find("\r\n" + std::string(name) + ": ");
  if (at == std::string::npos) return "";
  const auto begin = at + 4 + name.size();
  auto end = wire.find("\r\n", begin);
  while (wire.substr(end + 2, 1) == " ") end = wire.find("\r\n", end + 2);
  return wire.substr(begin, end - begin);
}

TEST(Mime, dates_are_those_of_rfc_5322) {
  EXPECT_EQ(rfc5322_date({0}), "Thu, 1 Jan 1970 00:00:00 +0000");
  EXPECT_EQ(rfc5322_date({1'800'000'000'999'999}), "Fri, 15 Jan 2027 08:00:00 +0000");
  EXPECT_EQ(rfc5322_date({951'782'400'000'000}), "Tue, 29 Feb 2000 00:00:00 +0000");
}

// RFC 2045, section 6.7.
TEST(Mime, quoted_printable_keeps_lines_short_and_ends_of_lines_visible) {
  EXPECT_EQ(quoted_printable("a=b"), "a=3Db");
  EXPECT_EQ(quoted_printable("Ж"), "=D0=96");
  EXPECT_EQ(quoted_printable("end \nnext\t"), "end=20\r\nnext=09");
  EXPECT_EQ(quoted_printable("-- \nx"), "--=20\r\nx") << "the mark before a signature";
  const std::string long_line = quoted_printable(std::string(200, 'x'));
  EXPECT_EQ(long_line, std::string(75, 'x') + "=\r\n" + std::string(75, 'x') + "=\r\n" + std::string(50, 'x'));
  const std::string russian = quoted_printable("Съешь же ещё этих мягких французских булок, да выпей чаю, — и ещё раз");
  for (std::size_t at = 0; at < russian.size();) {
    const auto end = std::min(russian.find("\r\n", at), russian.size());
    EXPECT_LE(end - at, 76U);
    at = end + 2;
  }
}

// RFC 2047, section 2: 75 characters a word, and no character is cut.
TEST(Mime, words_of_other_alphabets_are_encoded_whole) {
  EXPECT_EQ(encoded_words("A test letter"), "A test letter");
  EXPECT_EQ(encoded_words("Ж"), "=?UTF-8?B?0JY=?=");
  EXPECT_NE(encoded_words("=?UTF-8?B?0JY=?="), "=?UTF-8?B?0JY=?=") << "what looks encoded is not taken for it";
  std::string text;
  for (int i = 0; i < 40; ++i) text += "aЖ😀";
  const std::string encoded = encoded_words(text);
  for (std::size_t at = 0; at < encoded.size();) {
    const auto end = std::min(encoded.find("\r\n ", at), encoded.size());
    const std::string word = encoded.substr(at, end - at);
    EXPECT_LE(word.size(), 75U);
    ASSERT_TRUE(word.starts_with("=?UTF-8?B?") && word.ends_with("?="));
    std::string base64 = word.substr(10, word.size() - 12);
    while (base64.ends_with('=')) base64.pop_back();
    for (char& c : base64) c = c == '+' ? '-' : c == '/' ? '_' : c;
    const std::string bytes = from_base64url(base64).value();
    EXPECT_NE(static_cast<unsigned char>(bytes.front()) & 0xc0U, 0x80U) << "begins with a whole character";
    at = end + 3;
  }
}

TEST(Mime, a_letter_has_its_headers_and_nothing_in_another_alphabet) {
  const std::string wire = wire_form(message()).value();
  EXPECT_TRUE(wire.starts_with("Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n"));
  EXPECT_EQ(header_of(wire, "To"), "<anna@example.org>");
  EXPECT_EQ(header_of(wire, "Message-ID"), "<abc@post.example.org>");
  EXPECT_TRUE(header_of(wire, "From").ends_with("<post@post.example.org>"));
  EXPECT_EQ(header_of(wire, "Content-Transfer-Encoding"), "quoted-printable");
  for (const char c : wire) EXPECT_TRUE(c == '\r' || c == '\n' || (c >= 0x20 && c < 0x7f));
  for (std::size_t at = wire.find('\n'); at != std::string::npos; at = wire.find('\n', at + 1)) EXPECT_EQ(wire[at - 1], '\r');
}

// ASVS 1.3.11: nothing that is given begins a header or a command of its own.
TEST(Mime, a_header_or_an_address_with_a_line_break_is_refused) {
  for (const char* evil : {"a@example.org\r\nBcc: b@example.org", "a@example.org\nRCPT TO:<b@example.org>", "a@example.org> SIZE=1", "a@b@c.org",
                           "\"a b\"@example.org", "a@example.org,b@example.org", "nobody", "@example.org", "a@", "a\x01@example.org", ""}) {
    Message one = message();
    one.to = evil;
    EXPECT_EQ(wire_form(one).error().code, "mail.address") << evil;
    one = message();
    one.from = evil;
    EXPECT_EQ(wire_form(one).error().code, "mail.address") << evil;
  }
  for (std::string Message::* field : {&Message::from_name, &Message::subject, &Message::message_id}) {
    for (const char* evil : {"x\r\nBcc: b@example.org", "x\ny", "x\ry", "x\x7f", "x\x01"}) {
      Message one = message();
      one.*field = evil;
      EXPECT_EQ(wire_form(one).error().code, "mail.header");
    }
  }
  Message quoted = message();
  quoted.from_name = "Evil\" <evil@example.org>, \"x";
  EXPECT_EQ(header_of(wire_form(quoted).value(), "From").find("evil@"), std::string::npos) << "a name with marks is encoded";
}

// RFC 8058.
TEST(Mime, a_letter_that_can_be_ended_says_how_at_one_click) {
  EXPECT_EQ(header_of(wire_form(message()).value(), "List-Unsubscribe"), "");
  Message one = message();
  one.unsubscribe = "https://post.example.org/unsubscribe?token=T";
  const std::string wire = wire_form(one).value();
  EXPECT_EQ(header_of(wire, "List-Unsubscribe"), "<https://post.example.org/unsubscribe?token=T>");
  EXPECT_EQ(header_of(wire, "List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
  one.unsubscribe += "\r\nBcc: x@example.org";
  EXPECT_EQ(wire_form(one).error().code, "mail.header");
}

TEST(Letters, of_notices_name_their_kinds_once_and_how_to_end_them) {
  const Face face{.operator_name = "Обжарка", .public_url = "https://post.example.org"};
  const Words words = words_of(LetterKind::kNotices, "en", face, "TOKEN", {"failure", "ticket_answered"});
  EXPECT_NE(words.text.find("- a post was not sent\n- an answer of support\n"), std::string::npos) << words.text;
  EXPECT_EQ(words.text.find("in doubt"), std::string::npos);
  EXPECT_NE(words.text.find("https://post.example.org/unsubscribe?token=TOKEN\n"), std::string::npos);
  EXPECT_FALSE(tells_of("policy_changed")) << "it has been read by then";
}

TEST(Letters, say_each_thing_in_both_languages_with_the_link_of_their_kind_and_no_gap) {
  const Face face{.operator_name = "Обжарка", .public_url = "https://post.example.org"};
  for (const LetterKind kind : {LetterKind::kConfirm, LetterKind::kEmail, LetterKind::kEmailChanged, LetterKind::kTaken, LetterKind::kPassword, LetterKind::kNotices, LetterKind::kTest}) {
    EXPECT_EQ(letter_kind_of(to_string(kind)), kind);
    for (const char* locale : {"ru", "en"}) {
      const Words words = words_of(kind, locale, face, "TOKEN", {"doubt"});
      EXPECT_FALSE(words.subject.empty());
      EXPECT_EQ(words.text.find('{'), std::string::npos) << words.text;
      EXPECT_NE(words.text.find("https://post.example.org"), std::string::npos);
      const bool has_link = kind == LetterKind::kConfirm || kind == LetterKind::kEmail || kind == LetterKind::kPassword;
      EXPECT_EQ(words.text.find("#token=TOKEN\n") != std::string::npos, has_link) << words.text;
    }
    EXPECT_NE(words_of(kind, "ru", face, "").subject, words_of(kind, "en", face, "").subject);
  }
}

}  // namespace
}  // namespace postmypost::mail
