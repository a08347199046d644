#include "storage/postgresql/connection.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <utility>

#include "base/fault_point.hpp"

namespace postmypost::storage::postgresql {
namespace {

using Kind = DatabaseError::Kind;

constexpr std::size_t kMostPrepared = 300;
constexpr std::size_t kMostRows = 64;  // inserted by one statement

// A server that is cut off is noticed within seconds. A standby is no server to write to, nor to read from: it may
// not have what was just written. What stands in the address overrules it.
constexpr std::array<std::pair<const char*, const char*>, 7> kDefaults = {{{"connect_timeout", "5"},
                                                                           {"keepalives_idle", "10"},
                                                                           {"keepalives_interval", "5"},
                                                                           {"keepalives_count", "3"},
                                                                           {"tcp_user_timeout", "15000"},
                                                                           {"application_name", "postmypost"},
                                                                           {"target_session_attrs", "read-write"}}};

// lock_timeout: a write that waits longer fails with kBusy and lets others go on. Our transactions never
// wait for anything but the server, so one that idles belongs to a frozen process: what it keeps locked is freed before
// that worker is presumed dead (after six seconds).
constexpr const char* kSettings =
    "set client_min_messages=error; set bytea_output=hex; set jit=off; set lock_timeout='10s'; "
    "set idle_in_transaction_session_timeout='5s'";
constexpr const char* kReaderSettings = "set statement_timeout='1s'";

constexpr std::array kPreparable = {"select", "insert", "update", "delete", "with", "values"};

// Others run once; a prepared text of each would only fill the cache.
bool is_worth_preparing(std::string_view sql) {
  sql.remove_prefix(std::min(sql.find_first_not_of(" \t\r\n("), sql.size()));
  return std::ranges::any_of(kPreparable, [&](std::string_view word) { return sql.starts_with(word); });
}

// The highest $n outside quotes. PostgreSQL itself would take more values than a statement has places for.
std::size_t count_parameters(std::string_view sql) {
  std::size_t highest = 0;
  char quote = 0;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (quote != 0 || sql[i] == '\'' || sql[i] == '"') {
      if (quote == 0) {
        quote = sql[i];
      } else if (sql[i] == quote) {
        quote = 0;
      }
    } else if (sql[i] == '$') {
      std::size_t number = 0;
      std::from_chars(sql.data() + i + 1, sql.data() + sql.size(), number);
      highest = std::max(highest, number);
    }
  }
  return highest;
}

bool is_failure(const PGresult* answer) {
  const auto status = PQresultStatus(answer);
  return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK;
}

std::int64_t affected_by(PGresult* answer) {
  const std::string_view text = PQcmdTuples(answer);
  std::int64_t rows = 0;
  std::from_chars(text.data(), text.data() + text.size(), rows);
  return rows;
}

std::string message_of(const PGconn* connection) {
  std::string text = PQerrorMessage(connection);
  text.erase(text.find_last_not_of(" \n") + 1);
  std::ranges::replace(text, '\n', ' ');
  return text;
}

}  // namespace

Connection::Connection(const std::string& address, Role role) : role_(role) {
  std::vector<const char*> words, values;
  const auto add = [&](const char* word, const char* value) {
    words.push_back(word);
    values.push_back(value);
  };
  for (const auto& [word, value] : kDefaults) add(word, value);
  add("dbname", address.c_str());
  add("client_encoding", "UTF8");
  add(nullptr, nullptr);
  connection_.reset(PQconnectdbParams(words.data(), values.data(), /*expand_dbname=*/1));
  if (PQstatus(connection_.get()) != CONNECTION_OK) throw DatabaseError(Kind::kLost, message_of(connection_.get()));
  configure();
}

void Connection::configure() {
  PGconn* connection = connection_.get();
  PQsetNoticeProcessor(connection, [](void*, const char*) {}, nullptr);  // by default they go to standard error
  for (const char* settings : {kSettings, role_ == Role::kReader ? kReaderSettings : ""}) {
    const Answer answer(PQexec(connection, settings));
    const auto status = PQresultStatus(answer.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) throw error_of(answer.get(), settings);
  }
  if (PQenterPipelineMode(connection) != 1) lose();
}

std::string Connection::server_encoding() const {
  const char* name = PQparameterStatus(connection_.get(), "server_encoding");
  return name ? name : "";
}

std::int64_t Connection::execute(std::string_view sql, const std::vector<Parameter>& parameters) {
  return affected_by(ask(sql, signature_of(parameters), {&parameters, 1}).front().get());
}

void Connection::each(std::string_view sql, const std::vector<Parameter>& parameters,
                      const std::function<void(const Row&)>& use) {
  const auto answers = ask(sql, signature_of(parameters), {&parameters, 1});
  PostgresqlRow row(answers.front().get(), sql);
  for (int i = 0; i < PQntuples(answers.front().get()); ++i) {
    row.move_to(i);
    use(row);
  }
}

std::vector<std::int64_t> Connection::execute_each(std::string_view sql,
                                                   const std::vector<std::vector<Parameter>>& rows) {
  std::vector<std::int64_t> affected;
  if (rows.empty()) return affected;
  if (const auto insert = parse_insert(sql); insert && rows.size() > 1) return insert_each(*insert, rows);
  for (const Answer& answer : ask(sql, signature_of(rows), rows)) affected.push_back(affected_by(answer.get()));
  return affected;
}

// In statements of 64, 32, 16 … rows, so that few of them have to be prepared.
std::vector<std::int64_t> Connection::insert_each(const Insert& insert, const std::vector<std::vector<Parameter>>& rows) {
  const Signature row = signature_of(rows);
  for (std::size_t at = 0; at < rows.size();) {
    const std::size_t count = std::min(kMostRows, std::bit_floor(rows.size() - at));
    Signature signature;
    std::vector<Parameter> parameters;
    for (std::size_t i = at; i < at + count; ++i) {
      signature += row;
      parameters.insert(parameters.end(), rows[i].begin(), rows[i].end());
    }
    ask(insert_of(insert, row.size(), count), signature, {&parameters, 1});
    at += count;
  }
  return std::vector<std::int64_t>(rows.size(), 1);
}

void Connection::begin(std::string_view how) {
  begun_ = false;
  queued_ = {std::string(how)};
}

void Connection::commit() {
  if (!begun_) return queued_.clear();
  if (!is_alive()) lose();  // while COMMIT is not out, the loss is a certain one
  queue("commit");
  Trip trip;
  FAULT_POINT("storage.before_commit");
  try {
    send_queued(trip);
    receive(trip);
    throw_failure_of(trip);
  } catch (const DatabaseError& failure) {
    if (failure.kind() != Kind::kLost) throw;
    throw DatabaseError(Kind::kUnknown, "the server went away before it answered COMMIT");
  }
  FAULT_POINT("storage.after_commit");
  begun_ = false;
  if (PQcmdStatus(trip.answers.back().get()) != std::string_view("COMMIT"))
    throw DatabaseError(Kind::kOther, "the transaction was rolled back inside a write");
}

void Connection::roll_back() noexcept {
  queued_.clear();
  begun_ = false;
  if (is_lost() || PQtransactionStatus(connection_.get()) == PQTRANS_IDLE) return;
  try {
    queue("rollback");
    flush();
  } catch (const std::exception&) {
    lost_ = true;  // the server rolls back what its client left
  }
}

bool Connection::is_in_transaction() const {
  return !is_lost() && (!begun_ || PQtransactionStatus(connection_.get()) == PQTRANS_INTRANS);
}

bool Connection::is_alive() {
  pollfd socket{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0};
  while (!is_lost() && ::poll(&socket, 1, 0) > 0) {
    if (PQconsumeInput(connection_.get()) != 1) lost_ = true;
  }
  return !is_lost();
}

void Connection::flush() {
  Trip trip;
  send_queued(trip);
  receive(trip);
  throw_failure_of(trip);
}

std::vector<Answer> Connection::ask(std::string_view sql, const Signature& signature,
                                    std::span<const std::vector<Parameter>> rows) {
  if (std::chrono::steady_clock::now() >= deadline_) throw DatabaseError(Kind::kBusy, "the time for this read is over");
  const std::size_t wanted = count_parameters(sql);
  if (signature.size() != wanted) {
    throw DatabaseError(Kind::kOther, std::to_string(signature.size()) + " parameters for $1 to $" +
                                          std::to_string(wanted) + " in: " + std::string(sql.substr(0, 100)));
  }
  if (is_lost()) lose();
  Trip trip;
  send_queued(trip);
  const Prepared* prepared = is_worth_preparing(sql) ? &prepare(trip, signature, sql) : nullptr;
  const std::vector<Oid> types = types_of(signature);
  const std::size_t first = trip.sent.size();
  for (const auto& row : rows) {
    const Bound bound(row);
    trip.sent.push_back(sql);
    demand_sent(prepared ? PQsendQueryPrepared(connection_.get(), prepared->name.c_str(), bound.count(), bound.values(),
                                               bound.lengths(), bound.formats(), /*resultFormat=*/0)
                         : PQsendQueryParams(connection_.get(), std::string(sql).c_str(), bound.count(), types.data(),
                                             bound.values(), bound.lengths(), bound.formats(), /*resultFormat=*/0));
  }
  receive(trip);
  throw_failure_of(trip);
  std::vector<Answer> answers;
  std::ranges::move(trip.answers.begin() + static_cast<std::ptrdiff_t>(first), trip.answers.end(),
                    std::back_inserter(answers));
  return answers;
}

void Connection::send_queued(Trip& trip) {
  on_the_way_ = std::exchange(queued_, {});
  for (const std::string& command : on_the_way_) {
    demand_sent(PQsendQueryParams(connection_.get(), command.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0));
    trip.sent.push_back(command);
  }
  begun_ = true;
}

const Connection::Prepared& Connection::prepare(Trip& trip, const Signature& signature, std::string_view sql) {
  std::string key = signature + " " + std::string(sql);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    statements_.splice(statements_.begin(), statements_, found->second);
    return statements_.front();
  }
  if (statements_.size() == kMostPrepared) {
    queue("deallocate " + statements_.back().name);
    by_key_.erase(statements_.back().key);
    statements_.pop_back();
  }
  statements_.push_front({.key = std::move(key), .name = "s" + std::to_string(++last_name_)});
  by_key_.emplace(statements_.front().key, statements_.begin());
  const std::vector<Oid> types = types_of(signature);
  trip.prepared_at = trip.sent.size();
  trip.sent.push_back(sql);
  demand_sent(PQsendPrepare(connection_.get(), statements_.front().name.c_str(), std::string(sql).c_str(),
                            static_cast<int>(types.size()), types.data()));
  return statements_.front();
}

void Connection::forget_newest() {
  by_key_.erase(statements_.front().key);
  statements_.pop_front();
}

// Each command has one answer and a null after it; the last answer is that of the sync.
void Connection::receive(Trip& trip) {
  demand_sent(PQpipelineSync(connection_.get()));
  while (trip.answers.size() < trip.sent.size()) {
    Answer answer(PQgetResult(connection_.get()));
    if (!answer || is_lost()) lose();
    trip.answers.push_back(std::move(answer));
    if (Answer(PQgetResult(connection_.get()))) lose();
  }
  const Answer sync(PQgetResult(connection_.get()));
  if (PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC) lose();
  if (trip.prepared_at && is_failure(trip.answers[*trip.prepared_at].get())) forget_newest();
}

void Connection::throw_failure_of(const Trip& trip) {
  for (std::size_t i = 0; i < trip.answers.size(); ++i) {
    const PGresult* answer = trip.answers[i].get();
    if (!is_failure(answer)) continue;
    const char* state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
    // The server has become a standby: what is written now goes to another one.
    if (role_ == Role::kWriter && state && state == std::string_view("25006")) lose();
    throw error_of(answer, trip.sent[i]);
  }
}

void Connection::demand_sent(int sent) {
  if (sent != 1) lose();
}

void Connection::lose() {
  lost_ = true;
  throw DatabaseError(Kind::kLost, "the connection to the server broke");
}

}  // namespace postmypost::storage::postgresql
