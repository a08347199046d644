// Breakers: nothing is sent to a host, or for an account, that fails again and again or has named a limit.
//
// A breaker is a small row that exists only while something is wrong:
//
//   closed      no row, or fewer than five failures in a row
//   open        until `open_until`: what is claimed goes back to its line with the reason, without an attempt
//   half-open   after it: one delivery tries. It succeeds: closed. It fails: open again, twice as long, up to ten minutes.
//               It tells nothing within two minutes: the next one tries
//
// A failure is a network that could not be reached or answered 5xx; a limit that the network names for the whole host opens exactly
// until the reset. (A limit of one account holds back its lane alone.)
//
// Lanes that find a breaker open are let go one after another: the first at `open_until`, then two, four, eight … every two
// seconds, at most 256. Ten thousand lanes take a minute and a half instead of one instant. Each lane is moved when its turn to
// be claimed comes, so claims stay O(claimed): nobody scans the lanes of a host. What is past its late window is held by the
// next claim as always.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "storage/database.hpp"

namespace postmypost::publishing {

// Keys of breakers: "host:mastodon/m.example", "account:17". The ledger names the same hosts.
std::string host_key(std::string_view channel, std::string_view host);
std::string account_key(std::int64_t account_id);

struct Breaker {
  std::int64_t failures = 0;        // in a row
  std::string why;                  // "unreachable", "server_error", "limit"
  Instant opened_at, open_until;    // 0: it never opened
  friend bool operator==(const Breaker&, const Breaker&) = default;
};

struct BreakerRules {
  std::int64_t failures = 5;  // that open it
  Duration first_pause = seconds(15);
  Duration longest_pause = minutes(10);
  Duration trial = minutes(2);
  Duration step = seconds(2);  // of the ramp
  std::int64_t most_in_step = 256;
};

// Pure. An open breaker does not change by the failures of what was already on its way.
Breaker after_failure(const Breaker& before, std::string_view why, Instant now, const BreakerRules& rules);
// Opens until the reset; never shortens an opening.
Breaker after_limit(const Breaker& before, Instant reset, Instant now);
// How long after the others' first the lane that was moved as number `place` (from 0) is let go.
Duration ramp(std::int64_t place, const BreakerRules& rules);

// What one engine knows of the breakers: the rows, read before each claim, who tries, and how many lanes it has moved in each
// opening. Several workers ramp up each by itself. Not thread-safe.
class Breakers {
 public:
  explicit Breakers(BreakerRules rules = {}) : rules_(rules) {}

  // A row to be stored: none, when the breaker is closed.
  struct Change {
    std::string key;
    std::optional<Breaker> row;
  };
  static void write(storage::Transaction& tx, const Change& change);

  // Takes over the stored rows: one query of a table that is usually empty. Rows of which a change is on its way stay.
  void refresh(storage::Transaction& tx);
  void written(const std::string& key);

  struct Wait {
    Instant until;
    std::string_view why;  // valid until the next call
  };
  // Null: send. The first who asks after an opening is the one that tries.
  std::optional<Wait> must_wait(const std::string& key, Instant now);

  // What became of sending; null when nothing changes. A change is to be written and `written` told.
  std::optional<Change> succeeded(const std::string& key, Instant now);
  std::optional<Change> failed(const std::string& key, std::string_view why, Instant now);
  std::optional<Change> limited(const std::string& key, Instant reset, Instant now);

 private:
  struct Watched {
    Breaker row;
    std::int64_t moved = 0;  // lanes, in this opening
    std::optional<Instant> trial_until = {};
    int on_its_way = 0;      // changes not yet written
  };
  std::optional<Change> replace(const std::string& key, const Breaker& row);

  BreakerRules rules_;
  std::map<std::string, Watched> watched_;
};

}  // namespace postmypost::publishing
