#include "privacy/table.hpp"

namespace postmypost::privacy {

std::string table_line(std::initializer_list<std::string> cells) {
  std::string line = "|";
  for (const std::string& cell : cells) {
    line += ' ';
    for (const char c : cell) {
      if (c == '|') line += '\\';
      line += c;
    }
    line += cell.empty() ? "|" : " |";
  }
  return line + "\n";
}

std::string table_head(std::initializer_list<std::string> heads) {
  std::string below = "|";
  for (std::size_t i = 0; i < heads.size(); ++i) below += " --- |";
  return table_line(heads) + below + "\n";
}

void append_listed(std::string& list, std::string_view item) {
  if (!list.empty()) list += "; ";
  list += item;
}

}  // namespace postmypost::privacy
