// One SQLite connection: prepared statements by text, typed errors without values. Used by one thread at a time.
#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/database.hpp"

namespace postmypost::storage::sqlite {

enum class Access { kWrite, kRead };

class Connection {
 public:
  Connection(const std::filesystem::path& file, Access access);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void script(const std::string& sql);
  std::int64_t execute(std::string_view sql, const std::vector<Parameter>& parameters);
  void each(std::string_view sql, const std::vector<Parameter>& parameters,
            const std::function<void(const Row&)>& use);
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  struct Statement {
    std::unique_ptr<sqlite3_stmt, Finalize> handle;
    std::vector<std::size_t> arguments;  // which argument each of SQLite's parameters takes
    bool busy = false;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  class Use;

  Statement& prepared(std::string_view sql);
  [[noreturn]] void fail() const;

  std::unique_ptr<sqlite3, Close> handle_;
  std::unordered_map<std::string, std::unique_ptr<Statement>, Hash, std::equal_to<>> statements_;
};

}  // namespace postmypost::storage::sqlite
