// Which read a thread is in: a read inside a read of the same database joins it, sees the same snapshot and costs no other.
#pragma once

#include "storage/database.hpp"

namespace postmypost::storage {

// Stands on the stack of the read that it names; what it names is found by this thread only.
class OpenRead {
 public:
  OpenRead(const Database& database, Transaction& transaction)
      : database_(database), transaction_(transaction), outer_(innermost_) {
    innermost_ = this;
  }
  ~OpenRead() { innermost_ = outer_; }
  OpenRead(const OpenRead&) = delete;
  OpenRead& operator=(const OpenRead&) = delete;

  // Null when the thread is in no read of `database`.
  static Transaction* of(const Database& database) {
    for (const OpenRead* read = innermost_; read; read = read->outer_) {
      if (&read->database_ == &database) return &read->transaction_;
    }
    return nullptr;
  }

 private:
  const Database& database_;
  Transaction& transaction_;
  const OpenRead* outer_;
  inline static thread_local const OpenRead* innermost_ = nullptr;
};

}  // namespace postmypost::storage
