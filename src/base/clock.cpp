#include "base/clock.hpp"

#include <ctime>

namespace postmypost {
namespace {

std::int64_t microseconds_of(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000 + t.tv_nsec / 1'000;
}

}  // namespace

Instant SystemClock::now() const { return {microseconds_of(CLOCK_REALTIME)}; }
Duration SystemClock::since_boot() const { return {microseconds_of(CLOCK_BOOTTIME)}; }

}  // namespace postmypost
