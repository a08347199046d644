// A disk that forgets: SQLite's default VFS while it lives, over the real one, for the database and the sent-journal alike.
//
// Programs see what they wrote; beside it each file's durable content is kept, which only a sync moves on. When the power
// fails, each sector of a file shows the file as it was after some of the writes since its last sync: none, all, or, sector
// by sector, any number of them; a file whose folder entry was not synced may be gone, a deleted one back. A sector is never
// torn, and bytes beside a write in its sector are safe (SQLite calls this powersafe overwrite). After a sync that failed,
// what it should have kept may never become durable although reads still show it, as Linux has it.
//
// Changes (writes, cuts, syncs, deletions) are counted, so that a test can let the power fail at each. Thread-safe;
// `restart` only while no file is open. One at a time in a process.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace postmypost::support {

// The n-th operation of the kind from now on fails once.
enum class Fails { kNothing, kRead, kWrite, kSync, kTruncate };

class CrashVfs {
 public:
  CrashVfs();
  ~CrashVfs();
  CrashVfs(const CrashVfs&) = delete;
  CrashVfs& operator=(const CrashVfs&) = delete;

  std::int64_t changes() const;
  // The power fails in the middle of this change, counted from 1 over the disk's life; every later one fails.
  void cut_power_at(std::int64_t change);
  bool has_power() const;
  // What the disk holds once the power is back; `seed` decides among all that may be. The count begins anew.
  void restart(std::uint64_t seed);

  void fail(Fails what, std::int64_t nth);
  // Files of `folder` (but SQLite's shared memory) hold at most so many bytes together.
  void limit_space(const std::filesystem::path& folder, std::uint64_t bytes);
  void lift_limit() { limit_space({}, 0); }

  // Runs before each sync in its thread: a slow disk. Set while nothing is open.
  std::function<void()> before_sync = [] {};

 private:
  friend struct CrashFile;
  friend struct Calls;

  struct Change {
    std::uint64_t at = 0;
    std::optional<std::string> bytes = {};  // none: the file is cut at `at`
  };
  struct Content {
    std::string durable;
    std::vector<Change> since;  // the last sync
    bool exists = true;
    bool entry_is_durable = true;
    std::optional<std::string> before = {};  // what stands there when the entry's change is lost
  };

  Content& content(const std::filesystem::path& path);
  static void begin_entry(Content& file);  // the file is made
  static void end_entry(Content& file);    // … and deleted
  bool must_fail(Fails kind);
  bool begin_change();  // false: the power has failed before
  bool has_power_for_the_rest() const { return power_fails_at_ == 0 || changes_ < power_fails_at_; }
  bool fits(const std::filesystem::path& path, std::uint64_t end) const;
  void sync_folder(const std::filesystem::path& folder);
  static void sync(Content& file);
  void lose_unsynced(Content& file);
  std::string surviving(const Content& file);

  sqlite3_vfs* const real_;
  sqlite3_vfs vfs_;
  mutable std::mutex mutex_;
  std::map<std::filesystem::path, Content> files_;
  std::int64_t changes_ = 0;
  std::int64_t power_fails_at_ = 0;
  Fails fails_ = Fails::kNothing;
  std::int64_t until_failure_ = 0;
  std::filesystem::path limited_;
  std::uint64_t limit_ = 0;
  std::mt19937_64 dice_;
};

}  // namespace postmypost::support
