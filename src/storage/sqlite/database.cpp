#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>

#include "storage/sqlite/writer.hpp"

namespace postmypost::storage {
namespace sqlite {
namespace {

constexpr int kReaders = 3;
constexpr auto kReadLimit = seconds(1);
constexpr int kProgressEvery = 10'000;  // virtual machine steps between looks at the clock
constexpr std::uintmax_t kReserve = 64U << 20U;

class ReadTransaction final : public Transaction {
 public:
  explicit ReadTransaction(Connection& connection) : connection_(connection) {}
  std::int64_t execute_with(std::string_view sql, const std::vector<Parameter>& parameters) override {
    return connection_.execute(sql, parameters);  // SQLite refuses writes on this connection
  }
  void each(std::string_view sql, const std::vector<Parameter>& parameters,
            const std::function<void(const Row&)>& use) override {
    connection_.each(sql, parameters, use);
  }
  std::int64_t next_id(std::string_view) override { throw std::logic_error("an id was asked for in a read"); }
  void after_commit(std::function<void()>) override { throw std::logic_error("a read has nothing to commit"); }

 private:
  Connection& connection_;
};

struct Deadline {
  Instant at;
};

int past_deadline(void* deadline) {
  return SystemClock().since_boot().us > static_cast<Deadline*>(deadline)->at.us ? 1 : 0;
}

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(const std::filesystem::path& file) : folder_(file.parent_path()), writer_(file) {
    for (int i = 0; i < kReaders; ++i) free_.push_back(std::make_unique<Connection>(file, Access::kRead));
  }

  void submit(Queue queue, std::function<bool(Transaction&)> work,
              std::function<void(std::exception_ptr)> done) override {
    writer_.submit(queue, {std::move(work), std::move(done)});
  }

  void read_with(const std::function<void(Transaction&)>& work) override {
    const Borrowed reader(*this);
    Deadline deadline{{SystemClock().since_boot().us + kReadLimit.us}};
    sqlite3_progress_handler(reader->handle(), kProgressEvery, past_deadline, &deadline);
    reader->execute("begin", {});
    try {
      ReadTransaction tx(*reader);
      work(tx);
    } catch (...) {
      end(*reader);
      throw;
    }
    end(*reader);
  }

  bool is_full() const override {
    struct statvfs space {};
    if (statvfs(folder_.c_str(), &space) != 0) return false;
    return static_cast<std::uintmax_t>(space.f_bavail) * space.f_frsize < kReserve;
  }

 private:
  static void end(Connection& reader) {
    sqlite3_progress_handler(reader.handle(), 0, nullptr, nullptr);
    if (sqlite3_get_autocommit(reader.handle()) == 0) reader.execute("rollback", {});
  }

  // A reader connection for the time of one read.
  class Borrowed {
   public:
    explicit Borrowed(SqliteDatabase& database) : database_(database) {
      std::unique_lock lock(database.mutex_);
      database.returned_.wait(lock, [&] { return !database.free_.empty(); });
      connection_ = std::move(database.free_.back());
      database.free_.pop_back();
    }
    ~Borrowed() {
      {
        const std::lock_guard lock(database_.mutex_);
        database_.free_.push_back(std::move(connection_));
      }
      database_.returned_.notify_one();
    }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    Connection* operator->() const { return connection_.get(); }
    Connection& operator*() const { return *connection_; }

   private:
    SqliteDatabase& database_;
    std::unique_ptr<Connection> connection_;
  };

  std::filesystem::path folder_;
  Writer writer_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> free_;
};

}  // namespace
}  // namespace sqlite

std::unique_ptr<Database> open_sqlite(const std::filesystem::path& file) {
  // Made with its narrow mode before SQLite opens it: the log and the index file take the mode over.
  const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (made < 0) throw DatabaseError(DatabaseError::Kind::kIo, "can't open " + file.string());
  ::close(made);
  return std::make_unique<sqlite::SqliteDatabase>(file);
}

}  // namespace postmypost::storage
