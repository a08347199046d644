// Query parameters: pages, order, days, numbers. Unknown ones are ignored.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/v4_1/call.hpp"

namespace postmypost::api::v4_1 {

struct SortField {
  std::string name;
  bool descending = false;
};

struct Paging {
  std::int64_t page = 1, per_page = 20;
  std::vector<SortField> sort;
  std::int64_t offset() const { return (page - 1) * per_page; }
};

// Errors: `list.page`, `list.per_page` (over 50), `list.sort` (a field that is not among `fields`).
Result<Paging> paging_of(const Call& call, std::span<const std::string_view> fields);
json::object pages_of(const Paging& paging, std::int64_t total);
json::value page_answer(json::array data, const Paging& paging, std::int64_t total);

// A positive number. Errors: `json.required`, `json.type`, with the field "?name".
Result<std::int64_t> required_number(const Call& call, std::string_view name);
Result<std::string> required_text(const Call& call, std::string_view name);
// "4,5" as numbers. Errors as above, and for anything else between the commas.
Result<std::vector<std::int64_t>> required_numbers(const Call& call, std::string_view name);
Error invalid_query(std::string_view name, std::string code, std::string detail, std::string rule, std::string fix);

struct Day {
  Instant begin, end;
};
// A calendar day of a zone, YYYY-MM-DD. Errors: `time.form`.
Result<Day> day_of(std::string_view text, std::string_view zone, std::string_view name);

// For lists that are short enough to be made whole: sorts by the numbers that `key` gives for a field, and cuts the page out.
template <class T, class Key>
std::vector<T> page_of(std::vector<T> all, const Paging& paging, Key key) {
  std::ranges::stable_sort(all, [&](const T& a, const T& b) {
    for (const SortField& field : paging.sort) {
      const std::int64_t of_a = key(a, field.name), of_b = key(b, field.name);
      if (of_a != of_b) return field.descending ? of_a > of_b : of_a < of_b;
    }
    return false;
  });
  const auto size = static_cast<std::int64_t>(all.size());
  const std::int64_t begin = std::min(paging.offset(), size), end = std::min(begin + paging.per_page, size);
  return {std::make_move_iterator(all.begin() + begin), std::make_move_iterator(all.begin() + end)};
}

}  // namespace postmypost::api::v4_1
