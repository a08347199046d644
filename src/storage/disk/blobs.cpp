#include "storage/blobs.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "base/encoding.hpp"
#include "storage/database.hpp"
#include "storage/disk/space.hpp"

namespace postmypost::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNameBytes = 16;
constexpr std::string_view kUnfinished = ".part";

class File {
 public:
  File(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool is_open() const { return fd_ >= 0; }

  bool write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
  bool sync() const { return ::fsync(fd_) == 0; }

 private:
  int fd_;
};

// errno of the first failing step, or 0.
int write_complete(const fs::path& temporary, const fs::path& final, std::string_view bytes) {
  {
    const File file(temporary, O_WRONLY | O_CREAT | O_EXCL);
    if (!file.is_open() || !file.write(bytes) || !file.sync()) return errno;
  }
  if (::rename(temporary.c_str(), final.c_str()) != 0) return errno;
  const File folder(final.parent_path(), O_RDONLY | O_DIRECTORY);
  return folder.is_open() && folder.sync() ? 0 : errno;
}

bool is_name(std::string_view name) {
  return name.size() == 2 * kNameBytes && std::ranges::all_of(name, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::unexpected<Error> full() {
  return fail({.kind = ErrorKind::kUnavailable,
               .code = "storage.full",
               .detail = "The server's disk is full, so the file was not stored.",
               .how_to_fix = "Ask the operator of this server to free space, then upload again."});
}

// One folder per first byte of the name keeps folders small.
class DiskBlobs final : public Blobs {
 public:
  DiskBlobs(fs::path folder, Random& random) : folder_(std::move(folder)), random_(random) {
    fs::create_directories(folder_);
    fs::permissions(folder_, fs::perms::owner_all);
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      if (entry.path().extension() == kUnfinished) fs::remove(entry.path());
    }
  }

  Result<std::string> put(std::string_view bytes) override {
    if (is_short_of_space(folder_, bytes.size())) return full();
    const std::string name = new_name();
    const fs::path final = path(name);
    const fs::path temporary = final.string() + std::string(kUnfinished);
    int error = make_folder(final.parent_path());
    if (error == 0) error = write_complete(temporary, final, bytes);
    if (error == 0) return name;
    ::unlink(temporary.c_str());
    ::unlink(final.c_str());
    if (error == ENOSPC || error == EDQUOT || error == EFBIG) return full();
    throw DatabaseError(DatabaseError::Kind::kIo,
                        "can't store a file: " + std::generic_category().message(error));
  }

  std::optional<std::string> get(std::string_view name) const override {
    if (!is_name(name)) return std::nullopt;
    std::ifstream file(path(name), std::ios::binary);
    if (!file) return std::nullopt;
    std::ostringstream bytes;
    bytes << file.rdbuf();
    if (file.bad()) throw DatabaseError(DatabaseError::Kind::kIo, "can't read a stored file");
    return std::move(bytes).str();
  }

  fs::path path(std::string_view name) const override {
    if (!is_name(name)) throw std::invalid_argument("not the name of a stored file");
    return folder_ / name.substr(0, 2) / name;
  }

  void remove(std::string_view name) override {
    if (is_name(name)) fs::remove(path(name));
  }

 private:
  std::string new_name() {
    const std::lock_guard lock(mutex_);
    return hex(random_.bytes(kNameBytes));
  }

  int make_folder(const fs::path& folder) const {
    if (::mkdir(folder.c_str(), 0700) != 0) return errno == EEXIST ? 0 : errno;
    const File parent(folder_, O_RDONLY | O_DIRECTORY);
    return parent.is_open() && parent.sync() ? 0 : errno;
  }

  const fs::path folder_;
  std::mutex mutex_;  // Random need not be thread-safe
  Random& random_;
};

}  // namespace

std::unique_ptr<Blobs> open_disk_blobs(const fs::path& folder, Random& random) {
  return std::make_unique<DiskBlobs>(folder, random);
}

}  // namespace postmypost::storage
