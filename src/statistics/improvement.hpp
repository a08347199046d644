// Counters for improvement (policy clause 2.2.4): which sections whoever consented used most, and how much they did, a day long.
//
// What belongs to a person lies only in this process's memory and only while they consent; at the day's end it is one bin
// of each histogram, and forgotten. A process that ends forgets it without counting. Thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "statistics/store.hpp"

namespace postmypost::statistics {

class Improvement {
 public:
  using Consents = std::function<bool(std::int64_t person)>;
  explicit Improvement(Consents consents) : consents_(std::move(consents)) {}

  // A person asked for something in a section; `is_action`: to change something. Nothing is noted without consent.
  void note(std::int64_t person, std::string_view section, bool is_action);
  // Ends the day: adds its sums to the store. Whoever withdrew meanwhile is left out.
  void end_day(Store& store, const std::string& day, Instant now);

 private:
  struct Day {
    std::map<std::string, std::int64_t, std::less<>> sections;
    std::int64_t actions = 0;
  };
  struct Consent {
    bool is_given = false;
    std::chrono::steady_clock::time_point asked_at;
  };
  bool has_consent(std::int64_t person);  // asked anew after a second; under mutex_

  const Consents consents_;
  std::mutex mutex_;
  std::map<std::int64_t, Day> days_;
  std::map<std::int64_t, Consent> known_;
};

// "/api/v1/projects/7/publications/3" → "publications", "/api/v1/me/sessions" → "me": a word of the route table.
std::string_view section_of(std::string_view pattern);

}  // namespace postmypost::statistics
