#include <boost/json.hpp>

#include "privacy/printing.hpp"
#include "privacy/table.hpp"

namespace postmypost::privacy {
namespace {

std::string words_of(Reason reason) {
  switch (reason) {
    case Reason::kId: return "numbers or names a thing, not a person";
    case Reason::kState: return "the state of a thing";
    case Reason::kTime: return "when the machine did something, or is to do it";
    case Reason::kMeasure: return "a size, a count, a version, a kind";
    case Reason::kMachine: return "about the program and its machines, or a secret of theirs";
    case Reason::kHolds: return "its content is declared piece by piece";
  }
  return "";
}

std::string listed_names(const Declared& declared) {
  std::string list;
  for (const std::string& name : full_names(declared)) list += (list.empty() ? "`" : ", `") + name + "`";
  return list;
}

std::string with_medium(const Declared& declared) {
  const std::string names = listed_names(declared);
  return declared.medium == Medium::kColumn
             ? names
             : word(Language::kEnglish, "medium", to_string(declared.medium)) + ": " + names;
}

std::string kinds() {
  std::string text = "## Kinds of personal data, and what each may be used for\n\n" +
                     table_head({"kind", "", "clause", "may be used for (clause, basis)"});
  for (const CategoryFacts& kind : kCategories) {
    std::string uses;
    for (const Ground& ground : kGrounds) {
      if (ground.category != kind.category) continue;
      const PurposeFacts& purpose = facts_of(ground.purpose);
      append_listed(uses, std::string(purpose.code) + " (" + std::string(purpose.clause) + ", " +
                              std::string(to_string(ground.basis)) + ")");
    }
    text += table_line(
        {std::string(kind.code), word(Language::kEnglish, "category", kind.code), std::string(kind.clause), uses});
  }
  return text + "\n";
}

std::string rules() {
  std::string text = "## How long\n\n" + table_head({"rule", "", "ended by the program today"});
  for (const RetentionFacts& rule : kRetentions) {
    text += table_line(
        {std::string(rule.code), word(Language::kEnglish, rule.retention), rule.in_force ? "yes" : "not yet"});
  }
  return text + "\n";
}

std::string personal_of(const PersonalData& room) {
  std::string lines;
  for (const Declared& one : room.declared) {
    if (!one.personal) continue;
    const Personal& p = *one.personal;
    lines += table_line({with_medium(one), std::string(to_string(p.category)), std::string(to_string(p.subject)),
                         std::string(to_string(p.kept)), std::string(facts_of(p.retention).code),
                         std::string(to_string(p.erasure)), std::string(p.exported), std::string(p.note)});
  }
  if (lines.empty()) return "";
  return "### " + std::string(room.room) + "\n\n" +
         table_head({"what", "kind", "whose", "kept", "how long", "when its person goes", "export", "note"}) + lines +
         "\n";
}

std::string impersonal_of(const PersonalData& room) {
  std::string lines;
  for (const Declared& one : room.declared) {
    if (one.personal) continue;
    lines += table_line({with_medium(one), std::string(to_string(one.reason)), std::string(one.note)});
  }
  if (lines.empty()) return "";
  return "### " + std::string(room.room) + "\n\n" + table_head({"what", "why", "note"}) + lines + "\n";
}

}  // namespace

std::string registry_page(const Registry& registry) {
  std::string page =
      "# Registry of what is kept\n\nPrinted by `postmypost registry` from the declarations of the rooms "
      "(`src/*/personal_data.cpp`); `./test` "
      "compares it.\nExport, erasure of a person and the rules marked \"not yet\" are what is intended; until they "
      "land, what they "
      "would end is kept.\n\n" +
      kinds() + rules() + "## Personal\n\n";
  for (const PersonalData& room : registry.rooms()) page += personal_of(room);
  page += "## Not personal\n\n" + table_head({"why", ""});
  for (const Reason reason :
       {Reason::kId, Reason::kState, Reason::kTime, Reason::kMeasure, Reason::kMachine, Reason::kHolds}) {
    page += table_line({std::string(to_string(reason)), words_of(reason)});
  }
  page += "\n";
  for (const PersonalData& room : registry.rooms()) page += impersonal_of(room);
  page.pop_back();
  return page;
}

boost::json::object registry_json(const Registry& registry) {
  using boost::json::array;
  using boost::json::object;
  array grounds, rules, declared;
  for (const Ground& g : kGrounds) {
    grounds.push_back(
        object{{"category", to_string(g.category)}, {"purpose", to_string(g.purpose)}, {"basis", to_string(g.basis)}});
  }
  for (const RetentionFacts& r : kRetentions) {
    rules.push_back(object{{"code", r.code}, {"days", r.days}, {"in_force", r.in_force}});
  }
  for (const PersonalData& room : registry.rooms()) {
    for (const Declared& one : room.declared) {
      object entry{{"room", room.room}, {"medium", to_string(one.medium)}, {"note", one.note}};
      array names;
      for (const std::string& name : full_names(one)) names.emplace_back(name);
      entry["names"] = std::move(names);
      if (one.personal) {
        const Personal& p = *one.personal;
        entry["personal"] = object{{"category", to_string(p.category)}, {"subject", to_string(p.subject)},
                                   {"kept", to_string(p.kept)},         {"retention", facts_of(p.retention).code},
                                   {"erasure", to_string(p.erasure)},   {"exported", p.exported}};
      } else {
        entry["reason"] = to_string(one.reason);
      }
      declared.push_back(std::move(entry));
    }
  }
  return {{"grounds", std::move(grounds)}, {"retentions", std::move(rules)}, {"declared", std::move(declared)}};
}

}  // namespace postmypost::privacy
