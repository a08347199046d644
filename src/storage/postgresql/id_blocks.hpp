// Ids from blocks of 1,000, each taken in a transaction of its own: `id_block(name, next)` holds the first
// id that no process has taken. So no write that rolls back can bring a block back, and the rest of a block
// is lost when its process ends. Thread-safe. Errors: DatabaseError, kLost when the server is away; then
// nothing was given.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "storage/postgresql/connection.hpp"

namespace postmypost::storage::postgresql {

class IdBlocks {
 public:
  // `connection` is used by nobody else; a new one to `address` follows when it is lost.
  IdBlocks(std::string address, std::unique_ptr<Connection> connection)
      : address_(std::move(address)), connection_(std::move(connection)) {}

  std::int64_t next(std::string_view name);

 private:
  struct Block {
    std::int64_t next = 0;
    std::int64_t end = 0;
  };
  Block take(const std::string& name);

  const std::string address_;
  std::mutex mutex_;
  std::unique_ptr<Connection> connection_;
  std::map<std::string, Block, std::less<>> blocks_;
};

}  // namespace postmypost::storage::postgresql
