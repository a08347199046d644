#include "api/v4_1/paging.hpp"

#include <algorithm>

#include "base/zones.hpp"

namespace postmypost::api::v4_1 {
namespace {

constexpr std::int64_t kMostPerPage = 50, kLastPage = 1'000'000'000;

// Digits only: nothing for signs, blanks, fractions and numbers that no id has.
std::optional<std::int64_t> digits(std::string_view text) {
  if (text.empty() || text.size() > 16) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

Error missing(std::string_view name) {
  return invalid_query(name, "json.required", "This query parameter is required.", "required", "Send it.");
}

Error no_number(std::string_view name) {
  return invalid_query(name, "json.type", "This must be a positive whole number.", "type=integer", "Send a number.");
}

Result<std::int64_t> number_within(const Call& call, std::string_view name, std::int64_t otherwise, std::int64_t most) {
  const auto text = call.query(name);
  if (!text || text->empty()) return otherwise;
  const auto number = digits(*text);
  if (number && *number >= 1 && *number <= most) return *number;
  const std::string range = "range=1.." + std::to_string(most);
  return fail(invalid_query(name, "list." + std::string(name), "This must be a number from 1 to " + std::to_string(most) + ".", range,
                            "Ask for another number."));
}

Result<std::vector<SortField>> sort_of(const Call& call, std::span<const std::string_view> fields) {
  std::vector<SortField> sort;
  const std::string text = call.query("sort").value_or("");
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    const bool descending = word.starts_with('-');
    if (descending) word.remove_prefix(1);
    if (std::ranges::find(fields, word) == fields.end()) {
      std::string known;
      for (const std::string_view field : fields) known += (known.empty() ? "" : ", ") + std::string(field);
      return fail(invalid_query("sort", "list.sort", "There is no such field to sort by. There are: " + known + ".", "enum=" + known,
                                "Use these fields, with - for descending."));
    }
    sort.push_back({std::string(word), descending});
  }
  return sort;
}

}  // namespace

Error invalid_query(std::string_view name, std::string code, std::string detail, std::string rule, std::string fix) {
  return {.code = std::move(code), .detail = std::move(detail), .field = "?" + std::string(name), .rule = std::move(rule),
          .how_to_fix = std::move(fix)};
}

Result<Paging> paging_of(const Call& call, std::span<const std::string_view> fields) {
  Paging paging;
  TRY_ASSIGN(paging.page, number_within(call, "page", paging.page, kLastPage));
  TRY_ASSIGN(paging.per_page, number_within(call, "per_page", paging.per_page, kMostPerPage));
  TRY_ASSIGN(paging.sort, sort_of(call, fields));
  return paging;
}

json::object pages_of(const Paging& paging, std::int64_t total) {
  const std::int64_t last = (total + paging.per_page - 1) / paging.per_page;
  json::object pages{{"page", paging.page}, {"per_page", paging.per_page}, {"total_pages", last}, {"total_count", total},
                     {"prev", nullptr},     {"next", nullptr}};
  if (paging.page > 1 && last > 0) pages["prev"] = std::min(paging.page - 1, last);
  if (paging.page < last) pages["next"] = paging.page + 1;
  return pages;
}

json::value page_answer(json::array data, const Paging& paging, std::int64_t total) {
  return json::object{{"data", std::move(data)}, {"pages", pages_of(paging, total)}};
}

Result<std::int64_t> required_number(const Call& call, std::string_view name) {
  const auto text = call.query(name);
  if (!text || text->empty()) return fail(missing(name));
  const auto number = digits(*text);
  return number && *number > 0 ? Result<std::int64_t>(*number) : fail(no_number(name));
}

Result<std::string> required_text(const Call& call, std::string_view name) {
  auto text = call.query(name);
  if (!text || text->empty()) return fail(missing(name));
  return std::move(*text);
}

Result<std::vector<std::int64_t>> required_numbers(const Call& call, std::string_view name) {
  TRY_ASSIGN(const std::string text, required_text(call, name));
  std::vector<std::int64_t> numbers;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    while (word.starts_with(' ')) word.remove_prefix(1);
    const auto number = digits(word);
    if (!number || *number == 0) return fail(no_number(name));
    if (std::ranges::find(numbers, *number) == numbers.end()) numbers.push_back(*number);
  }
  return numbers;
}

// Midnight may fall into a gap: the day then begins after it.
Result<Day> day_of(std::string_view text, std::string_view zone, std::string_view name) {
  const auto wall = text.size() == 10 ? parse_wall_time(std::string(text) + "T00:00") : std::nullopt;
  if (!wall) return fail(invalid_query(name, "time.form", "This is not a day.", "YYYY-MM-DD", "Write it as 2026-11-24."));
  const auto begin_of = [&](const WallTime& midnight) {
    const auto at = to_instant(midnight, zone, Fold::kEarlier);
    return at ? *at : to_instant(*parse_wall_time(at.error().params.at("after")), zone, Fold::kEarlier).value();
  };
  WallTime next = to_wall(to_instant(*wall, "UTC", Fold::kEarlier).value() + days(1), "UTC");
  return Day{.begin = begin_of(*wall), .end = begin_of(next)};
}

}  // namespace postmypost::api::v4_1
