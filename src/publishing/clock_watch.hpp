// Whether the wall clock may decide what is due.
//
// A post that goes out because somebody moved the clock can't be taken back, so the wall clock is one witness among several. Boot
// time never jumps: a clock is described by its *line*, wall time minus boot time, which changes only when the clock is stepped
// (suspend counts in both, slewing moves both). The line of the networks is the median of the lines that their `Date` headers draw;
// drawn once it holds for the whole boot, so a stopped engine needs no new answer to see that the clock was set right.
//
// Only what is ahead is dangerous. A clock that is behind delays and is never doubted.
//
//   doubt                   begins                                                   ends
//   jumped                  the line is more than 30 s ahead of the trusted one      it is back, or a witness supports the new one,
//                                                                                    for a minute
//   ahead_of_networks       more than 30 s ahead of the networks' line; of one or    it is not, for a minute
//                           two hosts only where the kernel's clock is not
//                           synchronised
//   ahead_of_database       more than 5 s ahead of the database server               it is not, for a minute
//   unproven                a start long after the last sign of life, by a clock     a witness supports it
//                           that nobody synchronises
//
// The operator's word ends any of them, until the clock moves again.
//
// Meanwhile instants that the engine writes come from the last believed line, so that a pause noted by a clock that is a year ahead does
// not last a year. A start that is unproven believes the last sign of life: too early, which only delays.
//
// Pure and not thread-safe: everything it knows is told to it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace postmypost::publishing {

struct ClockRules {
  Duration jump = seconds(30);
  Duration database = seconds(5);
  Duration agreement = minutes(1);
  Duration silence = minutes(30);        // a start longer after the last sign of life needs a witness
  std::size_t hosts_that_overrule = 3;   // as many may contradict a synchronised kernel
};

// What can be known at one moment.
struct Testimony {
  Instant wall;
  Duration boot;
  bool is_synchronised = false;           // the kernel says that NTP disciplines its clock
  std::optional<Instant> database = {};   // the clock of the database server, when the store is one
};

class ClockWatch {
 public:
  // `last_beat`: the last sign of life of any earlier process, if there was one.
  ClockWatch(ClockRules rules, const Testimony& start, std::optional<Instant> last_beat);

  // A network's `Date`, heard at that boot time.
  void hear(const std::string& host, Instant date, Duration boot);
  // The operator says that the clock is right.
  void trust(const Testimony& now);

  // The code of the doubt for which nothing may be claimed now; empty when the clock is believed. Call it before each claim.
  std::string_view tick(const Testimony& now);
  // What time it is, as far as it is believed: the wall clock, unless that has run ahead.
  Instant believed(Instant wall, Duration boot) const;

 private:
  std::optional<Duration> networks_line() const;
  std::string_view contradiction(const Testimony& now, Duration line) const;
  bool is_supported(const Testimony& now, Duration line) const;
  void gather_agreement(const Testimony& now, Duration line);

  ClockRules rules_;
  Duration trusted_;          // the line that is believed
  bool is_unproven_;
  std::optional<Duration> vouched_;  // the line that the operator vouched for
  std::map<std::string, Duration> lines_;
  std::string_view doubt_ = {};
  std::optional<Duration> agreeing_since_, calm_since_;  // boot times
  Duration agreed_{};                                    // the line that is agreed on since then
};

// The kernel's own word (adjtimex: STA_UNSYNC is not set). Setting the clock by hand clears it, an NTP daemon sets it again.
bool is_kernel_clock_synchronised();

}  // namespace postmypost::publishing
