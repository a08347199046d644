#include "storage/sqlite/connection.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "storage/sqlite/errors.hpp"

namespace postmypost::storage::sqlite {
namespace {

constexpr std::size_t kMostStatements = 200;
constexpr int kBusyMs = 5'000;
constexpr int kStepsBetweenLooks = 1'000;  // of SQLite's virtual machine, some tens of microseconds

// SQLite would create the file with the umask's mode; its -wal and -shm take the mode of the file.
void create_private(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const bool is_private = fd >= 0 && ::fchmod(fd, 0600) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!is_private) {
    throw DatabaseError(DatabaseError::Kind::kIo,
                        "can't open the database file: " + std::generic_category().message(error));
  }
  const int folder =
      ::open(file.parent_path().empty() ? "." : file.parent_path().c_str(), O_RDONLY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);
  ::close(folder);
}

int flags_of(Role role) {
  const int access = role == Role::kReader ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  return access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
}

// Some 30 pages. It goes to a file as one piece when it grows larger, and SQLite writes no piece of 128 KB or more.
constexpr int kSavepointInMemory = 120 << 10;

// Counting each allocation takes a lock that all connections share, and nobody reads the counts. What a savepoint may have to
// bring back, some tens of pages for a write, went into a file of its own from 64 KB on, two calls for each page.
void configure_library() {
  [[maybe_unused]] static const bool once = [] {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, kSavepointInMemory);
    return true;
  }();
}

}  // namespace

Connection::Connection(const std::filesystem::path& file, Role role) {
  if (role == Role::kWriter) create_private(file);
  configure_library();
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &db, flags_of(role), nullptr);
  db_.reset(db);
  if (code != SQLITE_OK) throw DatabaseError(kind_of(code, errno), sqlite3_errstr(code));
  configure(role);
}

void Connection::configure(Role role) {
  sqlite3* db = db_.get();
  sqlite3_busy_timeout(db, kBusyMs);
  // "text" in double quotes is a name, never a value, as in PostgreSQL.
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  execute("pragma trusted_schema=off");
  execute("pragma synchronous=full");
  execute("pragma wal_autocheckpoint=0");
  if (role == Role::kWriter) {
    execute("pragma cache_size=-16000");
    execute("pragma foreign_keys=on");
    execute("pragma secure_delete=on");
    execute("pragma journal_size_limit=67108864");
    enter_wal();
  } else if (role == Role::kReader) {
    execute("pragma cache_size=-1000");
    execute("pragma query_only=on");
    sqlite3_progress_handler(
        db, kStepsBetweenLooks,
        [](void* self) {
          return static_cast<Connection*>(self)->deadline_ < std::chrono::steady_clock::now() ? 1
                                                                                              : 0;
        },
        this);
  } else {
    execute("pragma cache_size=-100");
  }
}

void Connection::enter_wal() {
  std::string mode;
  each("pragma journal_mode=wal", {}, [&](const Row& row) { mode = row.text(0); });
  if (mode != "wal") {
    throw DatabaseError(DatabaseError::Kind::kIo,
                        "the file system of the database does not allow WAL");
  }
  // Replaces SQLite's own automatic checkpoint, which is off.
  sqlite3_wal_hook(
      db_.get(),
      [](void* self, sqlite3*, const char*, int frames) {
        static_cast<Connection*>(self)->wal_frames_ = frames;
        return SQLITE_OK;
      },
      this);
}

std::int64_t Connection::execute(std::string_view sql, const std::vector<Parameter>& parameters) {
  const std::int64_t before = sqlite3_total_changes64(db_.get());
  each(sql, parameters, nullptr);
  // sqlite3_changes keeps its old value over statements that change no rows.
  return sqlite3_total_changes64(db_.get()) == before ? 0 : sqlite3_changes64(db_.get());
}

void Connection::each(std::string_view sql, const std::vector<Parameter>& parameters,
                      const std::function<void(const Row&)>& use) {
  // The progress handler alone would miss a long row of short statements.
  if (deadline_ < std::chrono::steady_clock::now()) {
    throw DatabaseError(DatabaseError::Kind::kBusy, "the transaction took too long");
  }
  Statement& cached = prepared(sql);
  if (!cached.is_running()) return cached.run(parameters, use);
  Statement(db_.get(), sql).run(parameters, use);  // the same text inside its own loop
}

Statement& Connection::prepared(std::string_view sql) {
  if (const auto found = by_sql_.find(sql); found != by_sql_.end()) {
    statements_.splice(statements_.begin(), statements_, found->second);
    return statements_.front();
  }
  if (statements_.size() >= kMostStatements) forget_oldest();
  statements_.emplace_front(db_.get(), sql);
  by_sql_.emplace(statements_.front().sql(), statements_.begin());
  return statements_.front();
}

void Connection::forget_oldest() {
  for (auto at = std::prev(statements_.end()); at != statements_.begin(); --at) {
    if (at->is_running()) continue;
    by_sql_.erase(at->sql());
    statements_.erase(at);
    return;
  }
}

bool Connection::has_unresolved_foreign_keys() const {
  int open = 0;
  int unused = 0;
  sqlite3_db_status(db_.get(), SQLITE_DBSTATUS_DEFERRED_FKS, &open, &unused, 0);
  return open != 0;
}

bool Connection::checkpoint(int mode) {
  int in_log = 0;
  int done = 0;
  const int code = sqlite3_wal_checkpoint_v2(db_.get(), nullptr, mode, &in_log, &done);
  if (code == SQLITE_BUSY) return false;
  if (code != SQLITE_OK) throw_failed(db_.get(), "checkpoint");
  if (mode != SQLITE_CHECKPOINT_PASSIVE) wal_frames_ = 0;
  return in_log == done;
}

}  // namespace postmypost::storage::sqlite
