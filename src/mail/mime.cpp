#include "mail/mime.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/encoding.hpp"

namespace postmypost::mail {
namespace {

constexpr std::size_t kLongestLine = 76;
constexpr std::size_t kBytesOfWord = 39;  // in base64 52 characters, 64 with "=?UTF-8?B?" and "?=", 73 behind "Subject: "
constexpr std::size_t kLongestPlain = 60;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }

// RFC 4648 section 4: what MIME understands under base64.
std::string base64(std::string_view bytes) {
  std::string text = base64url(bytes);
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

// How many bytes of `text` fit into one encoded word without cutting a character.
std::size_t whole_characters(std::string_view text) {
  if (text.size() <= kBytesOfWord) return text.size();
  std::size_t end = kBytesOfWord;
  while (end > 0 && !begins_character(text[end])) --end;
  return end == 0 ? kBytesOfWord : end;
}

std::string in_words(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = whole_characters(text);
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + base64(text.substr(0, size)) + "?=";
    text.remove_prefix(size);
  }
  return out;
}

// A name with marks of its own is encoded too: then nothing has to be quoted.
std::string display_name(std::string_view name) {
  const bool is_simple = name.size() <= kLongestPlain && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ';
  });
  return is_simple ? std::string(name) : in_words(name);
}

Error broken_header(std::string code, std::string detail) {
  return {.code = std::move(code), .detail = std::move(detail), .how_to_fix = "Remove line breaks and other controls."};
}

Result<> check(const Message& message) {
  for (const std::string* address : {&message.from, &message.to}) {
    if (!is_plain_address(*address)) return fail(broken_header("mail.address", "This is no address that a letter can go to or come from."));
  }
  for (const std::string* value : {&message.from_name, &message.subject, &message.message_id, &message.unsubscribe}) {
    if (std::ranges::any_of(*value, is_control)) return fail(broken_header("mail.header", "A header of a letter can't hold a control character."));
  }
  return {};
}

}  // namespace

bool is_plain_address(std::string_view address) {
  const auto at = address.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < address.size() && address.rfind('@') == at && address.size() <= 254 &&
         std::ranges::none_of(address, [](char c) { return is_control(c) || std::string_view(" <>(),;:\"\\[]").find(c) != std::string_view::npos; });
}

std::string encoded_words(std::string_view text) {
  const bool is_plain = std::ranges::all_of(text, is_ascii) && text.size() <= kLongestPlain && text.find("=?") == std::string_view::npos;
  return is_plain ? std::string(text) : in_words(text);
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  const auto put = [&](std::string_view piece) {
    if (column + piece.size() > kLongestLine - 1) {  // one character is kept for the "=" of a soft line break
      out += "=\r\n";
      column = 0;
    }
    out += piece;
    column += piece.size();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      out += "\r\n";
      column = 0;
      continue;
    }
    const bool ends_line = i + 1 == text.size() || text[i + 1] == '\n';
    const bool stays = (c > ' ' && c < 0x7f && c != '=') || (c == ' ' && !ends_line);
    put(stays ? std::string(1, c) : fmt::format("={:02X}", static_cast<unsigned char>(c)));
  }
  return out;
}

std::string rfc5322_date(Instant at) {
  using namespace std::chrono;
  constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_seconds second = floor<std::chrono::seconds>(sys_time<std::chrono::microseconds>(std::chrono::microseconds(at.us)));
  const sys_days day = floor<std::chrono::days>(second);
  const year_month_day date(day);
  const hh_mm_ss time(second - day);
  return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} +0000", kDays[weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

Result<std::string> wire_form(const Message& message) {
  TRY(check(message));
  const std::string name = display_name(message.from_name);
  std::string out;
  out += "Date: " + rfc5322_date(message.date) + "\r\n";
  out += "From: " + (name.empty() ? "" : name + "\r\n ") + "<" + message.from + ">\r\n";
  out += "To: <" + message.to + ">\r\n";
  out += "Subject: " + encoded_words(message.subject) + "\r\n";
  out += "Message-ID: <" + message.message_id + ">\r\n";
  if (!message.unsubscribe.empty()) {
    out += "List-Unsubscribe: <" + message.unsubscribe + ">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
  }
  out += "Auto-Submitted: auto-generated\r\n";
  out += "MIME-Version: 1.0\r\n";
  out += "Content-Type: text/plain; charset=utf-8\r\n";
  out += "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
  out += quoted_printable(message.text) + "\r\n";
  return out;
}

}  // namespace postmypost::mail
