// Inside of the dispatcher: the coroutines that carry one delivery. Private to the room.
//
// The coroutines of one engine run on one thread, so its members need no locks.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <atomic>
#include <set>
#include <thread>

#include "publishing/at_work.hpp"
#include "publishing/attempts.hpp"
#include "publishing/batch.hpp"
#include "publishing/dispatcher.hpp"
#include "publishing/endings.hpp"
#include "publishing/policies.hpp"
#include "publishing/work.hpp"
#include "publishing/workers.hpp"
#include "storage/awaited.hpp"
#include "vault/ledger.hpp"

namespace postmypost::publishing {

template <class T>
using Async = boost::asio::awaitable<T>;

class Dispatcher::Engine {
 public:
  Engine(Surroundings with, DispatcherOptions options);
  ~Engine();

  void start();
  void start_by_hand();
  void run_ready();
  void wake();
  void wake_for(Instant due);
  void stop(Duration grace);
  Origin origin() const { return origin_; }
  Result<Adoption> adopt(AdoptAs as);
  void trust_clock();
  std::size_t in_flight() const { return in_flight_; }

 private:
  // The loop (dispatcher.cpp).
  void begin();
  Async<void> run();
  Async<std::size_t> pass();
  Async<void> carry(Delivery delivery, Loaded work);
  Async<void> give_up(std::int64_t delivery, std::int64_t epoch);
  Async<void> sleep(Duration duration);
  Async<void> wait_for_wake(Duration at_most);

  // The policies around it (obeying.cpp).
  void begin_policies();
  bool has_room_to_begin() const;
  Async<bool> may_claim();
  Async<void> explain_pause(std::string code);
  Async<void> ask_the_time();
  Async<std::vector<Loaded>> load_and_hold_back(std::vector<Delivery>& claimed);
  Async<void> run_alone(Work work);
  Async<void> forget_crashes_of(std::int64_t delivery);
  void learn(Work& work, const http::Answer& answer);
  Async<void> keep(Breakers::Change change);
  // Marks the delivery as being worked on while `work` runs (poison.hpp).
  template <class F>
  auto working_on(const Delivery& delivery, F work) {
    const AtWork::Mark mark(at_work_.get(), delivery.uid);
    return work();
  }
  networks::Next next_step(const Work& work);
  networks::Verdict read(const Work& work, const networks::Step& step, const http::Answer& answer, int tries);

  // Being one of several workers (working.cpp).
  Origin examined();
  void sign_on_after_start();
  Async<void> meet_new_timeline();
  Async<void> keep_beating();
  Async<bool> beat();
  Async<void> tidy();
  journal::Entry beat_entry(std::map<std::string, std::int64_t> marks) const;
  Async<bool> sign_on_again();
  Async<void> bury_the_dead();
  Async<void> end_leases_of_the_ended();
  Async<void> end_stray_leases();

  // One delivery, from claim to outcome (delivering.cpp).
  Async<void> deliver(Work work);
  enum class Then { kGoOn, kEnded };
  Async<Then> take_invisible(Work& work, const networks::Step& step);
  Async<bool> prepared(Work& work);
  Async<Then> take_visible(Work& work, const networks::Step& step);
  Async<Then> judge(Work& work, networks::Verdict verdict);
  Async<void> close_step(Work& work, std::string_view outcome);
  Async<void> publish_here(Work& work);
  vault::Disclosure disclosure_of(const Work& work, std::vector<std::string> what) const;
  static std::vector<std::string> disclosed_kinds(const networks::Content& content);
  Async<void> disclose(Work& work, std::vector<std::string> what);
  Async<http::Answer> send(Work& work, const RecordedDisclosure& disclosure, const networks::Step& step);
  Async<http::Answer> send_aside(Work& work, Aside& aside, std::string_view what_for, const networks::Step& step);
  Async<http::Answer> send_gated(Work& work, const networks::Step& step);

  // INTENT and GATE, in the database and in the sent-journal (gating.cpp).
  struct IntentRow {
    Delivery delivery;
    Intent intent;
    std::optional<vault::Disclosure> disclosure;  // unless an earlier step wrote it down
  };
  enum class Refusal { kNone, kTooLate, kNotConnected, kRestricted, kNotOurs };
  struct IntentWritten {
    Refusal refusal = Refusal::kNone;
    Delivery delivery = {};
    std::int64_t attempt = 0;
    std::optional<RecordedDisclosure> disclosure = {};
  };
  using IntentRows = std::vector<IntentRow>;
  using IntentsWritten = std::vector<IntentWritten>;
  IntentsWritten write_intents(storage::Transaction& tx, IntentRows& rows);
  void record_disclosures(storage::Transaction& tx, IntentRows& rows, IntentsWritten& written);
  void move_to_sending(storage::Transaction& tx, const IntentRows& rows, IntentsWritten& written);
  Async<Refusal> intend(Work& work, const networks::Step& step);
  using Decide = std::function<void(http::GateDecision)>;
  Async<void> open_gate(GateKey key, journal::Entry entry, Decide decide);
  Async<void> journaled(journal::Entry entry);  // throws storage::DatabaseError
  journal::Entry entry_of(const Delivery& delivery, journal::Kind kind, std::string step) const;

  // The account's session (sessions.cpp).
  Async<networks::Verdict> renewed(Work& work);
  Async<void> keep_secrets(Work& work, const boost::json::object& secrets);
  Async<bool> renew_session(Work& work);  // false: the delivery has been put aside

  // How it ended (outcomes.cpp).
  Async<void> end(Work& work, Ending ending);
  void record_in_journal(const Work& work, const Ending& ending);
  Async<void> give_back(Work& work);
  Async<void> end_published(Work& work, networks::Published published, std::string_view code);
  Async<void> end_not_applied(Work& work, const networks::NotApplied& why);
  Async<void> end_account_lost(Work& work, const Error& why);
  Async<void> end_in_doubt(Work& work, std::string_view why);
  Async<void> end_restricted(Work& work);
  Async<void> end_refused(Work& work, const Error& why, bool needs_reconnect);

  // A doubt (reconciling.cpp).
  Async<void> look_for(Work work);
  Async<void> look_for_blindly(Delivery delivery, const Error& why);
  struct Look {  // what reading the network said
    std::variant<networks::Published, networks::Absent, networks::CannotTell, std::monostate> found;
    std::string why = {};               // it could not be read (monostate): why, and until when it asked to be left alone
    std::optional<Instant> reset = {};
  };
  Async<Look> read_network(Work& work);
  const Silence* silence_at(Instant due) const;
  bool is_in_gap(const Work& work) const;
  Async<Then> look_before_sending(Work& work);
  bool has_rival(const Work& work) const;
  Async<void> end_absent(Work& work);
  Async<void> end_still_unknown(Work& work, std::string_view why, std::optional<Instant> reset = {});
  Async<void> end_undecided(Work& work, std::string_view why);

  Duration scaled(Duration duration) const { return duration * options_.time_scale; }
  Instant now() const { return policies_.now(); }
  // A store that is full or away comes back: what happened in the world is kept here until it can be written down. Only a
  // stop gives up; then the attempt's phase tells the next start what may have happened.
  template <class F>
  Async<std::invoke_result_t<F&, storage::Transaction&>> write(F work) {
    for (;;) {
      try {
        co_return co_await storage::written(with_.database, storage::Queue::kEngine, work);
      } catch (const storage::DatabaseError& failure) {
        if (stopping_ || !may_pass(failure)) throw;
      }
      co_await sleep(scaled(seconds(1)));
    }
  }
  static bool may_pass(const storage::DatabaseError& failure);
  bool write_again(const std::exception_ptr& failure, std::function<void()> again);

  Surroundings with_;
  DispatcherOptions options_;
  const QuietTime quiet_time_;
  boost::asio::io_context io_{1};
  std::unique_ptr<Alarms> own_alarms_;
  Alarms& alarms_;

  Batch<IntentRow, IntentWritten> intents_;
  Batch<GateKey, bool> gates_;
  Batch<Ending, bool> endings_;

  std::atomic<Origin> origin_{Origin::kGenuine};
  std::int64_t worker_ = 0;
  std::int64_t beat_ = 0;
  std::string incarnation_;
  std::string believed_timeline_;  // the last one that our journal was compared with
  std::string newest_timeline_;    // a server behind it is an old primary that came back
  Watch watch_;
  // The gaps, before this start and before those that came to nothing: what fell due in one is read back before it is sent.
  std::vector<Silence> silences_;

  std::set<std::int64_t> carried_;  // deliveries that have a coroutine here
  std::set<std::int64_t> stray_;    // leases of ours that had none when last looked at

  Policies policies_;
  std::string pause_;                      // why nothing is claimed, as the store was told
  Duration next_question_{};               // boot time of the next question for the time
  std::unique_ptr<AtWork> at_work_;
  std::optional<Work> waits_to_run_alone_;  // leased and carried; nothing is claimed until it has run
  bool is_running_alone_ = false;
  bool is_held_up_ = false;  // the last pass could not claim, whatever is due

  std::function<void()> go_on_;  // what `wake` runs while the loop waits
  std::atomic<bool> woken_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> in_flight_{0};
  std::thread thread_;
};

}  // namespace postmypost::publishing
