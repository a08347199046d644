// Connections that only read, opened when needed and kept, each lent to one thread at a time.
//
// A read is one snapshot and runs at most about 1 s. Thread-safe. Errors: DatabaseError, kBusy when the time is
// over or no connection gets free within 5 s, kLost when the server is away: a read is not run again.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "storage/postgresql/connection.hpp"

namespace postmypost::storage::postgresql {

class Readers {
 public:
  Readers(std::string address, int most) : address_(std::move(address)), most_(most) {}
  void read(const std::function<void(Transaction&)>& work);

 private:
  std::unique_ptr<Connection> borrow();
  void give_back(std::unique_ptr<Connection> connection);

  const std::string address_;
  const int most_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> free_;
  int lent_ = 0;
};

}  // namespace postmypost::storage::postgresql
