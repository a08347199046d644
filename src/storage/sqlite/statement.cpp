#include "storage/sqlite/statement.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "storage/sqlite/errors.hpp"

namespace postmypost::storage::sqlite {
namespace {

[[noreturn]] void throw_misused(const std::string& why, std::string_view sql) {
  throw DatabaseError(DatabaseError::Kind::kOther, why + " in: " + std::string(sql.substr(0, 100)));
}

std::size_t number_of(const char* name, std::string_view sql) {
  const std::string_view text = name ? name : "";
  std::size_t number = 0;
  if (text.size() > 1 && text[0] == '$') {
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && number > 0) return number;
  }
  throw_misused("a parameter that is not $n", sql);
}

// Reads are strict about types, as PostgreSQL is: SQLite would quietly turn "12 apples" into 12.
class SqliteRow final : public Row {
 public:
  SqliteRow(sqlite3_stmt* statement, std::string_view sql) : statement_(statement), sql_(sql) {}

  bool is_null(int column) const override { return type(column) == SQLITE_NULL; }
  std::int64_t integer(int column) const override {
    demand(column, type(column) == SQLITE_INTEGER, "an integer");
    return sqlite3_column_int64(statement_, column);
  }
  double real(int column) const override {
    demand(column, type(column) == SQLITE_FLOAT || type(column) == SQLITE_INTEGER, "a number");
    return sqlite3_column_double(statement_, column);
  }
  std::string text(int column) const override {
    demand(column, type(column) == SQLITE_TEXT, "text");
    return bytes(column);
  }
  std::string blob(int column) const override {
    demand(column, type(column) == SQLITE_BLOB, "a blob");
    return bytes(column);
  }

 private:
  int type(int column) const {
    demand(column, column >= 0 && column < sqlite3_data_count(statement_),
           "a column of the result");
    return sqlite3_column_type(statement_, column);
  }
  std::string bytes(int column) const {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return data ? std::string(data, size) : std::string();
  }
  void demand(int column, bool is_so, std::string_view wanted) const {
    if (!is_so)
      throw_misused("column " + std::to_string(column) + " is not " + std::string(wanted), sql_);
  }

  sqlite3_stmt* statement_;
  std::string_view sql_;
};

int bind_one(sqlite3_stmt* to, int at, const Parameter& value) {
  struct {
    sqlite3_stmt* to;
    int at;
    // The bytes outlive the run: `parameters` belongs to its caller.
    int operator()(std::nullptr_t) const { return sqlite3_bind_null(to, at); }
    int operator()(std::int64_t v) const { return sqlite3_bind_int64(to, at, v); }
    int operator()(double v) const { return sqlite3_bind_double(to, at, v); }
    int operator()(const std::string& v) const {
      return sqlite3_bind_text64(to, at, v.data(), v.size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    int operator()(const Blob& v) const {
      return sqlite3_bind_blob64(to, at, v.bytes.data(), v.bytes.size(), SQLITE_STATIC);
    }
  } const bind{to, at};
  return std::visit(bind, value);
}

// Ends a run on every way out, so that no statement keeps a snapshot or a caller's bytes.
class Running {
 public:
  Running(sqlite3_stmt* statement, bool& flag) : statement_(statement), flag_(flag) {
    flag_ = true;
  }
  ~Running() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    flag_ = false;
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  sqlite3_stmt* statement_;
  bool& flag_;
};

bool is_blank(std::string_view rest) {
  return rest.find_first_not_of(" \t\r\n;") == std::string_view::npos;
}

}  // namespace

Statement::Statement(sqlite3* db, std::string_view sql) : db_(db), sql_(sql) {
  sqlite3_stmt* prepared = nullptr;
  const char* tail = nullptr;
  if (sqlite3_prepare_v3(db, sql_.data(), static_cast<int>(sql_.size()), SQLITE_PREPARE_PERSISTENT,
                         &prepared, &tail) != SQLITE_OK) {
    throw_unprepared(db, sql_);
  }
  prepared_.reset(prepared);
  if (!prepared) throw_misused("no statement", sql_);
  if (!is_blank({tail, static_cast<std::size_t>(sql_.data() + sql_.size() - tail)})) {
    throw_misused("more than one statement", sql_);
  }
  for (int i = 1; i <= sqlite3_bind_parameter_count(prepared); ++i) {
    numbers_.push_back(number_of(sqlite3_bind_parameter_name(prepared, i), sql_));
    highest_ = std::max(highest_, numbers_.back());
  }
}

void Statement::bind(const std::vector<Parameter>& parameters) {
  if (parameters.size() != highest_) {
    throw_misused(
        std::to_string(parameters.size()) + " parameters for $1 to $" + std::to_string(highest_),
        sql_);
  }
  for (std::size_t i = 0; i < numbers_.size(); ++i) {
    if (bind_one(prepared_.get(), static_cast<int>(i) + 1, parameters[numbers_[i] - 1]) !=
        SQLITE_OK) {
      throw_failed(db_, sql_);
    }
  }
}

void Statement::run(const std::vector<Parameter>& parameters,
                    const std::function<void(const Row&)>& use) {
  const Running running(prepared_.get(), running_);
  bind(parameters);
  const SqliteRow row(prepared_.get(), sql_);
  for (;;) {
    errno = 0;
    const int code = sqlite3_step(prepared_.get());
    if (code == SQLITE_DONE) return;
    if (code != SQLITE_ROW) throw_failed(db_, sql_);
    if (use) use(row);
  }
}

}  // namespace postmypost::storage::sqlite
