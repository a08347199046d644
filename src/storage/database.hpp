// One database under every store: transactions on a single writer, reads beside it.
//
// SQL is in the common dialect of SQLite 3.40 and PostgreSQL 15 with $1 parameters, prepared once
// per connection; texts are UTF-8 without NUL. Writes run on the store's own threads, each inside
// its own savepoint of a group commit or in a transaction of its own; the caller gets the result
// only after COMMIT is durable. A write may run again (busy, lost connection), so it touches nothing
// but its transaction; it takes at most about 5 ms. Nothing is awaited inside one.
//
// In SQLite one thread writes. In PostgreSQL the writes of people run side by side, SERIALIZABLE, so
// that each may be written as if it were alone; those of the engine share one connection, READ
// COMMITTED: what an engine write decides on, it locks or compares in the statement that changes it.
// People's writes are serialized among themselves only: what a person and the engine both decide
// about must be a row that both write.
//
// Thread-safe, except Transaction and Rows, which belong to the lambda that got them.
// Errors of a correct program come back as values from the lambda: a Result that holds an error
// rolls its own savepoint back. Everything else throws DatabaseError and rolls back. A statement that
// failed ends its write: the store refuses further ones, and the write fails even if the lambda
// swallowed the failure.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace postmypost::storage {

struct Blob {
  std::string bytes;
};
using Parameter = std::variant<std::nullptr_t, std::int64_t, double, std::string, Blob>;

class DatabaseError : public std::runtime_error {
 public:
  enum class Kind {
    kUnique,
    kForeignKey,
    kCheck,
    kBusy,
    kFull,
    kIo,
    kCorrupt,
    kLost,     // the server could not be reached or went away: for certain nothing was committed
    kUnknown,  // COMMIT was sent and its answer never came: the write is durable as a whole or not at
               // all, and only reading tells which; never done again by the store
    kOther
  };
  DatabaseError(Kind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  Kind kind() const { return kind_; }  // texts never hold bound values

 private:
  Kind kind_;
};

// One result row; columns count from 0.
class Row {
 public:
  virtual ~Row() = default;
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual double real(int column) const = 0;
  virtual std::string text(int column) const = 0;
  virtual std::string blob(int column) const = 0;

  // Get<T>: integral types, bool, double, std::string, Blob, Instant, and std::optional of these.
  // Throws DatabaseError on an unexpected NULL.
  template <class T>
  T get(int column) const;
};

enum class Dialect { kSqlite, kPostgresql };

// What a lambda may do with the database. `to_parameter` accepts the types of Row::get.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // For the few statements that can't be the same in both, above all row locks.
  virtual Dialect dialect() const = 0;

  template <class... A>
  std::int64_t execute(std::string_view sql, const A&... arguments) {  // rows affected
    return execute_with(sql, {to_parameter(arguments)...});
  }
  template <class... Columns, class... A>
  std::vector<std::tuple<Columns...>> rows(std::string_view sql, const A&... arguments);
  template <class... Columns, class... A>
  std::optional<std::tuple<Columns...>> row(std::string_view sql, const A&... arguments);
  template <class T, class... A>
  std::optional<T> value(std::string_view sql,
                         const A&... arguments);  // first column of the first row

  virtual std::int64_t execute_with(std::string_view sql,
                                    const std::vector<Parameter>& parameters) = 0;
  virtual void each(std::string_view sql, const std::vector<Parameter>& parameters,
                    const std::function<void(const Row&)>& use) = 0;

  // One statement for many rows of parameters; a single round trip where the store is a server.
  // Returns the rows affected by each; the first failure is thrown and the rest not executed.
  virtual std::vector<std::int64_t> execute_each(std::string_view sql,
                                                 const std::vector<std::vector<Parameter>>& rows) {
    std::vector<std::int64_t> affected;
    affected.reserve(rows.size());
    for (const auto& row : rows) affected.push_back(execute_with(sql, row));
    return affected;
  }
  // A row for execute_each.
  template <class... A>
  static std::vector<Parameter> parameters(const A&... arguments) {
    return {to_parameter(arguments)...};
  }

  // A new id of `table` from its block: unique for ever, below 2^53, gaps are normal.
  virtual std::int64_t next_id(std::string_view table) = 0;

  // Runs `notice` on the thread that wrote after this write is durable; never when it rolls back, or
  // when nobody knows. Short, no throw; notices of several writes may run at once.
  virtual void after_commit(std::function<void()> notice) = 0;

  static Parameter to_parameter(std::nullptr_t) { return nullptr; }
  static Parameter to_parameter(const Blob& v) { return v; }
  static Parameter to_parameter(const std::string& v) { return v; }
  static Parameter to_parameter(std::string_view v) { return std::string(v); }
  static Parameter to_parameter(const char* v) { return std::string(v); }
  static Parameter to_parameter(Instant v) { return v.us; }
  static Parameter to_parameter(double v) { return v; }
  template <class T>
    requires std::is_integral_v<T>
  static Parameter to_parameter(T v) {
    return static_cast<std::int64_t>(v);
  }
  template <class T>
  static Parameter to_parameter(const std::optional<T>& v) {
    return v ? to_parameter(*v) : Parameter(nullptr);
  }
};

// The two lines at the writer, so that a flood of one does not starve the other.
enum class Queue { kPeople, kEngine };

class Database {
 public:
  virtual ~Database() = default;

  // Runs `work(Transaction&)` and waits until it is durable. Returns what `work` returned.
  template <class F>
  auto write(F work, Queue queue = Queue::kPeople) -> std::invoke_result_t<F&, Transaction&>;
  // `work` returns true to keep its savepoint, false to roll it back. Not from inside another write.
  virtual void write_with(Queue queue, const std::function<bool(Transaction&)>& work) = 0;

  // The same without waiting: `done` runs on the thread that wrote, after COMMIT (or with the
  // failure). `work` returns true to keep its savepoint, false to roll it back (still a success).
  virtual void submit(Queue queue, std::function<bool(Transaction&)> work,
                      std::function<void(std::exception_ptr)> done) = 0;

  // Runs `work()` as one write: what it writes and reads through this database, wherever in the program, joins one
  // transaction, which becomes durable as a whole or not at all. A result without a value rolls all of it back, and so does
  // a joined write that failed, whatever `work` made of it. Like every write it may run again and takes little time.
  template <class F>
  auto as_one(F work) -> std::invoke_result_t<F&>;

  // Runs `work` on a reader connection in the calling thread: one consistent snapshot, no writes,
  // at most 1 s.
  template <class F>
  auto read(F work) -> std::invoke_result_t<F&, Transaction&>;
  virtual void read_with(const std::function<void(Transaction&)>& work) = 0;

  // After an erasure: rows that ended leave the write-ahead log too. In SQLite nothing of them is in any file then (the pages
  // themselves are overwritten, secure_delete); false when a reader held the log for too long. A server's files
  // are its own business: vacuum and the life of its archive.
  virtual bool sweep() { return true; }

  // Free bytes where the database lives fall short of the reserve: writes of people are refused.
  virtual bool is_full() const = 0;
};

// Opens (creating with mode 0600) DATA/postmypost.sqlite: WAL, synchronous=FULL, foreign keys,
// secure_delete, one writer thread with group commit, own checkpointer. Throws DatabaseError.
std::unique_ptr<Database> open_sqlite(const std::filesystem::path& file);

struct PostgresqlOptions {
  std::string address;  // URL or key=value words of libpq
  int people = 4;       // connections that write for people; the engine and the ids have one each
  int readers = 4;      // at most, opened when needed
  // How long a write waits for a server that is away, and is run again when others were faster.
  std::chrono::milliseconds patience{10'000};
};
// Opens a database of PostgreSQL 15 or newer, whose tables this user may create. Commits are as
// durable as the server's own synchronous_commit says. Errors: `storage.unreachable`,
// `storage.server_too_old`, `storage.not_utf8`, `storage.no_rights`; DatabaseError for what else
// fails.
Result<std::unique_ptr<Database>> open_postgresql(const PostgresqlOptions& options);

// No id of `table` is below `at_least` from now on. Only before this process took any: at its start.
void raise_ids(Database& database, std::string_view table, std::int64_t at_least);

// Numbered SQL of the rooms, forward only. `version` counts over the whole program.
struct Migration {
  int version;
  std::string_view room;
  std::string_view sql;  // statements separated by ';'
};
// Applies what is missing, each in its own transaction, and remembers version and SHA-256 of the
// text. Returns how many it applied. A text has no triggers: it is cut at every ';' outside quotes
// and comments. Errors: `storage.newer_database` (made by a newer program),
// `storage.migration_changed`.
Result<int> migrate(Database& database, const std::vector<Migration>& migrations, Instant now);

}  // namespace postmypost::storage

#include "storage/database_templates.hpp"
