// A letter as it goes over the wire: RFC 5322 header, one part of plain text (RFC 2045), words of other alphabets in headers
// encoded (RFC 2047). Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace postmypost::mail {

struct Message {
  std::string from_name, from, to;  // addresses without brackets
  std::string subject, text;        // UTF-8; lines end with \n
  std::string message_id;           // without brackets: "…@post.example.org"
  Instant date;
  std::string unsubscribe = {};  // address that ends letters of this kind at one click (RFC 8058); none: it can't be ended
};

// Lines end with CRLF and have at most 76 characters, headers of one long word apart. Nothing that is given can begin a header of
// its own. Errors: `mail.address` for an address, `mail.header` for another header with a control character in it.
Result<std::string> wire_form(const Message& message);

// Whether an address may stand in a header and in a command of SMTP: one "@", no white space, controls, brackets, quotes.
bool is_plain_address(std::string_view address);

// The value of a header: as it is when it is plain ASCII, else in encoded words of at most 75 characters.
std::string encoded_words(std::string_view text);
std::string quoted_printable(std::string_view text);
std::string rfc5322_date(Instant at);  // "Thu, 26 Nov 2026 14:10:00 +0000"

}  // namespace postmypost::mail
