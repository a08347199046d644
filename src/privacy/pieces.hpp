// Ending many rows without making anybody wait: tables are read by their ids with readers, and written a hundred rows at a
// time.
#pragma once

#include <atomic>
#include <string>

#include "storage/database.hpp"

namespace postmypost::privacy {

struct RowsToEnd {
  std::string table, condition;  // about one row, with $1
  std::string set = {};          // assignments; none: the rows are deleted
};

// What is said about each row is judged again inside the write: meanwhile it may have come to life. How many rows it ended;
// stops early when `stop` turns true. Throws storage::DatabaseError; what was ended until then stays so.
std::int64_t end_in_pieces(storage::Database& database, const RowsToEnd& what, std::int64_t argument,
                           const std::atomic<bool>& stop);

}  // namespace postmypost::privacy
