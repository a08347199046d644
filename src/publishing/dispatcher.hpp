// The engine: takes due deliveries and carries each to its outcome.
//
// One thread, one io_context, a coroutine per claimed delivery; database work is awaited and written in batches, network work
// is the egress client's. The straight path of one delivery is `deliver` in delivering.cpp and reads top to bottom:
// claim → the network's next step → INTENT → bytes → GATE → answer → outcome.
//
// Before it claims anything it examines whether database and sent-journal are what they were (adoption.hpp); when they are
// not, it waits for `adopt`.
//
// start/stop/wake/adopt are thread-safe. Everything the engine needs is handed in; it reaches for nothing, so that the
// simulation can run it under its own clock, randomness, network, store and journal.
#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "http/egress.hpp"
#include "journal/journal.hpp"
#include "media/files.hpp"
#include "networks/network.hpp"
#include "pages/pages.hpp"
#include "projects/account_rows.hpp"
#include "publications/publications.hpp"
#include "publishing/adoption.hpp"
#include "publishing/claims.hpp"
#include "publishing/clock_watch.hpp"
#include "publishing/planning.hpp"
#include "storage/blobs.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::publishing {

// How the engine waits: `ring` once after `after` of boot time, on any thread. The simulator brings its own.
class Alarms {
 public:
  virtual ~Alarms() = default;
  virtual void set(Duration after, std::function<void()> ring) = 0;
};

struct DispatcherOptions {
  Duration poll = seconds(1);          // a wake-up may be lost; polling is the truth
  std::size_t most_in_flight = 1000;
  ClaimRules claims = {};
  Duration longest_doubt = hours(24);  // after it an unanswered doubt is a person's
  // Scales quiet times and pauses, so that crash tests need not wait minutes; 1 in production.
  double time_scale = 1.0;
  Alarms* alarms = nullptr;            // the engine's own timers without one

  std::string worker_name = "worker";  // for people: host and process
  // Nobody else can work on this store while we do (a lock says so): whoever holds a lease at a start is dead.
  bool is_alone = true;
  Duration beat = seconds(2);          // how often a worker shows that it lives
  Duration presumed_dead = seconds(6);  // of boot time without a beat: its leases are ended by others
  std::function<bool()> is_clock_synchronised = is_kernel_clock_synchronised;
  bool keep_quotas = true;             // of networks; a measurement against a sink of our own does without
  std::filesystem::path at_work = {};  // the file of marks (at_work.hpp); without one no crash is counted
};

// What the engine works with. All of it outlives the dispatcher.
struct Surroundings {
  storage::Database& database;
  journal::Journal& journal;
  vault::Vault& vault;
  const Clock& clock;
  Random& random;
  http::EgressClient& egress;
  const networks::Catalogue& catalogue;
  const projects::AccountRows& accounts;
  const publications::Publications& publications;
  const media::Files& files;
  const storage::Blobs& blobs;
  const pages::Pages& pages;
};

class Dispatcher {
 public:
  Dispatcher(Surroundings surroundings, DispatcherOptions options);
  ~Dispatcher();  // stops

  void start();  // recovers what a dead process left, then runs on its own thread
  // The same without a thread, for one who owns time: `run_ready` runs what can run now, in the caller's thread.
  void start_by_hand();
  void run_ready();
  void wake();   // something became due
  void wake_for(Instant due);  // the same, unless that is later than it looks by itself
  // Stops claiming, gives back what has shown nothing, lets SENDING finish up to `grace`, then ends.
  void stop(Duration grace = seconds(45));

  // Why nothing is claimed until somebody says what this data is; `kGenuine` while all is well.
  Origin origin() const;
  // The operator says what it is, and the engine goes on. Errors: `engine.nothing_to_adopt`, `engine.wrong_adoption` (the
  // database is older than the journal, so it was not just moved).
  Result<Adoption> adopt(AdoptAs as);

  // The operator says that the clock is right.
  void trust_clock();

  std::size_t in_flight() const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace postmypost::publishing
