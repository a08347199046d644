// The necessity report (clause 2.1): for each personal column how many rows hold a value, what for, and how long, so that the
// operator sees what nobody needs. Reads whole tables; for the operator's command, not for a request.
#pragma once

#include <string>

#include "privacy/registry.hpp"
#include "storage/database.hpp"

namespace postmypost::privacy {

struct HeldValues {
  std::string column;  // "person.name"
  const Personal* personal = nullptr;
  std::int64_t rows = 0, held = 0;  // of the table; that hold a value in this column
};

std::vector<HeldValues> held_values(storage::Database& database, const Registry& registry);

// As a page: what is held and what for; last, what no row holds, and what is kept by a rule that nothing enforces.
std::string necessity_report(const std::vector<HeldValues>& held);

}  // namespace postmypost::privacy
