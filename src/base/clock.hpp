// Time, handed in and never reached for, so that tests and the simulator own it.
//
// Thread-safe. Instants are microseconds since 1970-01-01T00:00:00Z; durations of leases and timeouts come from
// boot time, which no administrator or NTP step can move.
#pragma once

#include <compare>
#include <cstdint>

namespace postmypost {

// A point in UTC, stored as it is in the database.
struct Instant {
  std::int64_t us = 0;
  friend constexpr auto operator<=>(Instant, Instant) = default;
};

struct Duration {
  std::int64_t us = 0;
  friend constexpr auto operator<=>(Duration, Duration) = default;
};

constexpr Duration microseconds(std::int64_t n) { return {n}; }
constexpr Duration milliseconds(std::int64_t n) { return {n * 1'000}; }
constexpr Duration seconds(std::int64_t n) { return {n * 1'000'000}; }
constexpr Duration minutes(std::int64_t n) { return seconds(n * 60); }
constexpr Duration hours(std::int64_t n) { return minutes(n * 60); }
constexpr Duration days(std::int64_t n) { return hours(n * 24); }

constexpr Instant operator+(Instant t, Duration d) { return {t.us + d.us}; }
constexpr Instant operator-(Instant t, Duration d) { return {t.us - d.us}; }
constexpr Duration operator-(Instant a, Instant b) { return {a.us - b.us}; }
constexpr Duration operator+(Duration a, Duration b) { return {a.us + b.us}; }
constexpr Duration operator*(Duration d, std::int64_t n) { return {d.us * n}; }
constexpr Duration operator*(Duration d, double factor) {
  return {static_cast<std::int64_t>(static_cast<double>(d.us) * factor)};
}

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;         // wall clock, UTC
  virtual Duration since_boot() const = 0;  // CLOCK_BOOTTIME; counts suspend, never jumps
};

class SystemClock final : public Clock {
 public:
  Instant now() const override;
  Duration since_boot() const override;
};

// A clock that stands still until it is told to move.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start) : now_(start) {}
  Instant now() const override { return now_; }
  Duration since_boot() const override { return boot_; }
  void advance(Duration d) { now_ = now_ + d, boot_ = boot_ + d; }
  void set_wall(Instant t) { now_ = t; }

 private:
  Instant now_;
  Duration boot_{};
};

}  // namespace postmypost
