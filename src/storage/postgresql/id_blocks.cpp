#include "storage/postgresql/id_blocks.hpp"

namespace postmypost::storage::postgresql {
namespace {

constexpr std::int64_t kSize = 1'000;
constexpr std::int64_t kLimit = std::int64_t{1} << 53;  // ids stay exact in JavaScript

}  // namespace

std::int64_t IdBlocks::next(std::string_view name) {
  const std::lock_guard lock(mutex_);
  auto found = blocks_.find(name);
  if (found == blocks_.end()) found = blocks_.emplace(std::string(name), Block{}).first;
  Block& block = found->second;
  if (block.next == block.end) block = take(found->first);
  return block.next++;
}

// An answer that got lost costs a block, never an id twice.
IdBlocks::Block IdBlocks::take(const std::string& name) {
  if (!connection_ || !connection_->is_alive()) {
    connection_.reset();
    connection_ = std::make_unique<Connection>(address_, Role::kWriter);
  }
  std::int64_t end = 0;
  connection_->each(
      "insert into id_block (name, next) values ($1, 1 + $2) on conflict (name) do update set "
      "next = id_block.next + $2 returning next",
      {name, kSize}, [&](const Row& row) { end = row.integer(0); });
  if (end >= kLimit) throw DatabaseError(DatabaseError::Kind::kOther, "no more ids for " + name);
  return {.next = end - kSize, .end = end};
}

}  // namespace postmypost::storage::postgresql
