// What this program keeps, as its rooms declare it, and whether the databases agree (docs/privacy.md).
//
// Knows rooms by their declarations only. A constant value: made once, read from any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/personal_data.hpp"
#include "storage/database.hpp"

namespace postmypost::privacy {

// A column as a database has it.
struct StoredColumn {
  std::string table, name;
  bool is_bytes = false;  // a BLOB or bytea
  bool is_number = false;
};

// Every column of every table of the database behind `tx`, in both dialects.
std::vector<StoredColumn> columns_of(storage::Transaction& tx);

class Registry {
 public:
  // The declared tables are constants of their rooms and outlive the registry.
  explicit Registry(std::vector<PersonalData> rooms) : rooms_(std::move(rooms)) {}

  const std::vector<PersonalData>& rooms() const { return rooms_; }
  std::vector<SealedColumn> sealed_columns() const;

  // What the rooms say that can't be: a column declared twice, one that is neither exported nor says why not, a sealed
  // one whose erasure is not its key's. As sentences that name it; empty when all is well.
  std::vector<std::string> contradictions() const;

  // Where the databases and the rooms disagree, as sentences that name the column: one that nobody declared, one
  // declared that does not exist, one declared sealed that is no bytes.
  std::vector<std::string> differences(std::span<const StoredColumn> stored) const;

 private:
  std::vector<PersonalData> rooms_;
};

// Names of a declaration as people read them: "person.name", "media/*/*".
std::vector<std::string> full_names(const Declared& declared);

}  // namespace postmypost::privacy
