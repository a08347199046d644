#include "storage/sqlite/errors.hpp"

#include <cerrno>
#include <string>

namespace postmypost::storage::sqlite {
namespace {

using Kind = DatabaseError::Kind;

// SQLite calls a write that stops at a quota or a size limit an I/O error; for us the disk is full.
bool is_out_of_space(int system_errno) {
  return system_errno == ENOSPC || system_errno == EDQUOT || system_errno == EFBIG;
}

Kind constraint_kind(int extended_code) {
  switch (extended_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return Kind::kUnique;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return Kind::kForeignKey;
    case SQLITE_CONSTRAINT_CHECK:
    case SQLITE_CONSTRAINT_NOTNULL:
    case SQLITE_CONSTRAINT_DATATYPE:
      return Kind::kCheck;
    default:
      return Kind::kOther;
  }
}

[[noreturn]] void throw_error(sqlite3* db, int system_errno, const std::string& text,
                              std::string_view sql) {
  constexpr std::size_t kShown = 100;
  const Kind kind = kind_of(sqlite3_extended_errcode(db), system_errno);
  throw DatabaseError(kind, text + " in: " + std::string(sql.substr(0, kShown)));
}

}  // namespace

Kind kind_of(int extended_code, int system_errno) {
  switch (extended_code & 0xff) {
    case SQLITE_CONSTRAINT:
      return constraint_kind(extended_code);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:
      return Kind::kBusy;
    case SQLITE_FULL:
      return Kind::kFull;
    case SQLITE_IOERR:
      return extended_code == SQLITE_IOERR_WRITE && is_out_of_space(system_errno) ? Kind::kFull
                                                                                  : Kind::kIo;
    case SQLITE_CANTOPEN:
      return is_out_of_space(system_errno) ? Kind::kFull : Kind::kIo;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Kind::kCorrupt;
    default:
      return Kind::kOther;
  }
}

void throw_unprepared(sqlite3* db, std::string_view sql) {
  throw_error(db, errno, sqlite3_errmsg(db), sql);
}

void throw_failed(sqlite3* db, std::string_view sql) {
  const int system_errno = errno;  // sqlite3_system_errno is not set by a failing COMMIT
  const int code = sqlite3_extended_errcode(db);
  if ((code & 0xff) == SQLITE_CONSTRAINT) throw_error(db, system_errno, sqlite3_errmsg(db), sql);
  throw_error(db, system_errno,
              std::string(sqlite3_errstr(code)) + " (" + std::to_string(code) + ")", sql);
}

}  // namespace postmypost::storage::sqlite
