// A PostgreSQL cluster of the test program's own, and databases in it.
//
// It listens on a socket in its folder only, and does not sync to disk unless asked to. It ends with the test
// program, however that ends; a folder that a killed program left is swept by the next one.
#pragma once

#include <string>

#include "support/temporary_folder.hpp"

namespace postmypost::support {

class PostgresqlCluster {
 public:
  PostgresqlCluster();
  ~PostgresqlCluster();
  PostgresqlCluster(const PostgresqlCluster&) = delete;
  PostgresqlCluster& operator=(const PostgresqlCluster&) = delete;

  // The one that all tests of this program share, started at its first use.
  static PostgresqlCluster& shared();

  std::string create_database(const std::string& more = "");  // its address; `more` follows CREATE DATABASE name
  void drop_database(const std::string& address);
  // Runs one statement in the database at `address`; returns the first value of the answer.
  static std::string query(const std::string& address, const std::string& sql);

  std::string address_of(const std::string& database, const std::string& user = "postgres") const;
  void start();
  void kill();  // as a crash would: no checkpoint, every connection cut

 private:
  std::string folder_;
  int lock_ = -1;  // held while the cluster is in use
  int server_ = -1;
  int databases_ = 0;
};

// True when this run of the tests is about PostgreSQL (POSTMYPOST_TEST_STORE=postgresql).
bool tests_postgresql();

}  // namespace postmypost::support
