// Somebody's ZIP, read without trusting anything in it: names, kinds, sizes and compression of its members are checked before a byte of one
// is used, and nothing is ever written under a name that it gives.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cabinet/sealed_file.hpp"

struct archive;

namespace postmypost::cabinet {

// Chunks of the member that is open; none at its end. Throws where the archive is broken or grows beyond its limits.
using NextChunk = std::function<std::string()>;

class ArchiveReader {
 public:
  // `size` is that of the whole archive.
  ArchiveReader(SealedReader& bytes, std::uint64_t size) : bytes_(bytes), size_(size) {}

  // Calls `use` with each member in the order of the archive; what it leaves unread is passed over. Errors are those of `use`, and
  //   `import.not_a_zip`, `import.damaged` (`member`),
  //   `import.path` (a name that no export gives: absolute, with "..", unknown), `import.kind` (a link, a folder, an encrypted one),
  //   `import.twice` (two of one name), `import.too_many` (members), `import.bomb` (unpacks to far more than an export does).
  Result<> each(const std::function<Result<>(const std::string& name, const NextChunk& next)>& use);

 private:
  static std::ptrdiff_t take(archive* zip, void* self, const void** bytes);
  static std::int64_t seek(archive* zip, void* self, std::int64_t offset, int whence);
  std::string_view fill();
  Result<> read(archive* zip, const std::function<Result<>(const std::string&, const NextChunk&)>& use);

  SealedReader& bytes_;
  std::uint64_t size_;
  std::uint64_t at_ = 0;       // of the next byte that libarchive gets
  std::uint64_t read_to_ = 0;  // of the next byte that the file gives
  std::string chunk_;
  std::exception_ptr failure_;
};

// Longer lists of members, and more bytes than this for one byte of the archive, are no export's.
inline constexpr std::size_t kMostMembers = 200'000;
inline constexpr std::uint64_t kMostGrowth = 100;
inline constexpr std::uint64_t kFreeGrowth = 100U << 20U;

}  // namespace postmypost::cabinet
