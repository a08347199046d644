#include "storage/blobs.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "base/encoding.hpp"

namespace postmypost::storage {
namespace {

namespace fs = std::filesystem;

bool is_ours(std::string_view name) {
  return name.size() == 32 && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file) == 0;
}

class DiskBlobs final : public Blobs {
 public:
  DiskBlobs(fs::path folder, Random& random) : folder_(std::move(folder)), random_(random) {
    fs::create_directories(folder_);
    fs::permissions(folder_, fs::perms::owner_all);
    // What a crash left behind was never named by a row.
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (entry.path().extension() == ".part") fs::remove(entry.path());
    }
  }

  Result<std::string> put(std::string_view bytes) override {
    const std::string name = hex(random_.bytes(16));
    const fs::path part = folder_ / (name + ".part");
    const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const bool written = file >= 0 && write_all(file, bytes);
    if (file >= 0) ::close(file);
    std::error_code failed;
    if (written) {
      const fs::path final_path = path(name);
      fs::create_directories(final_path.parent_path(), failed);
      if (!failed) fs::rename(part, final_path, failed);
      if (!failed && sync_folder(final_path.parent_path())) return name;
    }
    fs::remove(part, failed);
    return fail({.kind = ErrorKind::kUnavailable,
                 .code = "storage.full",
                 .detail = "The file can't be stored: the disk is full or does not answer.",
                 .how_to_fix = "Ask the operator to free space, then try again."});
  }

  std::optional<std::string> get(std::string_view name) const override {
    if (!is_ours(name)) return std::nullopt;
    std::ifstream file(path(name), std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  fs::path path(std::string_view name) const override {
    if (!is_ours(name)) throw std::invalid_argument("not a blob name");
    return folder_ / name.substr(0, 2) / name;  // 256 folders keep listings short
  }

  void remove(std::string_view name) override {
    std::error_code absent;
    if (is_ours(name)) fs::remove(path(name), absent);
  }

 private:
  static bool sync_folder(const fs::path& folder) {
    const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = handle >= 0 && ::fsync(handle) == 0;
    if (handle >= 0) ::close(handle);
    return synced;
  }

  fs::path folder_;
  Random& random_;
};

}  // namespace

std::unique_ptr<Blobs> open_disk_blobs(const fs::path& folder, Random& random) {
  return std::make_unique<DiskBlobs>(folder, random);
}

}  // namespace postmypost::storage
