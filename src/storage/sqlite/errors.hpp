// SQLite's result codes as DatabaseError. Texts never hold bound values: what SQLite says while a
// statement runs may quote them (JSON paths, search expressions), so only its words about
// constraints and about SQL text are kept.
#pragma once

#include <sqlite3.h>

#include <string_view>

#include "storage/database.hpp"

namespace postmypost::storage::sqlite {

DatabaseError::Kind kind_of(int extended_code, int system_errno);

// For a statement that could not be prepared: nothing is bound yet.
[[noreturn]] void throw_unprepared(sqlite3* db, std::string_view sql);
// For a statement that failed while it ran; errno is the system's reason, if it was cleared before.
[[noreturn]] void throw_failed(sqlite3* db, std::string_view sql);

}  // namespace postmypost::storage::sqlite
