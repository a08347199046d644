#include "storage/postgresql/readers.hpp"

#include <chrono>
#include <utility>

#include "storage/postgresql/transaction.hpp"

namespace postmypost::storage::postgresql {
namespace {

constexpr std::chrono::seconds kLongestRead{1};
constexpr std::chrono::seconds kLongestWait{5};

}  // namespace

// Null when a new connection is to be opened.
std::unique_ptr<Connection> Readers::borrow() {
  std::unique_lock lock(mutex_);
  if (!returned_.wait_for(lock, kLongestWait, [this] { return lent_ < most_; }))
    throw DatabaseError(DatabaseError::Kind::kBusy, "all readers are in use");
  ++lent_;
  if (free_.empty()) return nullptr;
  auto connection = std::move(free_.back());
  free_.pop_back();
  return connection;
}

void Readers::give_back(std::unique_ptr<Connection> connection) {
  if (connection) {
    connection->set_deadline(Connection::Deadline::max());
    connection->roll_back();
  }
  {
    const std::lock_guard lock(mutex_);
    --lent_;
    if (connection && !connection->is_lost()) free_.push_back(std::move(connection));
  }
  returned_.notify_one();
}

void Readers::read(const std::function<void(Transaction&)>& work) {
  struct Lent {
    Readers& from;
    std::unique_ptr<Connection> connection = from.borrow();
    ~Lent() { from.give_back(std::move(connection)); }
  } lent{*this};
  if (!lent.connection || !lent.connection->is_alive()) {
    lent.connection.reset();
    lent.connection = std::make_unique<Connection>(address_, Role::kReader);
  }
  lent.connection->begin("begin isolation level repeatable read read only");
  lent.connection->set_deadline(std::chrono::steady_clock::now() + kLongestRead);
  ReadTransaction tx(*lent.connection);
  work(tx);
}

}  // namespace postmypost::storage::postgresql
