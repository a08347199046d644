#include "storage/database.hpp"

#include <future>

#include "storage/open_read.hpp"
#include "storage/postgresql/connection.hpp"
#include "storage/postgresql/id_blocks.hpp"
#include "storage/postgresql/line.hpp"
#include "storage/postgresql/readers.hpp"

namespace postmypost::storage {
namespace {

using postgresql::Connection;
using postgresql::Role;

class PostgresqlDatabase final : public Database {
 public:
  PostgresqlDatabase(const PostgresqlOptions& options, std::unique_ptr<Connection> first)
      : ids_(options.address, std::move(first)),
        readers_(options.address, options.readers),
        people_({.address = options.address,
                 .threads = options.people,
                 .begin = "begin isolation level serializable",
                 .is_grouped = false,
                 .patience = options.patience},
                ids_),
        engine_({.address = options.address,
                 .threads = 1,
                 .begin = "begin isolation level read committed",
                 .is_grouped = true,
                 .patience = options.patience},
                ids_) {}

  void submit(Queue queue, std::function<bool(Transaction&)> work,
              std::function<void(std::exception_ptr)> done) override {
    line(queue).submit(std::move(work), std::move(done));
  }

  void write_with(Queue queue, const std::function<bool(Transaction&)>& work) override {
    if (people_.is_this_thread() || engine_.is_this_thread())
      throw std::logic_error("a write waits for a write on a writer's thread");
    // Shared: the worker may still be inside set_value when the caller wakes and leaves.
    const auto finished = std::make_shared<std::promise<void>>();
    line(queue).submit(std::cref(work), [finished](const std::exception_ptr& failure) {
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

  // Nobody but the server knows its disk: a full one shows as kFull.
  bool is_full() const override { return false; }

 private:
  postgresql::Line& line(Queue queue) { return queue == Queue::kPeople ? people_ : engine_; }

  postgresql::IdBlocks ids_;
  postgresql::Readers readers_;
  postgresql::Line people_;
  postgresql::Line engine_;  // the lines end first
};

Error refusal(std::string code, std::string detail, std::string how_to_fix) {
  return {.kind = ErrorKind::kUnavailable,
          .code = std::move(code),
          .detail = std::move(detail),
          .how_to_fix = std::move(how_to_fix)};
}

Result<> check_server(const Connection& connection) {
  constexpr int kOldest = 150'000;
  if (connection.server_version() < kOldest) {
    return fail(refusal("storage.server_too_old",
                        "The server is PostgreSQL " + std::to_string(connection.server_version() / 10'000) + ".",
                        "Use PostgreSQL 15 or newer."));
  }
  if (connection.server_encoding() != "UTF8") {
    return fail(refusal("storage.not_utf8", "The database is encoded in " + connection.server_encoding() + ".",
                        "Make one with: CREATE DATABASE postmypost TEMPLATE template0 ENCODING 'UTF8'."));
  }
  return {};
}

bool is_so(Connection& connection, std::string_view question) {
  bool answer = false;
  connection.each(question, {}, [&](const Row& row) { answer = row.get<bool>(0); });
  return answer;
}

// What the rooms' migrations rest on. Several processes may start at once.
Result<> prepare(Connection& connection) {
  if (!is_so(connection, "select coalesce(has_schema_privilege(current_schema(), 'create'), false)")) {
    return fail(refusal("storage.no_rights", "This user may not create tables in the database.",
                        "Make the user its owner: ALTER DATABASE name OWNER TO user."));
  }
  connection.begin("begin");
  connection.execute("select pg_advisory_xact_lock(7367)");
  if (is_so(connection, "select to_regtype('blob') is null")) connection.execute("create domain blob as bytea");
  if (is_so(connection, "select to_regclass('id_block') is null"))
    connection.execute("create table id_block (name text primary key, next bigint not null)");
  connection.commit();
  return {};
}

}  // namespace

Result<std::unique_ptr<Database>> open_postgresql(const PostgresqlOptions& options) {
  std::unique_ptr<Connection> first;
  try {
    first = std::make_unique<Connection>(options.address, Role::kWriter);
  } catch (const DatabaseError& failure) {
    if (failure.kind() != DatabaseError::Kind::kLost) throw;
    return fail(refusal("storage.unreachable", "The PostgreSQL server did not let us in: " + std::string(failure.what()),
                        "Start the server, and check the address, the user and the password in it."));
  }
  TRY(check_server(*first));
  TRY(prepare(*first));
  return std::make_unique<PostgresqlDatabase>(options, std::move(first));
}

}  // namespace postmypost::storage
