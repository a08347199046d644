// Files that no row speaks of any more: their person was erased, or a process died between file and row.
#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace postmypost::cabinet {

// Removes from `folder` what no name in `named` begins and what has lain there for `least`: a row names its file before the
// file is there, but `named` was read a moment ago. By the file system's own clock; what can't be removed waits for the next look.
inline void remove_strays(const std::filesystem::path& folder, const std::vector<std::string>& named,
                          std::chrono::seconds least = std::chrono::minutes(1)) {
  std::error_code failed;
  const auto limit = std::filesystem::file_time_type::clock::now() - least;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    const std::string file = entry.path().filename().string();
    const bool is_named = std::ranges::any_of(named, [&](const std::string& name) { return file.starts_with(name); });
    if (!is_named && entry.last_write_time(failed) <= limit) std::filesystem::remove(entry.path(), failed);
  }
}

}  // namespace postmypost::cabinet
