// Deleting publications: here, over there in the networks, or both; by a person's word or at the time that the publication names.
//
// What was published is deleted over there one post at a time: each has a row first, is tried at once by who asked and then by a job, and
// ends as gone or refused. Deleting may be repeated, so a kill between the network's answer and our row costs a second request and nothing
// else. What was only planned is cancelled. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "accounts/connections.hpp"
#include "pages/pages.hpp"
#include "projects/account_rows.hpp"
#include "publications/publications.hpp"
#include "publishing/planning.hpp"

namespace postmypost::leaving {

enum class RemovalScope { kEverywhere, kThere, kHere };
enum class RemovalState { kWaiting, kGone, kRefused };

struct Removal {
  std::int64_t delivery_id = 0, account_id = 0;
  RemovalState state = RemovalState::kWaiting;
  std::optional<Error> problem = {};
};

class Removing {
 public:
  struct With {
    storage::Database& database;
    const Clock& clock;
    const projects::AccountRows& accounts;
    const publications::Publications& publications;
    const publishing::Planning& planning;
    const pages::Pages& pages;
    const accounts::Connections& connections;
  };
  explicit Removing(With with) : with_(with) {}

  // For accounts of the publication. kHere and kEverywhere take them out of it, kEverywhere only when their post is gone over there; the
  // publication itself goes with the last of them. The networks are asked by `work_on`. Errors: `publication.being_sent` (its outcome
  // is not known yet), `publication.undecided` (it may be out: only kHere), `publication.nothing_there` (kThere: never published),
  // `publication.not_found` (kThere: deleted over there already).
  Result<> begin(storage::Transaction& tx, const publications::Publication& publication, std::span<const std::int64_t> account_ids,
                 RemovalScope scope, std::int64_t user_id) const;
  // Asks the networks of one publication now, for a few seconds; what has to wait is the job's.
  void work_on(std::int64_t publication_id) const;
  // The job: begins what is to be deleted by now, and asks again what had to wait.
  void work(const std::atomic<bool>& stop) const;

  // By delivery.
  static std::map<std::int64_t, Removal> of(storage::Transaction& tx, std::int64_t publication_id);

 private:
  struct Due;
  void begin_due(const std::atomic<bool>& stop) const;
  bool end_at_its_time(storage::Transaction& tx, std::int64_t publication_id) const;
  void ask(storage::Transaction& tx, const publishing::Delivery& delivery, RemovalScope scope, std::int64_t user_id) const;
  void work_through(const std::vector<Due>& due, const std::function<bool()>& stops) const;
  accounts::Withdrawal withdraw(const Due& due) const;
  void write_down(storage::Transaction& tx, const Due& due, const accounts::Withdrawal& seen) const;
  void settle(storage::Transaction& tx, std::int64_t publication_id) const;
  std::vector<Due> due(storage::Transaction& tx, std::string_view condition, std::int64_t argument) const;

  With with_;
};

}  // namespace postmypost::leaving
