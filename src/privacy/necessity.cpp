#include "privacy/necessity.hpp"

#include <fmt/core.h>

namespace postmypost::privacy {
namespace {

using storage::Transaction;

std::string purposes_of(Category category) {
  std::string all;
  for (const Ground& ground : kGrounds) {
    if (ground.category == category) all += (all.empty() ? "" : ", ") + std::string(to_string(ground.purpose));
  }
  return all;
}

// An emptied value counts as none, as retention leaves it.
std::int64_t held_in(Transaction& tx, std::string_view table, const std::string& column) {
  const std::string sql = "select count(*) from " + std::string(table) + " where " + column + " is not null and " +
                          (tx.dialect() == storage::Dialect::kSqlite ? "cast(" + column + " as blob) <> x''"
                                                                     : column + "::text not in ('', '\\x')");
  return tx.value<std::int64_t>(sql).value_or(0);
}

void add_columns(Transaction& tx, const Declared& one, std::vector<HeldValues>& all) {
  const std::string table(one.table);
  const std::int64_t rows = tx.value<std::int64_t>("select count(*) from " + table).value_or(0);
  each_word(one.names, [&](std::string_view name) {
    if (name == "*") return;
    all.push_back({.column = table + "." + std::string(name),
                   .personal = &*one.personal,
                   .rows = rows,
                   .held = held_in(tx, one.table, std::string(name))});
  });
}

bool is_here(Transaction& tx, std::string_view table) {
  return tx.dialect() == storage::Dialect::kSqlite
             ? tx.value<int>("select 1 from sqlite_master where type='table' and name=$1", table).has_value()
             : tx.value<bool>("select to_regclass($1) is not null", table).value_or(false);
}

}  // namespace

std::vector<HeldValues> held_values(storage::Database& database, const Registry& registry) {
  std::vector<HeldValues> all;
  for (const PersonalData& room : registry.rooms()) {
    for (const Declared& one : room.declared) {
      if (one.medium != Medium::kColumn || !one.personal) continue;
      // A write, because a reader ends after a second; it changes nothing.
      database.write([&](Transaction& tx) {
        if (is_here(tx, one.table)) add_columns(tx, one, all);
      });
    }
  }
  return all;
}

std::string necessity_report(const std::vector<HeldValues>& held) {
  std::string page = "| column | rows | with a value | for | until |\n| --- | --- | --- | --- | --- |\n", empty, unenforced;
  for (const HeldValues& one : held) {
    const RetentionFacts& rule = facts_of(one.personal->retention);
    const std::string days = rule.days > 0 ? fmt::format(", {} days", rule.days) : "";
    page += fmt::format("| {} | {} | {} | {} | {}{} |\n", one.column, one.rows, one.held, purposes_of(one.personal->category),
                        rule.code, days);
    if (one.rows > 0 && one.held == 0) empty += fmt::format("- {}\n", one.column);
    if (!rule.in_force && one.held > 0) unenforced += fmt::format("- {} ({})\n", one.column, rule.code);
  }
  page += "\nHeld by no row, although the table has rows. Is it still needed?\n" + (empty.empty() ? "- nothing\n" : empty);
  page += "\nKept by a rule that nothing enforces yet:\n" + (unenforced.empty() ? "- nothing\n" : unenforced);
  return page;
}

}  // namespace postmypost::privacy
