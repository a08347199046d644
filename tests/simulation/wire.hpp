// The way out under simulated time: the egress client's contract, with every fault of a bad day.
//
// It also watches the engine from outside: no request without a durable disclosure row, no visible request without an INTENT
// that is durable in database and sent-journal (I1), no last byte without such a GATE (I2), nothing for a disconnected account
// (I8), one visible request of an account at a time, and none before the reset that a 429 named; nothing at all from a clone.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "servers.hpp"
#include "sim_journal.hpp"
#include "storage/database.hpp"

namespace postmypost::simulation {

// What goes wrong with one request.
enum class Fault {
  kNone,
  kNotConnected,      // refused, no DNS, bad certificate
  kResetMidBody,      // the connection breaks before the last byte
  kLostBefore,        // after the last byte left, before the server had it
  kLostAfter,         // the server acted, its answer is lost
  kLateAction,        // the connection breaks, the server acts some time later
  kHang,              // acted or not, and no answer ever
  kErrorBefore,       // 500 without acting
  kErrorAfter,        // 500 although it acted
  kSlowDown,          // 429 with or without a reset
  kGarbage,           // acted, 200, and a body that says nothing
  kForeignId,         // acted, 200, and the id of another post
  kRefused,           // a clear refusal of the content, nothing done
};
inline constexpr int kFaults = 13;
std::string_view to_string(Fault fault);

struct Weather {
  double fault = 0.0;        // probability that a request meets one
  bool foreign_ids = false;  // liars live here
};

// What a process is to the others.
enum class Role {
  kAlone,      // the only one on its data
  kOneOfMany,  // one of several workers on one store; it may sleep past its lease
  kClone,      // on a copy of data that the original still works with
};

// What is watched over the lives of all processes.
struct Watch {
  std::vector<std::string> broken;              // what must never be
  std::map<std::int64_t, Instant> not_before;   // by account row: the reset its network named
  std::map<std::string, std::int64_t> faults;   // Coverage::faults
  std::map<std::string, std::int64_t> sent_again;  // by uid: how often a person chose to send again what may be there
  std::set<std::string> decided;                   // uids that a person retried, sent again, cancelled or confirmed
  std::set<std::string> heard;                     // uids of posts whose answer came to a process that lived on for minutes
  std::map<std::string, std::int64_t> sign_ons;    // by journal: how often its worker had a reason to sign on
};

class Wire final : public http::EgressClient, public std::enable_shared_from_this<Wire> {
 public:
  Wire(World& world, storage::Database& database, const JournalDisk& journal, std::vector<std::unique_ptr<Server>>& servers,
       const Weather& weather, Owner owner, Role role, Watch& watch)
      : world_(world),
        database_(database),
        journal_(journal),
        servers_(servers),
        weather_(weather),
        owner_(owner),
        role_(role),
        watch_(watch) {}

  void start(const RecordedDisclosure& disclosure, http::OutgoingRequest request, Done done, AskGate ask_gate) override;
  void drop();  // the process died: nobody listens any more; what is on its way arrives

 private:
  struct Transfer;
  void send_whole(const std::shared_ptr<Transfer>& transfer);
  void send_gated(const std::shared_ptr<Transfer>& transfer);
  void decided(const std::shared_ptr<Transfer>& transfer, http::GateDecision decision, Instant at);
  void arrive(const std::shared_ptr<Transfer>& transfer);
  void act_late(const std::shared_ptr<Transfer>& transfer);
  http::Answer acted(Transfer& transfer);
  void end(const std::shared_ptr<Transfer>& transfer, Duration after, http::Answer answer);
  Fault pick_fault(const Server* server);
  void watch_start(Transfer& transfer);
  void watch_release(const Transfer& transfer);
  bool is_journaled(storage::Transaction& tx, journal::Kind kind, std::int64_t attempt) const;
  void broken(std::string what) { watch_.broken.push_back(std::move(what)); }

  World& world_;
  storage::Database& database_;
  const JournalDisk& journal_;
  std::vector<std::unique_ptr<Server>>& servers_;
  const Weather& weather_;
  Owner owner_;
  Role role_;
  Watch& watch_;
  std::set<std::int64_t> sending_;  // accounts with a visible request on its way
  std::vector<std::weak_ptr<Transfer>> transfers_;
};

}  // namespace postmypost::simulation
