// Tables of Markdown.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace postmypost::privacy {

// A line of a table; "|" in a cell is escaped.
std::string table_line(std::initializer_list<std::string> cells);
// The line of heads and the one below it.
std::string table_head(std::initializer_list<std::string> heads);
// "a; b; c": items may have commas of their own.
void append_listed(std::string& list, std::string_view item);

}  // namespace postmypost::privacy
