// One statement for many ids: a page of fifty publications is a handful of statements, on a server so many round trips.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "storage/database.hpp"

namespace postmypost::storage {

// Runs `sql` for `ids`, at most 64 at a time; its one '#' stands in parentheses behind "in": "… where id in (#) order by id".
// Rows of a later piece come after all of an earlier one. An id that stands twice is found once a piece.
void each_of(Transaction& tx, std::string_view sql, std::span<const std::int64_t> ids,
             const std::function<void(const Row&)>& use);

}  // namespace postmypost::storage
