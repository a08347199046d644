// Moves the write-ahead log into the database file on its own thread, so that no commit pays for
// it.
//
// After growth it checkpoints every 200 ms (PASSIVE: it waits for nobody) until everything is
// moved, and sleeps while nothing is written. A log that readers keep from starting over is cut by
// the writer: `restart_if_large`. Thread-safe.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "storage/sqlite/connection.hpp"

namespace postmypost::storage::sqlite {

class Checkpointer {
 public:
  explicit Checkpointer(const std::filesystem::path& file);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // The writer has committed.
  void wake();
  // Moves everything and empties the log's file. False when readers or writers left no moment for it within five seconds.
  bool cut();
  // Between the writer's transactions: waits for the readers once when the log has grown to 64 MB.
  void restart_if_large(Connection& writer);

 private:
  void run();
  bool move_what_is_there();

  Connection connection_;
  std::mutex checkpointing_;  // the thread's and the writer's checkpoint exclude each other
  int restart_at_;            // frames; the writer's thread only

  std::mutex mutex_;
  std::condition_variable changed_;
  bool grown_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace postmypost::storage::sqlite
