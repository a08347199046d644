#include "base/text.hpp"

#include <unicode/brkiter.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utext.h>
#include <unicode/utf8.h>

#include <memory>
#include <stdexcept>

namespace postmypost {
namespace {

// Break iterators are costly to make and not thread-safe: one per thread.
icu::BreakIterator& grapheme_breaks() {
  thread_local const std::unique_ptr<icu::BreakIterator> breaks = [] {
    UErrorCode error = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> made(
        icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), error));
    if (U_FAILURE(error)) throw std::runtime_error("ICU has no grapheme rules: its data package is missing");
    return made;
  }();
  return *breaks;
}

// Walks the grapheme borders of a UTF-8 text without copying it; `use` gets each border's byte offset.
template <class Use>
void each_border(std::string_view utf8, Use use) {
  UErrorCode error = U_ZERO_ERROR;
  UText* text = utext_openUTF8(nullptr, utf8.data(), static_cast<std::int64_t>(utf8.size()), &error);
  icu::BreakIterator& breaks = grapheme_breaks();
  breaks.setText(text, error);
  for (std::int32_t at = breaks.next(); at != icu::BreakIterator::DONE; at = breaks.next()) {
    if (!use(static_cast<std::size_t>(at))) break;
  }
  utext_close(text);
}

template <class Use>
bool each_code_point(std::string_view utf8, Use use) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(utf8.data());
  const auto size = static_cast<std::int32_t>(utf8.size());
  for (std::int32_t i = 0; i < size;) {
    UChar32 c = 0;
    U8_NEXT(bytes, i, size, c);
    if (c < 0) return false;
    use(c);
  }
  return true;
}

icu::UnicodeString utf16(std::string_view utf8) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<std::int32_t>(utf8.size())));
}

std::string utf8_of(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  return each_code_point(text, [](UChar32) {});
}

std::size_t count_graphemes(std::string_view utf8) {
  std::size_t count = 0;
  each_border(utf8, [&](std::size_t) { return ++count, true; });
  return count;
}

std::size_t count_utf16(std::string_view utf8) {
  std::size_t units = 0;
  each_code_point(utf8, [&](UChar32 c) { units += c > 0xffff ? 2 : 1; });
  return units;
}

std::size_t count_code_points(std::string_view utf8) {
  std::size_t points = 0;
  each_code_point(utf8, [&](UChar32) { ++points; });
  return points;
}

std::string normalise_nfc(std::string_view utf8) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  if (U_FAILURE(error)) throw std::runtime_error("ICU has no NFC data");
  return utf8_of(nfc->normalize(utf16(utf8), error));
}

std::string fold_case(std::string_view utf8) { return utf8_of(utf16(utf8).foldCase()); }

std::string tidy(std::string_view utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const char c = utf8[i];
    if (c == '\r') {
      if (i + 1 == utf8.size() || utf8[i + 1] != '\n') out += '\n';
    } else if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') {
      if (c != 0x7f) out += c;
    }
  }
  const auto first = out.find_first_not_of(" \t\n");
  if (first == std::string::npos) return {};
  return out.substr(first, out.find_last_not_of(" \t\n") - first + 1);
}

std::string joined(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ",") + word;
  return list;
}

std::vector<std::string> split_words(std::string_view list) {
  std::vector<std::string> words;
  while (!list.empty()) {
    const auto comma = list.find(',');
    words.emplace_back(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return words;
}

std::string first_graphemes(std::string_view utf8, std::size_t count) {
  std::size_t end = 0;
  std::size_t seen = 0;
  if (count > 0) each_border(utf8, [&](std::size_t at) { return end = at, ++seen < count; });
  return std::string(utf8.substr(0, end));
}

}  // namespace postmypost
