#include "storage/sqlite/id_blocks.hpp"

#include <algorithm>

namespace postmypost::storage::sqlite {
namespace {

constexpr std::int64_t kSize = 1'000;
constexpr std::int64_t kLimit = std::int64_t{1} << 53;  // ids stay exact in JavaScript

}  // namespace

void IdBlocks::create_table(Connection& connection) {
  connection.execute(
      "create table if not exists id_block (name text primary key, next bigint not null)");
}

std::int64_t IdBlocks::next(Connection& connection, std::string_view name) {
  auto found = blocks_.find(name);
  if (found == blocks_.end()) found = blocks_.emplace(std::string(name), Block{}).first;
  Block& block = found->second;
  if (block.next == block.end) take(connection, found->first, block);
  return block.next++;
}

void IdBlocks::take(Connection& connection, const std::string& name, Block& block) {
  std::int64_t first = block.next;
  connection.each("select next from id_block where name=$1", {name},
                  [&](const Row& row) { first = std::max(first, row.integer(0)); });
  if (first + kSize >= kLimit)
    throw DatabaseError(DatabaseError::Kind::kOther, "no more ids for " + name);
  connection.execute(
      "insert into id_block (name, next) values ($1, $2) on conflict (name) do update set "
      "next=excluded.next",
      {name, first + kSize});
  taken_.push_back(&block);
  block = {.next = first, .end = first + kSize};
}

void IdBlocks::roll_back_to(std::size_t mark) {
  for (std::size_t i = mark; i < taken_.size(); ++i) taken_[i]->end = taken_[i]->next;
  taken_.resize(mark);
}

}  // namespace postmypost::storage::sqlite
