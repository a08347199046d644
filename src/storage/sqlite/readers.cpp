#include "storage/sqlite/readers.hpp"

#include <chrono>
#include <utility>

#include "base/log.hpp"
#include "storage/sqlite/transaction.hpp"

namespace postmypost::storage::sqlite {
namespace {

constexpr int kMostReaders = 4;
constexpr std::chrono::seconds kLongestRead{1};
constexpr std::chrono::seconds kLongestWait{5};

}  // namespace

std::unique_ptr<Connection> Readers::borrow() {
  std::unique_lock lock(mutex_);
  const auto is_possible = [this] { return !free_.empty() || open_ < kMostReaders; };
  if (!returned_.wait_for(lock, kLongestWait, is_possible)) {
    throw DatabaseError(DatabaseError::Kind::kBusy, "all readers are in use");
  }
  if (free_.empty()) {
    auto connection = std::make_unique<Connection>(file_, Role::kReader);
    ++open_;
    return connection;
  }
  auto connection = std::move(free_.back());
  free_.pop_back();
  return connection;
}

void Readers::give_back(std::unique_ptr<Connection> connection) {
  connection->set_deadline(Connection::Deadline::max());
  try {
    if (connection->is_in_transaction()) connection->execute("rollback");
  } catch (const DatabaseError& failure) {
    log::warning("storage.reader_dropped", {{"why", failure.what()}});
    connection.reset();
  }
  {
    const std::lock_guard lock(mutex_);
    if (connection) {
      free_.push_back(std::move(connection));
    } else {
      --open_;
    }
  }
  returned_.notify_one();
}

void Readers::read(const std::function<void(Transaction&)>& work) {
  const auto give_back_to = [this](Connection* connection) {
    give_back(std::unique_ptr<Connection>(connection));
  };
  const std::unique_ptr<Connection, decltype(give_back_to)> connection(borrow().release(),
                                                                       give_back_to);
  connection->execute("begin");
  connection->set_deadline(std::chrono::steady_clock::now() + kLongestRead);
  ReadTransaction tx(*connection);
  work(tx);
}

}  // namespace postmypost::storage::sqlite
