// A real database of its own for a test, in the store that this run is about.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "storage/database.hpp"
#include "support/test_store.hpp"

namespace postmypost::storage {

struct OpenDatabase {
  support::TestStore store;
  std::unique_ptr<Database> database = store.open();

  Database& operator*() const { return *database; }
  Database* operator->() const { return database.get(); }
  void reopen() {
    database.reset();
    database = store.open();
  }
  void run(std::string_view sql) const {
    database->write([&](Transaction& tx) { tx.execute(sql); });
  }
  std::int64_t count(std::string_view table) const {
    return database->read([&](Transaction& tx) {
      return *tx.value<std::int64_t>("select count(*) from " + std::string(table));
    });
  }
};

// The kind of the DatabaseError that `f` throws; nothing when it throws none.
template <class F>
std::optional<DatabaseError::Kind> failure_of(F f) {
  try {
    f();
  } catch (const DatabaseError& failure) {
    return failure.kind();
  }
  return std::nullopt;
}

}  // namespace postmypost::storage
