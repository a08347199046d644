// Files that no row speaks of any more: their person was erased, or a process died between file and row.
#pragma once

#include <chrono>
#include <filesystem>
#include <system_error>

#include "base/clock.hpp"

namespace postmypost::cabinet {

// Removes what has lain in `folder` for longer than anything may. By the file system's own clock; what can't be removed waits.
inline void remove_strays(const std::filesystem::path& folder, Duration longest) {
  std::error_code failed;
  const auto limit = std::filesystem::file_time_type::clock::now() - std::chrono::microseconds(longest.us);
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    if (entry.last_write_time(failed) < limit) std::filesystem::remove(entry.path(), failed);
  }
}

}  // namespace postmypost::cabinet
