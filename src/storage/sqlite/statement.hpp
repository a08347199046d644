// One prepared statement and the rows it gives.
//
// Parameters are written $1, $2, … and bound by that number, because SQLite numbers them by first
// appearance. Not thread-safe. Errors: DatabaseError.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/database.hpp"

namespace postmypost::storage::sqlite {

class Statement {
 public:
  Statement(sqlite3* db, std::string_view sql);

  const std::string& sql() const { return sql_; }
  bool is_running() const { return running_; }

  // Runs the statement to its end. `parameters` must be as many as the highest $n.
  void run(const std::vector<Parameter>& parameters, const std::function<void(const Row&)>& use);

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
  };

  void bind(const std::vector<Parameter>& parameters);

  sqlite3* db_;
  std::string sql_;
  std::unique_ptr<sqlite3_stmt, Finalize> prepared_;
  std::vector<std::size_t> numbers_;  // for each of SQLite's parameters its $n
  std::size_t highest_ = 0;
  bool running_ = false;
};

}  // namespace postmypost::storage::sqlite
