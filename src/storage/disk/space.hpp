// Free space of the file system a path lives on, for the reserve that keeps the engine able to
// write outcomes.
#pragma once

#include <cstdint>
#include <filesystem>

namespace postmypost::storage {

inline constexpr std::uint64_t kReserveBytes = 64ULL * 1024 * 1024;

// Fewer than `wanted` bytes beyond the reserve are free. False when the file system does not tell.
bool is_short_of_space(const std::filesystem::path& path, std::uint64_t wanted = 0);

}  // namespace postmypost::storage
