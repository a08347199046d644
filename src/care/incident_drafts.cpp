// Letters about an incident: facts that are known here, and gaps in brackets that only the operator can fill.
#include <fmt/core.h>

#include "base/zones.hpp"
#include "care/incidents.hpp"
#include "privacy/words.hpp"

namespace postmypost::care {
namespace {

using privacy::Language;

struct Words {
  std::string_view persons, rows, unknown;
  std::string_view authority, people;  // templates
};

constexpr Words kRussian{
    .persons = "людей: {}",
    .rows = "записей: {}",
    .unknown = "людей: не определить",
    .authority =
        "Уведомление об инциденте № {id}\n\nОператор: {operator}, {contact}\nЗамечено: {noticed}\n\nЧто произошло: {what}\n\n"
        "Какие сведения затронуты:\n{counts}\n\nПредполагаемые причины: [заполните]\nВозможный вред: [заполните]\n"
        "Принятые меры: [заполните]\nКто отвечает за связь: [заполните]\n\n"
        "Первое уведомление — до {first}, итоги внутренней проверки — до {result} (24 и 72 часа с момента, когда замечено).\n",
    .people =
        "Здравствуйте!\n\nНа сервере, где у вас есть личный кабинет, произошёл сбой, который мог затронуть ваши сведения.\n\n"
        "Что произошло: {what}\nКогда замечено: {noticed}\nКакие сведения могли быть затронуты: {kinds}\n\n"
        "Что мы сделали: [заполните]\nЧто сделать вам: [заполните]\n\nВопросы: {operator}, {contact}\n"};

constexpr Words kEnglish{
    .persons = "people: {}",
    .rows = "records: {}",
    .unknown = "people: can't be told",
    .authority =
        "Notice of incident No. {id}\n\nOperator: {operator}, {contact}\nNoticed: {noticed}\n\nWhat happened: {what}\n\n"
        "Which information is touched:\n{counts}\n\nLikely causes: [fill in]\nPossible harm: [fill in]\nMeasures taken: [fill in]\n"
        "Person to contact: [fill in]\n\n"
        "First notice by {first}, result of the inquiry by {result} (24 and 72 hours after it was noticed).\n",
    .people =
        "Hello,\n\non the server where you have a cabinet something went wrong that may touch your information.\n\n"
        "What happened: {what}\nNoticed: {noticed}\nInformation that may be touched: {kinds}\n\n"
        "What we did: [fill in]\nWhat you can do: [fill in]\n\nQuestions: {operator}, {contact}\n"};

std::string counts_in_words(const Words& words, Language language, const std::vector<Affected>& affected) {
  std::string lines;
  for (const Affected& one : affected) {
    const std::string persons = one.persons ? fmt::format(fmt::runtime(words.persons), *one.persons) : std::string(words.unknown);
    lines += fmt::format("- {}: {}, {}\n", privacy::word(language, "category", one.kind), persons,
                         fmt::format(fmt::runtime(words.rows), one.rows));
  }
  if (!lines.empty()) lines.pop_back();
  return lines;
}

std::string kinds_in_words(Language language, const std::vector<std::string>& kinds) {
  std::string list;
  for (const std::string& kind : kinds) list += (list.empty() ? "" : "; ") + std::string(privacy::word(language, "category", kind));
  return list;
}

}  // namespace

IncidentDrafts drafts_of(const Incident& incident, const std::vector<Affected>& affected, std::string_view locale,
                         std::string_view operator_name, std::string_view operator_contact) {
  const Language language = privacy::language_of(locale);
  const Words& words = language == Language::kRussian ? kRussian : kEnglish;
  const auto fill = [&](std::string_view text) {
    return fmt::format(fmt::runtime(text), fmt::arg("id", incident.id), fmt::arg("operator", operator_name),
                       fmt::arg("contact", operator_contact), fmt::arg("noticed", to_rfc3339(incident.what.noticed_at)),
                       fmt::arg("what", incident.what.what), fmt::arg("counts", counts_in_words(words, language, affected)),
                       fmt::arg("kinds", kinds_in_words(language, incident.what.kinds)),
                       fmt::arg("first", to_rfc3339(incident.first_due())),
                       fmt::arg("result", to_rfc3339(incident.result_due())));
  };
  return {.authority = fill(words.authority), .persons = fill(words.people)};
}

}  // namespace postmypost::care
