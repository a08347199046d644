// What PostgreSQL and libpq report, as DatabaseError. Texts never hold bound values: the server's
// messages and details may quote them, so only SQLSTATE and the constraint's name are kept, and the
// message of errors in the SQL text itself.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string_view>

#include "storage/database.hpp"

namespace postmypost::storage::postgresql {

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, Clear>;

DatabaseError::Kind kind_of(std::string_view sqlstate);

// `answer` is PGRES_FATAL_ERROR; without SQLSTATE the connection broke.
DatabaseError error_of(const PGresult* answer, std::string_view sql);

// Nothing when `failure` is no DatabaseError.
std::optional<DatabaseError::Kind> kind_of(const std::exception_ptr& failure);

}  // namespace postmypost::storage::postgresql
