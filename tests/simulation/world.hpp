// Simulated time and chance: one thread, one seed, one order of events.
//
// Events run by (instant, order of being set). Nothing else moves time, so a seed replays to the byte. Every event belongs to
// an owner; a process that is killed takes its events with it, what is already on the wire belongs to the network and stays.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace postmypost::simulation {

// Chance from a seed (SplitMix64).
class Dice final : public Random {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t roll();
  std::int64_t between(std::int64_t least, std::int64_t most);  // both included
  bool chance(double probability);
  Duration between(Duration least, Duration most) { return {between(least.us, most.us)}; }
  void fill(std::span<unsigned char> out) override;

 private:
  std::uint64_t state_;
};

using Owner = int;
inline constexpr Owner kNetwork = 0;  // never dies

class World {
 public:
  World(std::uint64_t seed, Instant start) : dice(seed), time_(start), start_(start) {}

  Instant time() const { return time_; }  // true time
  Duration since_start() const { return time_ - start_; }
  double seconds_at(Instant t) const { return static_cast<double>((t - start_).us) / 1e6; }
  void after(Duration delay, Owner owner, std::function<void()> what);
  void drop(Owner owner);  // and whatever is still set for it later
  // SIGSTOP and SIGCONT: what comes due for it in between happens when it goes on.
  void pause(Owner owner) { paused_[owner]; }
  void resume(Owner owner);
  bool is_paused(Owner owner) const { return paused_.contains(owner); }
  // Runs the next event; false when there is none before `until` (time then stands at `until`).
  bool step(Instant until);

  template <class... A>
  void say(fmt::format_string<A...> form, A&&... arguments) {
    if (!keeps_trace) return;
    trace_.push_back(fmt::format("{:>12.3f}  ", static_cast<double>(since_start().us) / 1e6) +
                     fmt::format(form, std::forward<A>(arguments)...));
  }
  const std::vector<std::string>& trace() const { return trace_; }

  Dice dice;
  bool keeps_trace = true;

 private:
  struct Event {
    Owner owner;
    std::function<void()> what;
  };
  Instant time_, start_;
  std::uint64_t set_ = 0;
  std::map<std::pair<std::int64_t, std::uint64_t>, Event> events_;
  std::set<Owner> dead_;
  std::map<Owner, std::vector<std::function<void()>>> paused_;
  std::vector<std::string> trace_;
};

// What a machine of this world believes the time to be.
class WorldClock final : public Clock {
 public:
  explicit WorldClock(const World& world) : world_(world) {}
  Instant now() const override { return world_.time() + error; }
  Duration since_boot() const override { return world_.since_start() + hours(1); }

  Duration error = {};  // of the wall clock

 private:
  const World& world_;
};

}  // namespace postmypost::simulation
