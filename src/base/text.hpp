// Unicode text as networks and people count it (ICU). Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postmypost {

bool is_valid_utf8(std::string_view text);
std::size_t count_graphemes(std::string_view utf8);   // UAX #29 extended grapheme clusters
std::size_t count_utf16(std::string_view utf8);       // UTF-16 code units
std::size_t count_code_points(std::string_view utf8);
std::string normalise_nfc(std::string_view utf8);
std::string fold_case(std::string_view utf8);
// Text without ends of white space and without C0 controls other than \n; line ends become \n.
std::string tidy(std::string_view utf8);
// A list of plain words (kinds, codes) in one column: "text,pictures".
std::string joined(const std::vector<std::string>& words);
std::vector<std::string> split_words(std::string_view list);
std::string first_graphemes(std::string_view utf8, std::size_t count);

}  // namespace postmypost
