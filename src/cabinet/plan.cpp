#include "cabinet/plan.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace postmypost::cabinet {
namespace {

using Shape = PlannedColumn::Shape;

// What stays when its person goes is in no erasure plan, but is about the person all the same.
constexpr auto kKept = std::to_array<Belongs>({
    {"acknowledgement", Owner::kPerson, "user_id = $1"},
    {"choice", Owner::kPerson, "user_id = $1"},
    {"disclosure", Owner::kProject, "project_id = $1", {}, true},
    {"disclosure_result", Owner::kPerson, "disclosure_id in (select id from disclosure where user_id = $1)", {}, true},
    {"disclosure_result", Owner::kProject,
     "disclosure_id in (select id from disclosure where project_id = $1 and user_id is null)", {}, true},
});

bool is_file(std::string_view exported) { return exported.ends_with(".json"); }

// A declaration of columns names its words without the table; `use` gets each of them.
template <class F>
void each_column(const privacy::Registry& registry, std::string_view table, F use) {
  for (const PersonalData& room : registry.rooms()) {
    for (const Declared& one : room.declared) {
      if (one.medium == Medium::kColumn && one.table == table) each_word(one.names, [&](std::string_view name) { use(one, name); });
    }
  }
}

// The member that a table goes into: that of its first exported column.
std::string file_of(const privacy::Registry& registry, std::string_view table) {
  std::string file;
  each_column(registry, table, [&](const Declared& one, std::string_view) {
    if (file.empty() && one.personal && is_file(one.personal->exported)) file = one.personal->exported;
  });
  return file;
}

bool is_brought_along(const Declared& one) {
  if (one.personal) return !one.personal->exported.empty();
  return one.reason == Reason::kId || one.reason == Reason::kState || one.reason == Reason::kTime || one.reason == Reason::kMeasure;
}

bool is_time(const Declared& one, std::string_view name) {
  if (!one.personal) return one.reason == Reason::kTime;
  return one.personal->category == Category::kActivity || name == "at" || name.ends_with("_at");
}

const SealedColumn* sealing_of(const privacy::Registry& registry, std::string_view table, std::string_view column) {
  for (const PersonalData& room : registry.rooms()) {
    for (const SealedColumn& one : room.sealed) {
      if (one.table == table && one.column == column) return &one;
    }
  }
  return nullptr;
}

PlannedColumn planned(const privacy::Registry& registry, const Declared& one, const privacy::StoredColumn& stored) {
  PlannedColumn column{.name = stored.name};
  column.is_person = one.personal && one.personal->category == Category::kPersonNumber;
  if (const SealedColumn* sealing = sealing_of(registry, stored.table, stored.name)) {
    column.shape = Shape::kSealed;
    column.category = one.personal->category;
    column.scope = sealing->scope;
    column.row = sealing->row;
    column.owner = sealing->owner;
  } else if (stored.is_number) {
    column.shape = is_time(one, stored.name) ? Shape::kInstant : Shape::kNumber;
  }
  return column;
}

PlannedTable planned(const privacy::Registry& registry, const Belongs& belongs, std::span<const privacy::StoredColumn> stored) {
  PlannedTable table{.table = std::string(belongs.table), .owner = belongs.owner, .condition = std::string(belongs.condition),
                     .walked = belongs.walked, .columns = {}};
  for (const privacy::StoredColumn& column : stored) {
    if (column.table != belongs.table) continue;
    table.has_id = table.has_id || column.name == "id";
    each_column(registry, belongs.table, [&](const Declared& one, std::string_view name) {
      if (name == column.name && is_brought_along(one)) table.columns.push_back(planned(registry, one, column));
    });
  }
  return table;
}

}  // namespace

std::vector<PlannedFile> plan_export(const privacy::Registry& registry, std::span<const privacy::StoredColumn> stored) {
  std::map<std::string, PlannedFile> files;
  const auto add = [&](const Belongs& belongs) {
    const std::string file = file_of(registry, belongs.table);
    if (file.empty()) return;
    files[file].name = file;
    files[file].tables.push_back(planned(registry, belongs, stored));
  };
  for (const PersonalData& room : registry.rooms()) std::ranges::for_each(room.belongs, add);
  std::ranges::for_each(kKept, add);
  std::vector<PlannedFile> plan;
  for (auto& [name, file] : files) plan.push_back(std::move(file));
  return plan;
}

std::vector<std::string> left_out(const privacy::Registry& registry, std::span<const PlannedFile> plan) {
  std::set<std::string> brought;
  for (const PlannedFile& file : plan) {
    for (const PlannedTable& table : file.tables) {
      for (const PlannedColumn& column : table.columns) brought.insert(table.table + "." + column.name);
    }
  }
  std::vector<std::string> found;
  for (const PersonalData& room : registry.rooms()) {
    for (const Declared& one : room.declared) {
      if (one.medium != Medium::kColumn || !one.personal || one.personal->exported.empty()) continue;
      each_word(one.names, [&](std::string_view name) {
        const std::string whole = std::string(one.table) + "." + std::string(name);
        if (!brought.contains(whole)) found.push_back(whole + " is declared for " + std::string(one.personal->exported) + ", and no rows lead there");
      });
    }
  }
  return found;
}

}  // namespace postmypost::cabinet
