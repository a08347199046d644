// Rubrics: a project's own headings for its publications.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::publications {

struct Rubric {
  std::int64_t id = 0;
  std::int64_t project_id = 0;
  std::string name;  // sealed with the project's key: kContent
  Instant created_at;
};

class Rubrics {
 public:
  Rubrics(vault::Vault& vault, const Clock& clock) : vault_(vault), clock_(clock) {}

  // Errors: `rubric.name_empty`, `rubric.name_too_long`, `rubric.too_many` (over 500 in a project).
  Result<Rubric> create(storage::Transaction& tx, std::int64_t project_id, std::string name) const;
  Result<Rubric> rename(storage::Transaction& tx, std::int64_t project_id, std::int64_t id, std::string name) const;
  // Its publications have no rubric then.
  Result<> remove(storage::Transaction& tx, std::int64_t project_id, std::int64_t id) const;
  Result<Rubric> find(storage::Transaction& tx, std::int64_t project_id, std::int64_t id) const;
  std::vector<Rubric> of_project(storage::Transaction& tx, std::int64_t project_id) const;  // by id

 private:
  vault::Vault& vault_;
  const Clock& clock_;
};

}  // namespace postmypost::publications
