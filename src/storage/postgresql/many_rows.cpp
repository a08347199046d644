#include "storage/postgresql/many_rows.hpp"

#include <charconv>

namespace postmypost::storage::postgresql {
namespace {

// Of the parenthesis that closes the one at the beginning; npos when there is none. Texts in quotes are passed over.
std::size_t end_of_row(std::string_view text) {
  int depth = 0;
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\'') is_quoted = !is_quoted;
    if (is_quoted) continue;
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

// The row with each $n outside quotes raised by `by`.
void append_raised(std::string& sql, std::string_view row, std::size_t by) {
  bool is_quoted = false;
  for (std::size_t i = 0; i < row.size(); ++i) {
    sql += row[i];
    if (row[i] == '\'') is_quoted = !is_quoted;
    if (is_quoted || row[i] != '$') continue;
    std::size_t number = 0;
    const char* end = std::from_chars(row.data() + i + 1, row.data() + row.size(), number).ptr;
    sql += std::to_string(number + by);
    i = static_cast<std::size_t>(end - row.data()) - 1;
  }
}

}  // namespace

std::optional<Insert> parse_insert(std::string_view sql) {
  constexpr std::string_view kInsert = "insert into ", kValues = " values ";
  if (!sql.starts_with(kInsert)) return std::nullopt;
  const std::size_t values = sql.find(kValues);
  if (values == std::string_view::npos) return std::nullopt;
  const Insert insert{.head = sql.substr(0, values + kValues.size()), .row = sql.substr(values + kValues.size())};
  if (!insert.row.starts_with('(') || end_of_row(insert.row) + 1 != insert.row.size()) return std::nullopt;
  return insert;
}

std::string insert_of(const Insert& insert, std::size_t width, std::size_t count) {
  std::string sql(insert.head);
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) sql += ',';
    append_raised(sql, insert.row, i * width);
  }
  return sql;
}

}  // namespace postmypost::storage::postgresql
