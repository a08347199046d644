#include "vault/master_key.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/encoding.hpp"
#include "vault/sealing.hpp"

namespace postmypost::vault {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeyBytes = 32;

void sync_folder_of(const fs::path& file) {
  const int folder = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);
  ::close(folder);
}

Error unwritable(const fs::path& file) {
  return key_error("vault.master_key_unwritable", "The master key can't be written to " + file.string() + ".",
                   "Free space there, or choose another data folder.");
}

Result<std::string> read_key(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || (status.st_mode & 077) != 0) {
    return fail(key_error("vault.master_key_permissions", file.string() + " can be read by others than its owner.",
                          "Run: chmod 0400 " + file.string()));
  }
  std::ifstream in(file);
  std::string text;
  in >> text;
  const auto key = from_base64url(text);
  if (!key || key->size() != kKeyBytes) {
    return fail(key_error("vault.master_key_wrong", file.string() + " does not hold a master key.",
                          "Bring master.key back from the backup of keys that belongs to this data folder."));
  }
  return *key;
}

Result<std::string> make_key(const fs::path& file, Random& random) {
  const std::string key = random_key(random);
  const std::string text = base64url(key) + "\n";
  const fs::path part = file.string() + ".part";
  ::unlink(part.c_str());
  const int out = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
  const bool written = out >= 0 && ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(out) == 0;
  if (out >= 0) ::close(out);
  if (!written || ::rename(part.c_str(), file.c_str()) != 0) return fail(unwritable(file));
  sync_folder_of(file);
  return key;
}

}  // namespace

Error key_error(std::string code, std::string detail, std::string fix) {
  return {.kind = ErrorKind::kUnavailable, .code = std::move(code), .detail = std::move(detail), .how_to_fix = std::move(fix)};
}

bool MasterKeyFile::exists() const { return fs::exists(file_); }
Result<std::string> MasterKeyFile::read() const { return read_key(file_); }

std::optional<std::string> MasterKeyFile::read_next() const {
  if (!fs::exists(next_)) return std::nullopt;
  auto key = read_key(next_);
  return key ? std::optional(std::move(*key)) : std::nullopt;
}

Result<std::string> MasterKeyFile::make(Random& random) const { return make_key(file_, random); }
Result<std::string> MasterKeyFile::make_next(Random& random) const { return make_key(next_, random); }

Result<> MasterKeyFile::adopt_next() const {
  if (::rename(next_.c_str(), file_.c_str()) != 0) return fail(unwritable(file_));
  sync_folder_of(file_);
  return {};
}

void MasterKeyFile::drop_next() const { ::unlink(next_.c_str()); }

}  // namespace postmypost::vault
