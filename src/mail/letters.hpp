// What letters say, in Russian and English. Pure.
//
// Nobody's name stands in a letter: the relay learns an address and what is needed of it, no more.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/purposes.hpp"

namespace postmypost::mail {

enum class LetterKind : std::uint8_t {
  kConfirm,       // whoever signed up shows that the address is theirs; with a link
  kEmail,         // the same of an address that a person wants to have instead; with a link
  kEmailChanged,  // to the address before
  kTaken,         // somebody gave an address that has a cabinet already
  kPassword,      // another password; with a link
  kNotices,       // there is something to see in the cabinet; for whoever wants to hear of it, with a link that ends it
  kTest,          // the operator tries the relay
};
std::string_view to_string(LetterKind kind);
LetterKind letter_kind_of(std::string_view code);  // of the codes that `to_string` gives
// What the address is used for: to recognise its person, or to tell them something.
Purpose purpose_of(LetterKind kind);

// Who writes, and where the server is found.
struct Face {
  std::string operator_name, public_url;
};

struct Words {
  std::string subject, text;
};
// `secret` is the token of a link, of kinds that have one; `about` are the kinds of notices.
Words words_of(LetterKind kind, std::string_view locale, const Face& face, std::string_view secret,
               const std::vector<std::string>& about = {});
// The address that ends letters of this kind; empty: nothing ends them.
std::string unsubscribe_address(LetterKind kind, const Face& face, std::string_view secret);
// Whether a letter has words for a notice of this kind (care/notices.hpp).
bool tells_of(std::string_view notice);

}  // namespace postmypost::mail
