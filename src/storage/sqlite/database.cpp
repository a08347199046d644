#include "storage/database.hpp"

#include <future>

#include "base/log.hpp"
#include "storage/disk/space.hpp"
#include "storage/open_read.hpp"
#include "storage/sqlite/checkpointer.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/readers.hpp"
#include "storage/sqlite/writer.hpp"

namespace postmypost::storage {
namespace {

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(const std::filesystem::path& file)
      : folder_(file.parent_path().empty() ? "." : file.parent_path()),
        connection_(file, sqlite::Role::kWriter),
        readers_(file),
        threads_(std::make_unique<Threads>(connection_, file)) {}

  ~SqliteDatabase() override {
    threads_.reset();
    try {
      connection_.checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
    } catch (const DatabaseError& failure) {  // the log stays and is read at the next start
      log::warning("storage.last_checkpoint_failed", {{"why", failure.what()}});
    }
  }

  void submit(Queue queue, std::function<bool(Transaction&)> work,
              std::function<void(std::exception_ptr)> done) override {
    threads_->writer.submit(queue, std::move(work), std::move(done));
  }

  void write_with(Queue queue, const std::function<bool(Transaction&)>& work) override {
    if (threads_->writer.is_this_thread())
      throw std::logic_error("a write waits for a write on the writer's thread");
    // Shared: the writer may still be inside set_value when the caller wakes and leaves.
    const auto finished = std::make_shared<std::promise<void>>();
    threads_->writer.submit(queue, std::cref(work), [finished](const std::exception_ptr& failure) {
      failure ? finished->set_exception(failure) : finished->set_value();
    });
    finished->get_future().get();
  }

  void read_with(const std::function<void(Transaction&)>& work) override {
    if (Transaction* open = OpenRead::of(*this)) return work(*open);
    readers_.read([&](Transaction& tx) {
      const OpenRead here(*this, tx);
      work(tx);
    });
  }

  bool sweep() override { return threads_->checkpointer.cut(); }

  bool is_full() const override { return is_short_of_space(folder_); }

 private:
  struct Threads {
    Threads(sqlite::Connection& connection, const std::filesystem::path& file)
        : checkpointer(file), writer(connection, checkpointer) {}
    sqlite::Checkpointer checkpointer;
    sqlite::Writer writer;  // ends first
  };

  const std::filesystem::path folder_;
  sqlite::Connection connection_;
  sqlite::Readers readers_;
  std::unique_ptr<Threads> threads_;
};

}  // namespace

std::unique_ptr<Database> open_sqlite(const std::filesystem::path& file) {
  return std::make_unique<SqliteDatabase>(file);
}

}  // namespace postmypost::storage
