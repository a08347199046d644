// Many rows of one insert as one statement: the server parses, plans and answers once for all of them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace postmypost::storage::postgresql {

struct Insert {
  std::string_view head;  // up to and with "values "
  std::string_view row;   // "($1, …)"
};

// The parts of "insert into … values (…)" with nothing behind the row; none for any other statement.
std::optional<Insert> parse_insert(std::string_view sql);

// For `count` rows whose parameters, `width` each, follow each other.
std::string insert_of(const Insert& insert, std::size_t width, std::size_t count);

}  // namespace postmypost::storage::postgresql
