#include "support/crash_vfs.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

namespace postmypost::support {

namespace fs = std::filesystem;

// One open file; the real one's structure follows it in the memory that SQLite or the journal gives.
struct CrashFile {
  sqlite3_file base;
  CrashVfs* disk;
  const fs::path* path;  // owned by the disk's map; none: a temporary file, whose loss nobody notices
  bool syncs_folder;     // with its first sync, as SQLite's own VFS does for logs that it may have made

  static CrashFile& of(sqlite3_file* file) { return *reinterpret_cast<CrashFile*>(file); }
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  const sqlite3_io_methods& methods() { return *real()->pMethods; }
  CrashVfs::Content& content() const { return disk->files_.at(*path); }
};

// A call that is the real file's alone.
template <auto kMethod>
struct Pass;
template <class R, class... A, R (*sqlite3_io_methods::*kMethod)(sqlite3_file*, A...)>
struct Pass<kMethod> {
  static R call(sqlite3_file* out, A... arguments) {
    CrashFile& file = CrashFile::of(out);
    return (file.methods().*kMethod)(file.real(), arguments...);
  }
};
template <auto kMethod>
constexpr auto kPass = Pass<kMethod>::call;

// SQLite's table of functions, each in the mutex of its disk.
struct Calls {
  static CrashVfs& disk(sqlite3_vfs* vfs) { return *static_cast<CrashVfs*>(vfs->pAppData); }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* out, int flags, int* flags_out) {
    CrashVfs& disk = Calls::disk(vfs);
    const std::lock_guard lock(disk.mutex_);
    CrashFile& file = CrashFile::of(out);
    const bool is_new = name && !fs::exists(name);
    const bool is_log = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0;
    file = {.base = {}, .disk = &disk, .path = nullptr, .syncs_folder = (flags & SQLITE_OPEN_CREATE) != 0 && is_log};
    if (is_new && !disk.begin_change()) return SQLITE_CANTOPEN;
    CrashVfs::Content* known = name ? &disk.content(name) : nullptr;  // before the real one makes it
    const int code = disk.real_->xOpen(disk.real_, name, file.real(), flags, flags_out);
    if (code != SQLITE_OK) return code;
    file.base.pMethods = &kMethods;
    if (!known) return code;
    file.path = &disk.files_.find(name)->first;
    if (is_new) disk.begin_entry(*known);
    return code;
  }
  static int remove(sqlite3_vfs* vfs, const char* name, int syncs_folder) {
    CrashVfs& disk = Calls::disk(vfs);
    const std::lock_guard lock(disk.mutex_);
    if (!disk.begin_change()) return SQLITE_IOERR_DELETE;
    CrashVfs::Content& known = disk.content(name);
    if (!known.exists) return SQLITE_IOERR_DELETE_NOENT;
    CrashVfs::end_entry(known);
    if (syncs_folder) disk.sync_folder(fs::path(name).parent_path());
    return disk.real_->xDelete(disk.real_, name, 0);
  }

  static int read(sqlite3_file* out, void* bytes, int count, sqlite3_int64 at) {
    CrashFile& file = CrashFile::of(out);
    {
      const std::lock_guard lock(file.disk->mutex_);
      if (file.disk->must_fail(Fails::kRead)) return SQLITE_IOERR_READ;
    }
    return file.methods().xRead(file.real(), bytes, count, at);
  }
  static int write(sqlite3_file* out, const void* bytes, int count, sqlite3_int64 at) {
    CrashFile& file = CrashFile::of(out);
    if (!file.path) return file.methods().xWrite(file.real(), bytes, count, at);
    const std::lock_guard lock(file.disk->mutex_);
    if (!file.disk->begin_change()) return SQLITE_IOERR_WRITE;
    if (file.disk->must_fail(Fails::kWrite)) return SQLITE_IOERR_WRITE;
    const auto start = static_cast<std::uint64_t>(at);
    if (!file.disk->fits(*file.path, start + static_cast<std::uint64_t>(count))) return SQLITE_FULL;
    const auto* text = static_cast<const char*>(bytes);
    file.content().since.push_back({start, std::string(text, static_cast<std::size_t>(count))});
    const int code = file.methods().xWrite(file.real(), bytes, count, at);
    return file.disk->has_power_for_the_rest() ? code : SQLITE_IOERR_WRITE;
  }
  static int truncate(sqlite3_file* out, sqlite3_int64 size) {
    CrashFile& file = CrashFile::of(out);
    if (!file.path) return file.methods().xTruncate(file.real(), size);
    const std::lock_guard lock(file.disk->mutex_);
    if (!file.disk->begin_change()) return SQLITE_IOERR_TRUNCATE;
    if (file.disk->must_fail(Fails::kTruncate)) return SQLITE_IOERR_TRUNCATE;
    file.content().since.push_back({static_cast<std::uint64_t>(size)});
    const int code = file.methods().xTruncate(file.real(), size);
    return file.disk->has_power_for_the_rest() ? code : SQLITE_IOERR_TRUNCATE;
  }
  static int sync(sqlite3_file* out, int) {
    CrashFile& file = CrashFile::of(out);
    if (!file.path) return SQLITE_OK;
    file.disk->before_sync();
    const std::lock_guard lock(file.disk->mutex_);
    if (!file.disk->begin_change()) return SQLITE_IOERR_FSYNC;
    if (file.disk->must_fail(Fails::kSync)) {
      file.disk->lose_unsynced(file.content());
      return SQLITE_IOERR_FSYNC;
    }
    if (!file.disk->has_power_for_the_rest()) return SQLITE_IOERR_FSYNC;
    CrashVfs::sync(file.content());
    if (std::exchange(file.syncs_folder, false)) file.disk->sync_folder(file.path->parent_path());
    return SQLITE_OK;
  }

  using Methods = sqlite3_io_methods;
  static constexpr Methods kMethods{.iVersion = 2,
                                    .xClose = kPass<&Methods::xClose>,
                                    .xRead = read,
                                    .xWrite = write,
                                    .xTruncate = truncate,
                                    .xSync = sync,
                                    .xFileSize = kPass<&Methods::xFileSize>,
                                    .xLock = kPass<&Methods::xLock>,
                                    .xUnlock = kPass<&Methods::xUnlock>,
                                    .xCheckReservedLock = kPass<&Methods::xCheckReservedLock>,
                                    .xFileControl = kPass<&Methods::xFileControl>,
                                    .xSectorSize = kPass<&Methods::xSectorSize>,
                                    .xDeviceCharacteristics = kPass<&Methods::xDeviceCharacteristics>,
                                    .xShmMap = kPass<&Methods::xShmMap>,
                                    .xShmLock = kPass<&Methods::xShmLock>,
                                    .xShmBarrier = kPass<&Methods::xShmBarrier>,
                                    .xShmUnmap = kPass<&Methods::xShmUnmap>,
                                    .xFetch = nullptr,
                                    .xUnfetch = nullptr};
};

namespace {

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Keeps the inode: a reboot is no copy.
void put_bytes(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace

CrashVfs::CrashVfs() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
  vfs_.iVersion = std::min(real_->iVersion, 2);  // no replaced system calls
  vfs_.szOsFile = static_cast<int>(sizeof(CrashFile)) + real_->szOsFile;
  vfs_.zName = "crash";
  vfs_.pNext = nullptr;
  vfs_.pAppData = this;
  vfs_.xOpen = Calls::open;
  vfs_.xDelete = Calls::remove;
  sqlite3_vfs_register(&vfs_, 1);
}

CrashVfs::~CrashVfs() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(real_, 1);
}

std::int64_t CrashVfs::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}
void CrashVfs::cut_power_at(std::int64_t change) {
  const std::lock_guard lock(mutex_);
  power_fails_at_ = change;
}
bool CrashVfs::has_power() const {
  const std::lock_guard lock(mutex_);
  return has_power_for_the_rest();
}
void CrashVfs::fail(Fails what, std::int64_t nth) {
  const std::lock_guard lock(mutex_);
  fails_ = what;
  until_failure_ = nth;
}
void CrashVfs::limit_space(const fs::path& folder, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  limited_ = folder;
  limit_ = bytes;
}

CrashVfs::Content& CrashVfs::content(const fs::path& path) {
  const auto [at, is_new] = files_.try_emplace(path);
  if (is_new) {
    at->second.exists = fs::exists(path);
    if (at->second.exists) at->second.durable = bytes_of(path);
  }
  return at->second;
}

void CrashVfs::begin_entry(Content& file) {
  if (file.exists && file.entry_is_durable) file.before = file.durable;  // taken away past SQLite
  file.durable.clear(), file.since.clear();
  file.exists = true;
  file.entry_is_durable = false;
}

void CrashVfs::end_entry(Content& file) {
  if (file.entry_is_durable) file.before = file.durable;
  file.durable.clear(), file.since.clear();
  file.exists = false;
  file.entry_is_durable = false;
}

void CrashVfs::sync_folder(const fs::path& folder) {
  for (auto& [path, file] : files_) {
    if (path.parent_path() == folder) file.entry_is_durable = true, file.before.reset();
  }
}

bool CrashVfs::must_fail(Fails kind) { return fails_ == kind && until_failure_ > 0 && --until_failure_ == 0; }

bool CrashVfs::begin_change() {
  ++changes_;
  return power_fails_at_ == 0 || changes_ <= power_fails_at_;
}

bool CrashVfs::fits(const fs::path& path, std::uint64_t end) const {
  if (limit_ == 0 || end <= fs::file_size(path)) return true;
  std::uint64_t used = end - fs::file_size(path);
  for (const auto& entry : fs::recursive_directory_iterator(limited_)) {
    if (entry.is_regular_file() && !entry.path().native().ends_with("-shm")) used += entry.file_size();
  }
  return used <= limit_;
}

namespace {

void resize_after(const auto& change, std::uint64_t& size) {
  size = change.bytes ? std::max(size, change.at + change.bytes->size()) : change.at;
}

// The part of a change that falls into [begin, end).
void apply(const auto& change, std::string& content, std::uint64_t begin, std::uint64_t end) {
  end = std::min<std::uint64_t>(end, content.size());
  if (!change.bytes) {
    if (change.at < end) std::fill(content.begin() + static_cast<std::ptrdiff_t>(std::max(begin, change.at)),
                                   content.begin() + static_cast<std::ptrdiff_t>(end), '\0');
    return;
  }
  const std::uint64_t from = std::max(begin, change.at), to = std::min(end, change.at + change.bytes->size());
  if (from < to) content.replace(from, to - from, *change.bytes, from - change.at, to - from);
}

}  // namespace

void CrashVfs::sync(Content& file) {
  for (const Change& change : file.since) {
    std::uint64_t size = file.durable.size();
    resize_after(change, size);
    file.durable.resize(size);
    apply(change, file.durable, 0, size);
  }
  file.since.clear();
}

// Linux marks pages clean although their write failed: a later sync does not write them again.
void CrashVfs::lose_unsynced(Content& file) {
  file.durable = surviving(file);
  file.since.clear();
}

std::string CrashVfs::surviving(const Content& file) {
  enum { kNone, kAll, kSome, kTorn, kTornWithGarbage } mode{static_cast<decltype(kNone)>(dice_() % 5)};
  const std::uint64_t count = file.since.size();
  const std::uint64_t some = dice_() % (count + 1);
  const auto how_many = [&]() -> std::uint64_t {
    if (mode == kNone) return 0;
    if (mode == kAll) return count;
    return mode == kSome ? some : dice_() % (count + 1);
  };
  const std::uint64_t sector = dice_() % 2 == 0 ? 512 : 4096;

  std::uint64_t size = file.durable.size();
  std::set<std::uint64_t> touched;
  const auto changes_to_size = how_many();
  for (std::uint64_t i = 0; i < count; ++i) {
    const Change& change = file.since[i];
    if (i < changes_to_size) resize_after(change, size);
    const std::uint64_t end = change.bytes ? change.at + change.bytes->size() : file.durable.size();
    for (std::uint64_t at = change.at / sector; at * sector < end; ++at) touched.insert(at);
  }
  std::string out = file.durable;
  out.resize(size);
  for (const std::uint64_t at : touched) {
    const std::uint64_t begin = at * sector, end = begin + sector, reached = how_many();
    if (mode == kTornWithGarbage && reached == 0) {  // space that was given to the file and never written
      for (std::uint64_t i = std::max<std::uint64_t>(begin, file.durable.size()); i < std::min(end, size); ++i) {
        out[i] = static_cast<char>(dice_());
      }
    }
    for (std::uint64_t i = 0; i < reached; ++i) apply(file.since[i], out, begin, end);
  }
  return out;
}

void CrashVfs::restart(std::uint64_t seed) {
  const std::lock_guard lock(mutex_);
  dice_.seed(seed);
  for (auto& [path, file] : files_) {
    const bool is_removed_around_us = file.exists && !fs::exists(path);
    std::optional<std::string> left;
    if (file.exists && !is_removed_around_us) left = surviving(file);
    if (!file.entry_is_durable && dice_() % 2 == 0) left = file.before;
    fs::remove(path.native() + "-shm");
    if (left) put_bytes(path, *left);
    if (!left) fs::remove(path);
  }
  files_.clear();
  changes_ = 0, power_fails_at_ = 0;
  fails_ = Fails::kNothing;
}

}  // namespace postmypost::support
