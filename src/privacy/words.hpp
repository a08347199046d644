// The words for people of the registry's codes, in both languages. They are the web application's own (personal.json of
// its locales), so that the page and the record of processing say the same.
#pragma once

#include <string>
#include <string_view>

#include "base/personal_data.hpp"

namespace postmypost::privacy {

enum class Language { kRussian, kEnglish };

// "ru" or "en"; throws std::invalid_argument for another.
Language language_of(std::string_view code);

// The word of `kind`_`code`, such as "category", "email". Throws std::out_of_range when there is none.
std::string word(Language language, std::string_view kind, std::string_view code);

// The word of a rule with its days.
std::string word(Language language, Retention retention);

}  // namespace postmypost::privacy
