#include "tape.hpp"

#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <stdexcept>

#include "usage.hpp"

namespace postmypost::bench {

using storage::Parameter;
using storage::Transaction;

class RecordedTransaction final : public Transaction {
 public:
  RecordedTransaction(Recorder& recorder, Transaction& inner, bool writes)
      : recorder_(recorder), inner_(inner), writes_(writes) {}

  storage::Dialect dialect() const override { return inner_.dialect(); }
  std::int64_t execute_with(std::string_view sql, const std::vector<Parameter>& parameters) override {
    note(sql, {parameters});
    return inner_.execute_with(sql, parameters);
  }
  void each(std::string_view sql, const std::vector<Parameter>& parameters,
            const std::function<void(const storage::Row&)>& use) override {
    note(sql, {parameters});
    inner_.each(sql, parameters, use);
  }
  std::vector<std::int64_t> execute_each(std::string_view sql, const std::vector<std::vector<Parameter>>& rows) override {
    note(sql, rows);
    return inner_.execute_each(sql, rows);
  }
  std::int64_t next_id(std::string_view table) override { return inner_.next_id(table); }
  void after_commit(std::function<void()> notice) override { inner_.after_commit(std::move(notice)); }

 private:
  void note(std::string_view sql, std::vector<std::vector<Parameter>> rows) {
    writes_ ? recorder_.note(sql, std::move(rows)) : recorder_.note_read(sql);
  }

  Recorder& recorder_;
  Transaction& inner_;
  bool writes_;
};

void Recorder::write_with(storage::Queue queue, const std::function<bool(Transaction&)>& work) {
  database_.write_with(queue, [&](Transaction& tx) {
    RecordedTransaction recorded(*this, tx, true);
    return work(recorded);
  });
}

void Recorder::submit(storage::Queue queue, std::function<bool(Transaction&)> work,
                      std::function<void(std::exception_ptr)> done) {
  database_.submit(
      queue,
      [this, work = std::move(work)](Transaction& tx) {
        RecordedTransaction recorded(*this, tx, true);
        return work(recorded);
      },
      [this, done = std::move(done)](std::exception_ptr failure) {
        note_commit();
        done(std::move(failure));
      });
}

void Recorder::read_with(const std::function<void(Transaction&)>& work) {
  {
    const std::lock_guard lock(mutex_);
    ++tape_.snapshots;
  }
  database_.read_with([&](Transaction& tx) {
    RecordedTransaction recorded(*this, tx, false);
    work(recorded);
  });
}

void Recorder::note(std::string_view sql, std::vector<std::vector<Parameter>> rows) {
  const std::lock_guard lock(mutex_);
  auto found = numbers_.find(sql);
  if (found == numbers_.end()) {
    found = numbers_.emplace(std::string(sql), static_cast<std::uint32_t>(tape_.texts.size())).first;
    tape_.texts.emplace_back(sql);
  }
  open_.push_back({found->second, std::move(rows)});
}

void Recorder::note_read(std::string_view sql) {
  const std::lock_guard lock(mutex_);
  ++tape_.reads[std::string(sql)];
}

// The writer tells all works of a commit after it, so the first of them ends the transaction.
void Recorder::note_commit() {
  const std::lock_guard lock(mutex_);
  if (!open_.empty()) tape_.commits.push_back(std::exchange(open_, {}));
}

Tape Recorder::take() {
  const std::lock_guard lock(mutex_);
  numbers_.clear();
  open_.clear();
  return std::exchange(tape_, {});
}

namespace {

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;

void demand(bool is_so, sqlite3* db) {
  if (!is_so) throw std::runtime_error(std::string("the replay: ") + sqlite3_errmsg(db));
}

void run(sqlite3* db, const char* sql) { demand(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK, db); }

void bind(sqlite3_stmt* to, int at, const Parameter& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    sqlite3_bind_int64(to, at, *integer);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    sqlite3_bind_text64(to, at, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  } else if (const auto* blob = std::get_if<storage::Blob>(&value)) {
    sqlite3_bind_blob64(to, at, blob->bytes.data(), blob->bytes.size(), SQLITE_STATIC);
  } else if (const auto* real = std::get_if<double>(&value)) {
    sqlite3_bind_double(to, at, *real);
  }
}

struct Ready {
  Prepared statement;
  std::vector<std::size_t> numbers;  // of its parameters: "$3" stands where SQLite counts another
};

Ready prepare(sqlite3* db, const std::string& sql) {
  sqlite3_stmt* made = nullptr;
  demand(sqlite3_prepare_v3(db, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr) == SQLITE_OK, db);
  Ready ready{.statement = Prepared(made), .numbers = {}};
  for (int i = 1; i <= sqlite3_bind_parameter_count(made); ++i) {
    ready.numbers.push_back(std::stoul(sqlite3_bind_parameter_name(made, i) + 1) - 1);
  }
  return ready;
}

void execute(sqlite3* db, Ready& ready, const std::vector<Parameter>& row) {
  for (std::size_t i = 0; i < ready.numbers.size(); ++i) {
    bind(ready.statement.get(), static_cast<int>(i) + 1, row[ready.numbers[i]]);
  }
  int code = SQLITE_ROW;
  while (code == SQLITE_ROW) code = sqlite3_step(ready.statement.get());
  demand(code == SQLITE_DONE, db);
  sqlite3_reset(ready.statement.get());
  sqlite3_clear_bindings(ready.statement.get());
}

bool is_write(std::string_view sql) { return !sql.starts_with("select"); }

template <class Work>
Replayed timed(Work work) {
  const auto begin = std::chrono::steady_clock::now();
  const double cpu = thread_cpu_seconds();
  work();
  return {.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
          .cpu_seconds = thread_cpu_seconds() - cpu};
}

}  // namespace

Replayed replay(const Tape& tape, const std::filesystem::path& sqlite_file) {
  sqlite3* opened = nullptr;
  demand(sqlite3_open_v2(sqlite_file.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) == SQLITE_OK, opened);
  const std::unique_ptr<sqlite3, CloseDatabase> db(opened);
  for (const char* pragma : {"pragma journal_mode=wal", "pragma synchronous=full", "pragma foreign_keys=on",
                             "pragma secure_delete=on", "pragma cache_size=-2000", "pragma wal_autocheckpoint=0"}) {
    run(opened, pragma);
  }
  std::vector<Ready> statements;
  for (const std::string& text : tape.texts) statements.push_back(prepare(opened, text));
  return timed([&] {
    for (const auto& commit : tape.commits) {
      run(opened, "begin immediate");
      for (const Statement& statement : commit) {
        for (const auto& row : statement.rows) execute(opened, statements[statement.sql], row);
      }
      run(opened, "commit");
    }
  });
}

Replayed replay(const Tape& tape, storage::Database& database) {
  return timed([&] {
    for (const auto& commit : tape.commits) {
      database.write_with(storage::Queue::kEngine, [&](Transaction& tx) {
        for (const Statement& statement : commit) {
          const std::string& sql = tape.texts[statement.sql];
          if (is_write(sql)) {
            tx.execute_each(sql, statement.rows);
          } else {
            for (const auto& row : statement.rows) tx.each(sql, row, [](const storage::Row&) {});
          }
        }
        return true;
      });
    }
  });
}

}  // namespace postmypost::bench
