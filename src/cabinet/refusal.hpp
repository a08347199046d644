// What an import answers to an archive that is not one.
#pragma once

#include <map>
#include <string>

#include "base/result.hpp"

namespace postmypost::cabinet {

inline Error refusal(std::string code, std::string detail, std::string fix, std::map<std::string, std::string> params = {}) {
  return {.code = std::move(code), .detail = std::move(detail), .how_to_fix = std::move(fix), .params = std::move(params)};
}

inline Error damaged(const std::string& member) {
  return refusal("import.damaged", "The archive is damaged.", "Download it once more and try again.", {{"member", member.substr(0, 200)}});
}

inline Error wrong_row(std::string table, std::string column) {
  return refusal("import.row", "A row of the archive is not as an export writes it.",
                 "Take the archive as the other server made it. If it is, tell whoever runs this server.",
                 {{"table", std::move(table)}, {"column", std::move(column)}});
}

}  // namespace postmypost::cabinet
