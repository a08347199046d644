#include <algorithm>
#include <vector>

#include "privacy/printing.hpp"
#include "privacy/table.hpp"

namespace postmypost::privacy {
namespace {

struct Texts {
  std::string_view title, about, controller, controller_lines;
  std::string_view purposes, purposes_head[4];
  std::string_view kinds, kinds_head[6];
  std::string_view not_yet, not_yet_about;
  std::string_view recipients, recipients_about, recipients_head[3], recipients_what, instance;
  std::string_view measures, measures_lines;
};

constexpr Texts kEnglish{
    .title = "Record of processing",
    .about =
        "Printed by `postmypost registry --record en` from the registry of this version. It helps the operator to keep "
        "a record "
        "of their own; whether that is enough, they and their counsel judge.",
    .controller = "Controller",
    .controller_lines =
        "- Name and contact: ______ (the operator's, as entered at set-up)\n- Responsible for personal data: ______\n"
        "- Country of the database, the pictures, the backups and the log: ______\n",
    .purposes = "Purposes",
    .purposes_head = {"purpose", "clause", "kinds of data", "basis"},
    .kinds = "Kinds of data",
    .kinds_head = {"kind", "clause", "whose", "how it lies", "how long", "at erasure"},
    .not_yet = "Intended, not in force yet",
    .not_yet_about =
        "This version neither exports nor erases a whole person yet, and does not end these by itself; until then the "
        "data stay:",
    .recipients = "Recipients",
    .recipients_about =
        "Data go to a network only when a person connects an account there and publishes (clause 3.2.2). Every "
        "transfer is a row of the ledger before its first byte.",
    .recipients_head = {"recipient", "country", "what"},
    .recipients_what = "text, pictures and their descriptions, access key",
    .instance = "of the server that the person names",
    .measures = "Measures",
    .measures_lines =
        "- Values marked as encrypted are sealed with a key of their person, account or project, bound to table, "
        "column and row.\n"
        "- A value opens only for a purpose of the table above; another one does not compile.\n"
        "- Pictures are decoded apart and stripped of position and camera data.\n"
        "- The log has a closed list of fields, the browser a closed list of cookies and keys.\n",
};

constexpr Texts kRussian{
    .title = "Реестр процессов обработки",
    .about =
        "Печатается командой `postmypost registry --record ru` из реестра этой версии. Помогает оператору вести "
        "собственный "
        "реестр; достаточно ли этого, решают он и его юрист.",
    .controller = "Оператор",
    .controller_lines =
        "- Имя и контакт: ______ (те, что указаны при настройке)\n- Ответственный за персональные данные: ______\n"
        "- Страна базы данных, изображений, резервных копий и журнала: ______\n",
    .purposes = "Цели",
    .purposes_head = {"цель", "пункт", "виды данных", "основание"},
    .kinds = "Виды данных",
    .kinds_head = {"вид", "пункт", "чьи", "как лежат", "сколько", "при удалении"},
    .not_yet = "Задумано, но пока не действует",
    .not_yet_about =
        "Эта версия ещё не выгружает и не удаляет человека целиком и сама не прекращает такое хранение; до тех пор "
        "данные остаются:",
    .recipients = "Получатели",
    .recipients_about =
        "Данные уходят в сеть, только когда человек подключает там аккаунт и публикует (пункт 3.2.2). Каждая передача "
        "записана в журнал до первого байта.",
    .recipients_head = {"получатель", "страна", "что"},
    .recipients_what = "текст, изображения с описаниями, ключ доступа",
    .instance = "сервера, который назвал человек",
    .measures = "Меры",
    .measures_lines =
        "- То, что отмечено как зашифрованное, запечатано ключом человека, аккаунта или проекта и привязано к таблице, "
        "столбцу и "
        "строке.\n- Значение открывается только для цели из таблицы выше; для другой программа не компилируется.\n"
        "- Изображения разбираются отдельно, сведения о месте и камере удаляются.\n"
        "- У журнала закрытый список полей, у браузера закрытый список cookie и ключей.\n",
};

// What stands in several cells of one kind, each once, in the order of first mention.
class Once {
 public:
  void add(std::string item) {
    if (std::ranges::find(items_, item) == items_.end()) items_.push_back(std::move(item));
  }
  std::string listed() const {
    std::string list;
    for (const std::string& item : items_) append_listed(list, item);
    return list;
  }

 private:
  std::vector<std::string> items_;
};

template <class F>
void each_personal(const Registry& registry, F use) {
  for (const PersonalData& room : registry.rooms()) {
    for (const Declared& one : room.declared) {
      if (one.personal) use(*one.personal);
    }
  }
}

std::string section(std::string_view title) { return "\n## " + std::string(title) + "\n\n"; }

template <std::size_t N>
std::string head_of(const std::string_view (&heads)[N]) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) { return table_head({std::string(heads[I])...}); }
  (std::make_index_sequence<N>());
}

std::string purposes(Language language, const Texts& texts) {
  std::string text = section(texts.purposes) + head_of(texts.purposes_head);
  for (const PurposeFacts& purpose : kPurposes) {
    Once kinds, bases;
    for (const Ground& ground : kGrounds) {
      if (ground.purpose != purpose.purpose) continue;
      kinds.add(word(language, "category", to_string(ground.category)));
      bases.add(word(language, "basis", to_string(ground.basis)));
    }
    const std::string listed = kinds.listed();
    text += table_line({word(language, "purpose", purpose.code), std::string(purpose.clause),
                        listed.empty() ? "—" : listed, listed.empty() ? "—" : bases.listed()});
  }
  return text;
}

std::string kinds(const Registry& registry, Language language, const Texts& texts) {
  std::string text = section(texts.kinds) + head_of(texts.kinds_head);
  for (const CategoryFacts& kind : kCategories) {
    Once subjects, kept, retentions, erasures;
    each_personal(registry, [&](const Personal& p) {
      if (p.category != kind.category) return;
      subjects.add(word(language, "subject", to_string(p.subject)));
      kept.add(word(language, "kept", to_string(p.kept)));
      retentions.add(word(language, p.retention));
      erasures.add(word(language, "erasure", to_string(p.erasure)));
    });
    text += table_line({word(language, "category", kind.code), std::string(kind.clause), subjects.listed(),
                        kept.listed(), retentions.listed(), erasures.listed()});
  }
  return text;
}

std::string not_yet(Language language, const Texts& texts) {
  std::string text = section(texts.not_yet) + std::string(texts.not_yet_about) + "\n\n";
  for (const RetentionFacts& rule : kRetentions) {
    if (!rule.in_force) text += "- " + word(language, rule.retention) + "\n";
  }
  return text;
}

std::string recipients_of(std::span<const Recipient> recipients, const Texts& texts) {
  std::string text =
      section(texts.recipients) + std::string(texts.recipients_about) + "\n\n" + head_of(texts.recipients_head);
  for (const Recipient& one : recipients) {
    text += table_line({one.name, one.country.empty() ? std::string(texts.instance) : one.country,
                        std::string(texts.recipients_what)});
  }
  return text;
}

}  // namespace

std::string record_of_processing(const Registry& registry, Language language, std::span<const Recipient> recipients) {
  const Texts& texts = language == Language::kRussian ? kRussian : kEnglish;
  return "# " + std::string(texts.title) + "\n\n" + std::string(texts.about) + "\n" + section(texts.controller) +
         std::string(texts.controller_lines) + purposes(language, texts) + kinds(registry, language, texts) +
         not_yet(language, texts) + recipients_of(recipients, texts) + section(texts.measures) +
         std::string(texts.measures_lines);
}

}  // namespace postmypost::privacy
