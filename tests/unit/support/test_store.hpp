// The store of one test: SQLite in a folder of its own, or with POSTMYPOST_TEST_STORE=postgresql a fresh
// database of the test program's cluster.
#pragma once

#include <memory>
#include <stdexcept>

#include "storage/database.hpp"
#include "support/postgresql.hpp"
#include "support/temporary_folder.hpp"

namespace postmypost::support {

class TestStore {
 public:
  TestStore() {
    if (tests_postgresql()) address_ = PostgresqlCluster::shared().create_database();
  }
  ~TestStore() {
    if (!address_.empty()) PostgresqlCluster::shared().drop_database(address_);
  }
  TestStore(const TestStore&) = delete;
  TestStore& operator=(const TestStore&) = delete;

  // As often as wanted: the same data. Databases are closed before the store goes.
  std::unique_ptr<storage::Database> open() const {
    if (address_.empty()) return storage::open_sqlite(folder / "test.sqlite");
    auto opened = storage::open_postgresql({.address = address_});
    if (!opened) throw std::runtime_error(opened.error().detail);
    return std::move(*opened);
  }
  const std::string& address() const { return address_; }

  TemporaryFolder folder;

 private:
  std::string address_;
};

}  // namespace postmypost::support
