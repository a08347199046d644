#include "privacy/registry.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace postmypost::privacy {
namespace {

constexpr std::string_view kEveryColumn = "*";

// Each declared column by "table.column"; whole tables by "table.*".
std::map<std::string, const Declared*> declared_columns(const std::vector<PersonalData>& rooms) {
  std::map<std::string, const Declared*> all;
  for (const PersonalData& room : rooms) {
    for (const Declared& one : room.declared) {
      if (one.medium != Medium::kColumn) continue;
      for (std::string& name : full_names(one)) all.emplace(std::move(name), &one);
    }
  }
  return all;
}

std::string doubt_about(const Personal& personal) {
  if (personal.exported.empty() && personal.note.empty()) return "is not exported and does not say why";
  if (personal.erasure == Erasure::kKeep && personal.note.empty())
    return "is kept when its person goes and does not say why";
  if ((personal.kept == Kept::kSealed) != (personal.erasure == Erasure::kShredKey)) {
    return "is erased with its key exactly when it is sealed";
  }
  const bool is_for_something =
      std::ranges::any_of(kGrounds, [&](const Ground& ground) { return ground.category == personal.category; });
  return is_for_something ? "" : "has no purpose";
}

}  // namespace

std::vector<std::string> full_names(const Declared& declared) {
  std::vector<std::string> names;
  each_word(declared.names, [&](std::string_view name) {
    names.push_back(declared.table.empty() ? std::string(name) : std::string(declared.table) + "." + std::string(name));
  });
  return names;
}

std::vector<StoredColumn> columns_of(storage::Transaction& tx) {
  const bool is_sqlite = tx.dialect() == storage::Dialect::kSqlite;
  const auto rows = tx.rows<std::string, std::string, std::string>(
      is_sqlite ? "select m.name, c.name, lower(c.type) from sqlite_master m join pragma_table_info(m.name) c "
                  "where m.type='table' and m.name not like 'sqlite\\_%' escape '\\' order by m.name, c.cid"
                : "select table_name::text, column_name::text, data_type::text from information_schema.columns "
                  "where table_schema=current_schema() order by table_name, ordinal_position");
  std::vector<StoredColumn> all;
  for (const auto& [table, column, type] : rows) {
    all.push_back({table, column, type == "blob" || type == "bytea", type == "bigint" || type == "integer"});
  }
  return all;
}

namespace {

// Rotation, checks and exports go by the list of sealed columns, so it names exactly the declared ones.
void compare_sealed(const PersonalData& room, std::vector<std::string>& found) {
  std::set<std::string> listed, declared;
  for (const SealedColumn& one : room.sealed) listed.insert(std::string(one.table) + "." + std::string(one.column));
  for (const Declared& one : room.declared) {
    if (one.medium != Medium::kColumn || !one.personal || one.personal->kept != Kept::kSealed) continue;
    for (std::string& name : full_names(one)) declared.insert(std::move(name));
  }
  for (const std::string& name : declared) {
    if (!listed.contains(name)) found.push_back(name + " is declared sealed but not listed with its key");
  }
}

// Whoever stores about people says whose it is: erasure and export find rows by that only.
void find_ownerless(const PersonalData& room, std::vector<std::string>& found) {
  for (const Declared& one : room.declared) {
    if (one.medium != Medium::kColumn || !one.personal) continue;
    const bool is_ours = one.personal->retention == Retention::kServer || one.personal->erasure == Erasure::kKeep;
    const bool has_owner = std::ranges::any_of(room.belongs, [&](const Belongs& b) { return b.table == one.table; });
    if (!is_ours && !has_owner) found.push_back(full_names(one).front() + " does not say whose it is");
  }
}

// A table without an index to its owner is read piece by piece, by its ids (privacy/pieces.hpp).
void find_unwalkable(const PersonalData& room, std::vector<std::string>& found) {
  for (const Belongs& one : room.belongs) {
    const bool has_ids = std::ranges::any_of(room.declared, [&](const Declared& declared) {
      return declared.medium == Medium::kColumn && declared.table == one.table &&
             (declared.names == kEveryColumn || declares(std::span(&declared, 1), Medium::kColumn, "id"));
    });
    if (one.walked && !has_ids) found.push_back(std::string(one.table) + " is walked but has no id");
  }
}

}  // namespace

std::vector<std::string> Registry::contradictions() const {
  std::vector<std::string> found;
  std::set<std::string> seen;
  for (const PersonalData& room : rooms_) {
    compare_sealed(room, found);
    find_ownerless(room, found);
    find_unwalkable(room, found);
    for (const Declared& one : room.declared) {
      for (const std::string& name : full_names(one)) {
        if (!seen.insert(std::string(to_string(one.medium)) + " " + name).second)
          found.push_back(name + " is declared twice");
        if (!one.personal) continue;
        if (const std::string doubt = doubt_about(*one.personal); !doubt.empty()) found.push_back(name + " " + doubt);
      }
    }
  }
  return found;
}

std::vector<SealedColumn> Registry::sealed_columns() const {
  std::vector<SealedColumn> all;
  for (const PersonalData& room : rooms_) all.insert(all.end(), room.sealed.begin(), room.sealed.end());
  return all;
}

std::vector<std::string> Registry::differences(std::span<const StoredColumn> stored) const {
  std::vector<std::string> found;
  std::map<std::string, const Declared*> missing = declared_columns(rooms_);
  const auto declared = missing;
  for (const StoredColumn& column : stored) {
    const std::string whole = column.table + "." + std::string(kEveryColumn), name = column.table + "." + column.name;
    missing.erase(whole);
    missing.erase(name);
    const auto one = declared.find(name);
    if (one == declared.end() && !declared.contains(whole)) {
      found.push_back(name + " is not declared: add it to personal_data.cpp of the room that has the table");
    } else if (one != declared.end() && one->second->personal && one->second->personal->kept == Kept::kSealed &&
               !column.is_bytes) {
      found.push_back(name + " is declared sealed but holds no bytes");
    }
  }
  for (const auto& [name, one] : missing) found.push_back(name + " is declared but does not exist");
  return found;
}

}  // namespace postmypost::privacy
