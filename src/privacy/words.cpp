#include "privacy/words.hpp"

#include <boost/json.hpp>
#include <stdexcept>

#include "embedded/personal_words_en.hpp"
#include "embedded/personal_words_ru.hpp"

namespace postmypost::privacy {
namespace {

const boost::json::object& words_of(Language language) {
  static const boost::json::object russian = boost::json::parse(embedded::personal_words_ru).as_object();
  static const boost::json::object english = boost::json::parse(embedded::personal_words_en).as_object();
  return language == Language::kRussian ? russian : english;
}

}  // namespace

Language language_of(std::string_view code) {
  if (code == "ru") return Language::kRussian;
  if (code == "en") return Language::kEnglish;
  throw std::invalid_argument("the languages are ru and en");
}

std::string word(Language language, std::string_view kind, std::string_view code) {
  const std::string key = std::string(kind) + "_" + std::string(code);
  const boost::json::value* found = words_of(language).if_contains(key);
  if (!found) throw std::out_of_range("personal.json has no " + key);
  return std::string(found->as_string());
}

std::string word(Language language, Retention retention) {
  constexpr std::string_view kDays = "{days}";
  const RetentionFacts& rule = facts_of(retention);
  std::string text = word(language, "retention", rule.code);
  if (const auto at = text.find(kDays); at != std::string::npos)
    text.replace(at, kDays.size(), std::to_string(rule.days));
  return text;
}

}  // namespace postmypost::privacy
