// One SQLite connection with its prepared statements. Belongs to one thread at a time. Errors:
// DatabaseError.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/database.hpp"
#include "storage/sqlite/statement.hpp"

namespace postmypost::storage::sqlite {

enum class Role { kWriter, kReader, kCheckpointer };

class Connection {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  // A writer creates the file, readable by its owner only, and puts it into WAL mode.
  Connection(const std::filesystem::path& file, Role role);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  std::int64_t execute(std::string_view sql,
                       const std::vector<Parameter>& parameters = {});  // rows affected
  void each(std::string_view sql, const std::vector<Parameter>& parameters,
            const std::function<void(const Row&)>& use);

  // SQLite ends a transaction by itself after some failures (disk full, I/O).
  bool is_in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }
  bool has_unresolved_foreign_keys() const;

  // Statements that run past it fail with kBusy.
  void set_deadline(Deadline deadline) { deadline_ = deadline; }

  // Frames in the write-ahead log after this connection's last commit.
  int wal_frames() const { return wal_frames_; }
  // `mode` is SQLITE_CHECKPOINT_…; false when a reader or the writer stood in the way.
  bool checkpoint(int mode);

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  using Statements = std::list<Statement>;  // the most recently used first

  void configure(Role role);
  void enter_wal();
  Statement& prepared(std::string_view sql);
  void forget_oldest();

  std::unique_ptr<sqlite3, Close> db_;
  Statements statements_;
  std::unordered_map<std::string_view, Statements::iterator> by_sql_;
  Deadline deadline_ = Deadline::max();
  int wal_frames_ = 0;
};

}  // namespace postmypost::storage::sqlite
