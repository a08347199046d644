// One connection to a server with its prepared statements; blocking, always in libpq's pipeline mode.
//
// Commands that open and close transactions and savepoints are only queued: they go out with the next
// statement, so that a work of one statement costs one round trip and its COMMIT another. Belongs to
// one thread at a time. Errors: DatabaseError; kLost once the connection is no more, which stays so.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/database.hpp"
#include "storage/postgresql/errors.hpp"
#include "storage/postgresql/many_rows.hpp"
#include "storage/postgresql/values.hpp"

namespace postmypost::storage::postgresql {

enum class Role { kWriter, kReader };

class Connection {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  Connection(const std::string& address, Role role);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  std::int64_t execute(std::string_view sql, const std::vector<Parameter>& parameters = {});  // rows affected
  void each(std::string_view sql, const std::vector<Parameter>& parameters,
            const std::function<void(const Row&)>& use);
  // All rows in one round trip, or, of an insert, in one for each 64.
  std::vector<std::int64_t> execute_each(std::string_view sql, const std::vector<std::vector<Parameter>>& rows);

  // `how` is a BEGIN…; nothing is sent yet.
  void begin(std::string_view how);
  void queue(std::string_view command) { queued_.emplace_back(command); }
  void flush();  // sends what is queued without a statement
  // Throws kUnknown when the answer to COMMIT never came; after every other failure nothing was committed.
  void commit();
  // Also when there is no transaction.
  void roll_back() noexcept;

  // The transaction that `begin` announced is open: no statement failed and none ended it.
  bool is_in_transaction() const;
  // A statement of the work's own ended it.
  bool has_ended_transaction() const {
    return is_lost() || (begun_ && PQtransactionStatus(connection_.get()) == PQTRANS_IDLE);
  }
  bool is_lost() const { return lost_ || PQstatus(connection_.get()) != CONNECTION_OK; }
  // The server has not hung up while nobody asked it anything.
  bool is_alive();

  // Statements that begin after it fail with kBusy; those that run then, at most 1 s later (kReader).
  void set_deadline(Deadline deadline) { deadline_ = deadline; }

  int server_version() const { return PQserverVersion(connection_.get()); }
  std::string server_encoding() const;

 private:
  std::vector<std::int64_t> insert_each(const Insert& insert, const std::vector<std::vector<Parameter>>& rows);
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  struct Prepared {
    std::string key, name;  // key: signature and text
  };
  using Statements = std::list<Prepared>;  // the most recently used first

  // One round trip: what was sent, and then what came back for each.
  struct Trip {
    std::vector<std::string_view> sent;
    std::vector<Answer> answers;
    std::optional<std::size_t> prepared_at;  // of the newest statement
  };

  void configure();
  std::vector<Answer> ask(std::string_view sql, const Signature& signature,
                          std::span<const std::vector<Parameter>> rows);
  void send_queued(Trip& trip);
  const Prepared& prepare(Trip& trip, const Signature& signature, std::string_view sql);
  void receive(Trip& trip);
  void throw_failure_of(const Trip& trip);
  void forget_newest();
  void demand_sent(int sent);
  [[noreturn]] void lose();

  std::unique_ptr<PGconn, Finish> connection_;
  const Role role_;
  bool lost_ = false;
  bool begun_ = false;  // something of the transaction has been sent
  std::vector<std::string> queued_;
  std::vector<std::string> on_the_way_;  // keeps the texts of the trip
  Statements statements_;
  std::unordered_map<std::string_view, Statements::iterator> by_key_;
  std::uint64_t last_name_ = 0;
  Deadline deadline_ = Deadline::max();
};

}  // namespace postmypost::storage::postgresql
