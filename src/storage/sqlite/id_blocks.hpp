// Ids from blocks of 1,000: `id_block(name, next)` holds the first id that no block has given out.
//
// A block's ids count only once the transaction that took it is durable. When that is rolled back,
// the rest of the block is forgotten, but numbers never go back while the process lives: an id that
// once left `next` is not given again, and after a crash only ids repeat whose rows never existed.
// Belongs to the writer's thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "storage/sqlite/connection.hpp"

namespace postmypost::storage::sqlite {

class IdBlocks {
 public:
  static void create_table(Connection& connection);

  std::int64_t next(Connection& connection, std::string_view name);

  // Where a savepoint begins; `roll_back_to` forgets the blocks taken since.
  std::size_t mark() const { return taken_.size(); }
  void roll_back_to(std::size_t mark);
  void commit() { taken_.clear(); }

 private:
  struct Block {
    std::int64_t next = 1;
    std::int64_t end = 1;
  };
  void take(Connection& connection, const std::string& name, Block& block);

  std::map<std::string, Block, std::less<>> blocks_;
  std::vector<Block*> taken_;  // inside the open transaction, in order
};

}  // namespace postmypost::storage::sqlite
