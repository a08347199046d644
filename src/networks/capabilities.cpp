#include "networks/capabilities.hpp"

#include <boost/json.hpp>

#include <map>
#include <stdexcept>

#include "base/text.hpp"
#include "embedded/text_rules.hpp"
#include "networks/spans.hpp"

namespace postmypost::networks {
namespace {

std::optional<std::size_t> number(const boost::json::object& rule, std::string_view name) {
  const boost::json::value& value = rule.at(name);
  if (value.is_null()) return std::nullopt;
  return value.to_number<std::size_t>();
}

TextUnit unit_of(std::string_view name) {
  for (const TextUnit unit : {TextUnit::kGrapheme, TextUnit::kUtf16, TextUnit::kCodePoint, TextUnit::kByte}) {
    if (to_string(unit) == name) return unit;
  }
  throw std::logic_error("text_rules.json names an unknown unit");
}

std::map<std::string, TextRule, std::less<>> read_rules() {
  std::map<std::string, TextRule, std::less<>> rules;
  for (const auto& [name, value] : boost::json::parse(embedded::text_rules).at("rules").as_object()) {
    const boost::json::object& rule = value.as_object();
    rules[name] = {.unit = unit_of(rule.at("unit").as_string()),
                   .limit = number(rule, "limit"),
                   .limit_with_pictures = number(rule, "limit_with_pictures"),
                   .max_bytes = number(rule, "max_bytes"),
                   .link_length = number(rule, "link_length"),
                   .short_mentions = rule.at("short_mentions").as_bool()};
  }
  return rules;
}

std::size_t count_units(std::string_view text, TextUnit unit) {
  switch (unit) {
    case TextUnit::kGrapheme: return count_graphemes(text);
    case TextUnit::kUtf16: return count_utf16(text);
    case TextUnit::kCodePoint: return count_code_points(text);
    case TextUnit::kByte: return text.size();
  }
  return text.size();
}

}  // namespace

std::string_view to_string(Idempotency idempotency) {
  switch (idempotency) {
    case Idempotency::kExactlyOnce: return "exactly_once";
    case Idempotency::kKey: return "key";
    case Idempotency::kClientIdentity: return "client_identity";
    case Idempotency::kReadBack: return "read_back";
    case Idempotency::kNone: return "none";
  }
  return "none";
}

std::string_view to_string(TextUnit unit) {
  switch (unit) {
    case TextUnit::kGrapheme: return "grapheme";
    case TextUnit::kUtf16: return "utf16";
    case TextUnit::kCodePoint: return "code_point";
    case TextUnit::kByte: return "byte";
  }
  return "grapheme";
}

const TextRule& text_rule(std::string_view name) {
  static const auto rules = read_rules();
  const auto found = rules.find(name);
  if (found == rules.end()) throw std::logic_error("no text rule named " + std::string(name));
  return found->second;
}

// Links and mentions are replaced by stand-ins of the length they count for; the rest is counted as it is.
std::size_t count_text(std::string_view utf8, const TextRule& rule) {
  if (!rule.link_length && !rule.short_mentions) return count_units(utf8, rule.unit);
  std::string counted(utf8);
  if (rule.link_length) {
    const auto links = find_links(counted);
    for (auto link = links.rbegin(); link != links.rend(); ++link) {
      counted.replace(link->begin, link->end - link->begin, std::string(*rule.link_length, 'x'));
    }
  }
  if (rule.short_mentions) {
    const auto mentions = find_remote_mentions(counted);
    for (auto mention = mentions.rbegin(); mention != mentions.rend(); ++mention) {
      const auto host = counted.find('@', mention->begin + 1);
      counted.erase(host, mention->end - host);
    }
  }
  return count_units(counted, rule.unit);
}

}  // namespace postmypost::networks
