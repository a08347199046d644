// What an export holds, from the rooms' declarations alone: a column that is declared with a file of the export is in it, whoever added it.
//
// A table that is exported at all brings its numbers, states and times along, so that rows can be joined and taken elsewhere; secrets and
// what belongs to this server only never.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "privacy/registry.hpp"

namespace postmypost::cabinet {

struct PlannedColumn {
  enum class Shape { kText, kNumber, kInstant, kSealed };
  std::string name;
  Shape shape = Shape::kText;
  Category category = Category::kContent;  // of a sealed one
  KeyScope scope = KeyScope::kUser;
  std::string row, owner;                  // of a sealed one: SQL expressions
  bool is_person = false;                  // holds the number of a person: somebody else's is left out
};

// Rows of one table that belong to an owner.
struct PlannedTable {
  std::string table;
  Owner owner = Owner::kPerson;
  std::string condition;  // about one row; $1 is the owner's id
  bool walked = false;    // no index leads there
  bool has_id = false;
  std::vector<PlannedColumn> columns;
};

// One member of the archive.
struct PlannedFile {
  std::string name;  // "publications.json"
  std::vector<PlannedTable> tables;
};

std::vector<PlannedFile> plan_export(const privacy::Registry& registry, std::span<const privacy::StoredColumn> stored);

// Columns declared with a file that no planned table brings, as sentences; empty when the plan is complete.
std::vector<std::string> left_out(const privacy::Registry& registry, std::span<const PlannedFile> plan);

}  // namespace postmypost::cabinet
