// What the engine asked of its database, and how fast the bare store does the same.
//
// `Recorder` stands in front of a database and writes down every statement of every write with its parameters, in the order
// of execution, and where each group commit ended. A replay runs the tape against the same rows as before the run: the same
// statements, the same number in one transaction, the same schema, full durability, and nothing else. Its rate is the
// physical limit that the engine's rate is held against. On SQLite it is SQLite's own C API that replays; on PostgreSQL the
// store itself, one round trip for each statement of many rows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "storage/database.hpp"

namespace postmypost::bench {

struct Statement {
  std::uint32_t sql = 0;  // in Tape::texts
  std::vector<std::vector<storage::Parameter>> rows;  // several when it was one statement for many rows
};

struct Tape {
  std::vector<std::string> texts;
  std::vector<std::vector<Statement>> commits;  // the statements of each transaction
  std::map<std::string, std::int64_t> reads;    // how often each text was run outside writes
  std::int64_t snapshots = 0;                   // read transactions
};

class Recorder final : public storage::Database {
 public:
  explicit Recorder(storage::Database& database) : database_(database) {}

  void write_with(storage::Queue queue, const std::function<bool(storage::Transaction&)>& work) override;
  void submit(storage::Queue queue, std::function<bool(storage::Transaction&)> work,
              std::function<void(std::exception_ptr)> done) override;
  void read_with(const std::function<void(storage::Transaction&)>& work) override;
  bool is_full() const override { return database_.is_full(); }

  Tape take();

 private:
  friend class RecordedTransaction;
  void note(std::string_view sql, std::vector<std::vector<storage::Parameter>> rows);
  void note_read(std::string_view sql);
  void note_commit();

  storage::Database& database_;
  std::mutex mutex_;
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
  std::vector<Statement> open_;
  Tape tape_;
};

struct Replayed {
  double seconds = 0;      // of the wall clock, commits included
  double cpu_seconds = 0;  // of this thread
};
Replayed replay(const Tape& tape, const std::filesystem::path& sqlite_file);
Replayed replay(const Tape& tape, storage::Database& database);

}  // namespace postmypost::bench
