// A ZIP, unpacked for a test.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <boost/json.hpp>

#include <map>
#include <stdexcept>
#include <string>

namespace postmypost::cabinet {

inline std::map<std::string, std::string> unpacked(const std::string& zip) {
  std::map<std::string, std::string> members;
  archive* in = archive_read_new();
  archive_read_support_format_zip_seekable(in);
  if (archive_read_open_memory(in, zip.data(), zip.size()) != ARCHIVE_OK) throw std::runtime_error(archive_error_string(in));
  archive_entry* entry = nullptr;
  while (archive_read_next_header(in, &entry) == ARCHIVE_OK) {
    std::string& bytes = members[archive_entry_pathname(entry)];
    char chunk[8192];
    for (la_ssize_t got = 0; (got = archive_read_data(in, chunk, sizeof chunk)) > 0;) bytes.append(chunk, static_cast<std::size_t>(got));
  }
  archive_read_free(in);
  return members;
}

// The rows of one table in an unpacked archive.
inline std::vector<boost::json::object> rows_of(const std::map<std::string, std::string>& members, const std::string& file, std::string_view table) {
  std::vector<boost::json::object> rows;
  for (const boost::json::value& line : boost::json::parse(members.at(file)).as_array()) {
    if (line.at("table").as_string() == table) rows.push_back(line.at("row").as_object());
  }
  return rows;
}

}  // namespace postmypost::cabinet
