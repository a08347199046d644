// The policies around the machine, as the engine asks them: may anything be claimed, may this be sent now or when, what does an answer
// tell. Belongs to the engine's thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "publishing/breakers.hpp"
#include "publishing/clock_watch.hpp"
#include "publishing/poison.hpp"
#include "publishing/quotas.hpp"
#include "publishing/waiting.hpp"
#include "publishing/work.hpp"

namespace postmypost::publishing {

class Policies {
 public:
  Policies(const Clock& clock, const DispatcherOptions& options);

  // The clock.
  void begin(std::optional<Instant> last_alive);
  // The time that the engine goes by.
  Instant now() const { return watch_ ? watch_->believed(clock_.now(), clock_.since_boot()) : clock_.now(); }
  void trust_clock() {
    if (watch_) watch_->trust(testimony());
  }
  void hear(const http::Answer& answer, const std::string& host);  // its `Date`
  void hear_database(Instant database);
  std::string_view clock_doubt() { return watch_->tick(testimony()); }

  // Whether `work`, just claimed and loaded, must wait. Call `refresh` in the same snapshot before.
  void refresh(storage::Transaction& tx);
  struct Hold {
    Instant until;
    Waiting why;
  };
  std::optional<Hold> hold(storage::Transaction& tx, const Work& work);
  Sentence sentence(std::int64_t delivery_id) const;
  bool has_crashed(std::int64_t delivery_id) const { return crashes_.contains(delivery_id); }

  // What an answer tells of the network, its limits and the time. The changes are to be written, then `written` told. May raise
  // `work.rest_until`: the account is left alone until then.
  std::vector<Breakers::Change> learn(Work& work, const http::Answer& answer);
  // A limit that a refusal named.
  std::optional<Breakers::Change> limited(const Work& work, const networks::NotApplied& why);
  void written(const Breakers::Change& change) { breakers_.written(change.key); }
  // After a post of an account that takes one in a while.
  Instant spacing_after(const Work& work) const;

 private:
  Testimony testimony() const;
  std::optional<Hold> hold_of(const std::string& key, std::string_view whose, const Work& work);
  std::optional<Hold> quota_hold(storage::Transaction& tx, const Work& work);

  const Clock& clock_;
  const DispatcherOptions& options_;
  std::optional<ClockWatch> watch_;
  std::optional<Duration> database_line_;  // its clock minus boot time
  Breakers breakers_;
  AppQuotas app_quotas_;
  std::map<std::int64_t, std::int64_t> crashes_;
};

}  // namespace postmypost::publishing
