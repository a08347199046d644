// Connections that only read, opened when needed and kept: at most four, each lent to one thread at
// a time.
//
// A read is one snapshot and runs at most 1 s, so that it can't keep the write-ahead log from
// starting over. Thread-safe. Errors: DatabaseError, kBusy when the time is over or no connection
// gets free within 5 s.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "storage/sqlite/connection.hpp"

namespace postmypost::storage::sqlite {

class Readers {
 public:
  explicit Readers(std::filesystem::path file) : file_(std::move(file)) {}
  void read(const std::function<void(Transaction&)>& work);

 private:
  std::unique_ptr<Connection> borrow();
  void give_back(std::unique_ptr<Connection> connection);

  const std::filesystem::path file_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> free_;
  int open_ = 0;
};

}  // namespace postmypost::storage::sqlite
