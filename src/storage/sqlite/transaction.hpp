// What a lambda gets: a connection inside its open transaction.
#pragma once

#include <exception>
#include <functional>
#include <utility>
#include <vector>

#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/id_blocks.hpp"

namespace postmypost::storage::sqlite {

// Refuses everything once a statement has failed, as PostgreSQL does: what is written for the one
// store then holds for the other. And once SQLite has ended the transaction under it: the next
// statement of a lambda that swallowed the failure would commit by itself.
class OpenTransaction : public Transaction {
 public:
  explicit OpenTransaction(Connection& connection) : connection_(connection) {}

  Dialect dialect() const override { return Dialect::kSqlite; }

  std::int64_t execute_with(std::string_view sql,
                            const std::vector<Parameter>& parameters) override {
    return guarded([&] { return connection_.execute(sql, parameters); });
  }
  void each(std::string_view sql, const std::vector<Parameter>& parameters,
            const std::function<void(const Row&)>& use) override {
    guarded([&] { connection_.each(sql, parameters, use); });
  }

  // Of the first statement; null while none failed.
  const std::exception_ptr& failure() const { return failure_; }

 protected:
  Connection& connection() { return connection_; }

 private:
  template <class F>
  std::invoke_result_t<F&> guarded(F f) {
    if (failure_ || !connection_.is_in_transaction()) {
      throw DatabaseError(DatabaseError::Kind::kOther,
                          "the transaction has already been rolled back");
    }
    try {
      return f();
    } catch (const DatabaseError&) {
      if (!failure_) failure_ = std::current_exception();
      throw;
    }
  }

  Connection& connection_;
  std::exception_ptr failure_;
};

class ReadTransaction final : public OpenTransaction {
 public:
  using OpenTransaction::OpenTransaction;
  std::int64_t next_id(std::string_view) override { throw_read_only(); }
  void after_commit(std::function<void()>) override { throw_read_only(); }

 private:
  [[noreturn]] static void throw_read_only() {
    throw DatabaseError(DatabaseError::Kind::kOther, "a read takes no ids and commits nothing");
  }
};

class WriteTransaction final : public OpenTransaction {
 public:
  using Notices = std::vector<std::function<void()>>;
  WriteTransaction(Connection& connection, IdBlocks& ids, Notices& notices)
      : OpenTransaction(connection), ids_(ids), notices_(notices) {}
  std::int64_t next_id(std::string_view table) override { return ids_.next(connection(), table); }
  void after_commit(std::function<void()> notice) override {
    notices_.push_back(std::move(notice));
  }

 private:
  IdBlocks& ids_;
  Notices& notices_;
};

}  // namespace postmypost::storage::sqlite
