#include "storage/disk/space.hpp"

#include <sys/statvfs.h>

namespace postmypost::storage {

bool is_short_of_space(const std::filesystem::path& path, std::uint64_t wanted) {
  struct statvfs system{};
  if (::statvfs(path.c_str(), &system) != 0) return false;
  return static_cast<std::uint64_t>(system.f_bavail) * system.f_frsize < kReserveBytes + wanted;
}

}  // namespace postmypost::storage
