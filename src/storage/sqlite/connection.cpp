#include "storage/sqlite/connection.hpp"

#include <cstdlib>

namespace postmypost::storage::sqlite {
namespace {

using Kind = DatabaseError::Kind;

constexpr int kBusyTimeoutMs = 5000;

Kind kind_of(int extended) {
  switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY: return Kind::kUnique;
    case SQLITE_CONSTRAINT_FOREIGNKEY: return Kind::kForeignKey;
    case SQLITE_CONSTRAINT_CHECK:
    case SQLITE_CONSTRAINT_NOTNULL: return Kind::kCheck;
    default: break;
  }
  switch (extended & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Kind::kBusy;
    case SQLITE_FULL: return Kind::kFull;
    case SQLITE_IOERR: return Kind::kIo;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Kind::kCorrupt;
    default: return Kind::kOther;
  }
}

class StatementRow final : public Row {
 public:
  explicit StatementRow(sqlite3_stmt* statement) : statement_(statement) {}
  bool is_null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  double real(int column) const override { return sqlite3_column_double(statement_, column); }
  std::string text(int column) const override {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return {bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  std::string blob(int column) const override {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  sqlite3_stmt* statement_;
};

struct Bind {
  sqlite3_stmt* statement;
  int at;

  // The caller's parameters outlive the statement's run, so nothing is copied.
  int operator()(std::nullptr_t) const { return sqlite3_bind_null(statement, at); }
  int operator()(std::int64_t v) const { return sqlite3_bind_int64(statement, at, v); }
  int operator()(double v) const { return sqlite3_bind_double(statement, at, v); }
  int operator()(const std::string& v) const {
    return sqlite3_bind_text64(statement, at, v.data(), v.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  int operator()(const Blob& v) const {
    if (v.bytes.empty()) return sqlite3_bind_zeroblob(statement, at, 0);
    return sqlite3_bind_blob64(statement, at, v.bytes.data(), v.bytes.size(), SQLITE_STATIC);
  }
};

}  // namespace

// Marks a statement as in use and leaves it ready for the next one, however the use ends.
class Connection::Use {
 public:
  Use(Connection& connection, Statement& statement, const std::vector<Parameter>& parameters)
      : statement_(statement) {
    if (statement.busy) throw DatabaseError(Kind::kOther, "a statement was used again inside its own rows");
    for (std::size_t i = 0; i < statement.arguments.size(); ++i) {
      const Parameter& parameter = parameters.at(statement.arguments[i]);
      if (std::visit(Bind{statement.handle.get(), static_cast<int>(i) + 1}, parameter) != SQLITE_OK) connection.fail();
    }
    statement.busy = true;
  }
  ~Use() {
    sqlite3_reset(statement_.handle.get());
    sqlite3_clear_bindings(statement_.handle.get());
    statement_.busy = false;
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

 private:
  Statement& statement_;
};

Connection::Connection(const std::filesystem::path& file, Access access) {
  sqlite3* opened = nullptr;
  const int flags = (access == Access::kWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(file.c_str(), &opened, flags, nullptr);
  handle_.reset(opened);
  if (code != SQLITE_OK) fail();
  sqlite3_busy_timeout(handle(), kBusyTimeoutMs);
  script(
      "pragma journal_mode=wal; pragma synchronous=full; pragma foreign_keys=on; pragma secure_delete=on; "
      "pragma wal_autocheckpoint=0; pragma temp_store=memory; pragma trusted_schema=off;");
  script(access == Access::kWrite ? "pragma cache_size=-4000;" : "pragma cache_size=-1000; pragma query_only=on;");
}

void Connection::fail() const {
  // SQLite's own messages name tables and columns, never bound values.
  throw DatabaseError(kind_of(sqlite3_extended_errcode(handle())), sqlite3_errmsg(handle()));
}

void Connection::script(const std::string& sql) {
  if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

Connection::Statement& Connection::prepared(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) return *found->second;
  auto statement = std::make_unique<Statement>();
  sqlite3_stmt* handle = nullptr;
  if (sqlite3_prepare_v3(this->handle(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &handle,
                         nullptr) != SQLITE_OK) {
    fail();
  }
  statement->handle.reset(handle);
  // SQLite numbers $1 by its first appearance; the name says which argument is meant.
  for (int i = 1; i <= sqlite3_bind_parameter_count(handle); ++i) {
    statement->arguments.push_back(std::strtoul(sqlite3_bind_parameter_name(handle, i) + 1, nullptr, 10) - 1);
  }
  return *statements_.emplace(std::string(sql), std::move(statement)).first->second;
}

std::int64_t Connection::execute(std::string_view sql, const std::vector<Parameter>& parameters) {
  each(sql, parameters, [](const Row&) {});
  return sqlite3_changes64(handle());
}

void Connection::each(std::string_view sql, const std::vector<Parameter>& parameters,
                      const std::function<void(const Row&)>& use) {
  Statement& statement = prepared(sql);
  const Use in_use(*this, statement, parameters);
  const StatementRow row(statement.handle.get());
  for (;;) {
    const int code = sqlite3_step(statement.handle.get());
    if (code == SQLITE_DONE) return;
    if (code != SQLITE_ROW) fail();
    use(row);
  }
}

}  // namespace postmypost::storage::sqlite
