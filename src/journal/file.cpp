#include "journal/file.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "storage/database.hpp"

namespace postmypost::journal {
namespace {

using storage::DatabaseError;

void check(int code, std::string_view doing) {
  if (code == SQLITE_OK) return;
  const auto kind = (code & 0xff) == SQLITE_FULL ? DatabaseError::Kind::kFull : DatabaseError::Kind::kIo;
  throw DatabaseError(kind, std::string(doing) + " the journal failed: " + sqlite3_errstr(code));
}

}  // namespace

void File::Close::operator()(sqlite3_file* file) const {
  if (file->pMethods) file->pMethods->xClose(file);
  std::free(file);
}

File::File(const std::filesystem::path& path) : path_(path.string()) {
  // SQLite's file names are followed by two more zeros (its list of URI parameters).
  path_.append(4, '\0');
  sqlite3_initialize();
  sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
  file_.reset(static_cast<sqlite3_file*>(std::calloc(1, static_cast<std::size_t>(vfs->szOsFile))));
  // The kind of file whose first sync also syncs its folder, and that takes no locks.
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_SUPER_JOURNAL;
  check(vfs->xOpen(vfs, path_.data(), file_.get(), kFlags, nullptr), "opening");
}

std::uint64_t File::size() const {
  sqlite3_int64 size = 0;
  check(file_->pMethods->xFileSize(file_.get(), &size), "measuring");
  return static_cast<std::uint64_t>(size);
}

std::string File::read(std::uint64_t offset, std::size_t bytes) const {
  const std::uint64_t end = size();
  if (offset >= end) return {};
  std::string out(std::min<std::uint64_t>(bytes, end - offset), '\0');
  check(file_->pMethods->xRead(file_.get(), out.data(), static_cast<int>(out.size()), static_cast<sqlite3_int64>(offset)),
        "reading");
  return out;
}

void File::write(std::uint64_t offset, std::string_view bytes) {
  check(file_->pMethods->xWrite(file_.get(), bytes.data(), static_cast<int>(bytes.size()),
                                static_cast<sqlite3_int64>(offset)),
        "writing");
}

void File::sync() { check(file_->pMethods->xSync(file_.get(), SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY), "syncing"); }

void File::truncate(std::uint64_t size) {
  check(file_->pMethods->xTruncate(file_.get(), static_cast<sqlite3_int64>(size)), "cutting");
}

}  // namespace postmypost::journal
