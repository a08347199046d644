#include "publishing/clock_watch.hpp"

#include <sys/timex.h>

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

namespace postmypost::publishing {
namespace {

constexpr std::size_t kMostHosts = 64;

Duration line_of(Instant wall, Duration boot) { return {wall.us - boot.us}; }
Duration distance(Duration a, Duration b) { return {std::abs(a.us - b.us)}; }

}  // namespace

ClockWatch::ClockWatch(ClockRules rules, const Testimony& start, std::optional<Instant> last_beat)
    : rules_(rules),
      trusted_(line_of(start.wall, start.boot)),
      is_unproven_(last_beat && start.wall > *last_beat + rules.silence && !start.is_synchronised) {
  if (is_unproven_) trusted_ = line_of(*last_beat, start.boot);
}

void ClockWatch::hear(const std::string& host, Instant date, Duration boot) {
  if (lines_.size() >= kMostHosts && !lines_.contains(host)) return;
  lines_[host] = line_of(date, boot);
}

void ClockWatch::trust(const Testimony& now) {
  trusted_ = line_of(now.wall, now.boot);
  vouched_ = trusted_;
  is_unproven_ = false;
  doubt_ = {};
}

std::optional<Duration> ClockWatch::networks_line() const {
  if (lines_.empty()) return std::nullopt;
  std::vector<Duration> lines;
  for (const auto& [host, line] : lines_) lines.push_back(line);
  std::ranges::sort(lines);
  return lines[(lines.size() - 1) / 2];  // of two the earlier: it can only delay
}

std::string_view ClockWatch::contradiction(const Testimony& now, Duration line) const {
  if (vouched_ && distance(line, *vouched_) <= rules_.jump) return {};
  if (now.database && now.wall > *now.database + rules_.database) return "ahead_of_database";
  const auto networks = networks_line();
  const bool may_say = lines_.size() >= rules_.hosts_that_overrule || !now.is_synchronised;
  if (networks && may_say && line > *networks + rules_.jump) return "ahead_of_networks";
  return {};
}

bool ClockWatch::is_supported(const Testimony& now, Duration line) const {
  const auto networks = networks_line();
  return now.is_synchronised || now.database || (networks && line <= *networks + rules_.jump);
}

// A line that witnesses support, without contradiction, for a minute becomes the trusted one.
void ClockWatch::gather_agreement(const Testimony& now, Duration line) {
  const bool agreed = is_supported(now, line) && contradiction(now, line).empty();
  if (!agreed || (agreeing_since_ && distance(line, agreed_) > rules_.jump)) agreeing_since_.reset();
  if (!agreed) return;
  if (std::exchange(is_unproven_, false)) trusted_ = line;
  if (!agreeing_since_) agreeing_since_ = now.boot, agreed_ = line;
  if (now.boot < *agreeing_since_ + rules_.agreement) return;
  trusted_ = line;
  doubt_ = {};
}

std::string_view ClockWatch::tick(const Testimony& now) {
  const Duration line = line_of(now.wall, now.boot);
  gather_agreement(now, line);
  std::string_view present = contradiction(now, line);
  if (present.empty() && is_unproven_) return "unproven";
  if (present.empty() && line > trusted_ + rules_.jump) present = "jumped";
  if (!present.empty()) {
    calm_since_.reset();
    return doubt_ = present;
  }
  if (doubt_.empty()) return {};
  if (!calm_since_) calm_since_ = now.boot;
  if (now.boot >= *calm_since_ + rules_.agreement) doubt_ = {};
  return doubt_;
}

Instant ClockWatch::believed(Instant wall, Duration boot) const {
  return line_of(wall, boot) > trusted_ + rules_.jump ? Instant{boot.us + trusted_.us} : wall;
}

bool is_kernel_clock_synchronised() {
  timex kernel{};
  return ::adjtimex(&kernel) != -1 && (kernel.status & STA_UNSYNC) == 0;
}

}  // namespace postmypost::publishing
