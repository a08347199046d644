#include "publishing/breakers.hpp"

#include <algorithm>

namespace postmypost::publishing {
namespace {

constexpr std::int64_t kMostDoublings = 20;

bool is_open(const Breaker& breaker, Instant now) { return now < breaker.open_until; }

}  // namespace

std::string host_key(std::string_view channel, std::string_view host) {
  return "host:" + std::string(channel) + "/" + std::string(host);
}
std::string account_key(std::int64_t account_id) { return "account:" + std::to_string(account_id); }

Breaker after_failure(const Breaker& before, std::string_view why, Instant now, const BreakerRules& rules) {
  if (is_open(before, now)) return before;
  Breaker after = before;
  after.failures += 1;
  after.why = why;
  if (after.failures < rules.failures) return after;
  const std::int64_t doublings = std::min(after.failures - rules.failures, kMostDoublings);
  after.opened_at = now;
  after.open_until = now + std::min(rules.first_pause * (std::int64_t{1} << doublings), rules.longest_pause);
  return after;
}

Breaker after_limit(const Breaker& before, Instant reset, Instant now) {
  if (reset <= std::max(before.open_until, now)) return before;
  return {.failures = before.failures, .why = "limit", .opened_at = now, .open_until = reset};
}

Duration ramp(std::int64_t place, const BreakerRules& rules) {
  std::int64_t steps = 0;
  for (std::int64_t in_step = 1; place >= in_step; in_step = std::min(in_step * 2, rules.most_in_step)) {
    place -= in_step;
    ++steps;
  }
  return rules.step * steps;
}

void Breakers::write(storage::Transaction& tx, const Change& change) {
  if (!change.row) {
    tx.execute("delete from breaker where key=$1", change.key);
    return;
  }
  tx.execute(
      "insert into breaker (key, failures, why, opened_at, open_until) values ($1,$2,$3,$4,$5) on conflict (key) do update set "
      "failures=excluded.failures, why=excluded.why, opened_at=excluded.opened_at, open_until=excluded.open_until",
      change.key, change.row->failures, change.row->why, change.row->opened_at, change.row->open_until);
}

void Breakers::refresh(storage::Transaction& tx) {
  std::map<std::string, Watched> stored;
  tx.each("select key, failures, why, opened_at, open_until from breaker", {}, [&](const storage::Row& row) {
    const Breaker breaker{.failures = row.get<std::int64_t>(1), .why = row.get<std::string>(2),
                          .opened_at = row.get<Instant>(3), .open_until = row.get<Instant>(4)};
    stored[row.get<std::string>(0)] = {.row = breaker};
  });
  for (auto& [key, known] : watched_) {
    if (known.on_its_way > 0) {
      stored[key] = known;
      continue;
    }
    const auto same = stored.find(key);
    if (same != stored.end() && same->second.row == known.row) same->second = known;
  }
  watched_ = std::move(stored);
}

void Breakers::written(const std::string& key) {
  const auto found = watched_.find(key);
  if (found == watched_.end()) return;
  if (--found->second.on_its_way == 0 && found->second.row == Breaker{}) watched_.erase(found);
}

std::optional<Breakers::Wait> Breakers::must_wait(const std::string& key, Instant now) {
  const auto found = watched_.find(key);
  if (found == watched_.end() || found->second.row.open_until == Instant{}) return std::nullopt;
  Watched& watched = found->second;
  if (is_open(watched.row, now)) return Wait{watched.row.open_until + ramp(watched.moved++, rules_), watched.row.why};
  if (!watched.trial_until || *watched.trial_until <= now) {
    watched.trial_until = now + rules_.trial;
    watched.moved = 0;
    return std::nullopt;
  }
  return Wait{now + rules_.step + ramp(watched.moved++, rules_), watched.row.why};
}

std::optional<Breakers::Change> Breakers::replace(const std::string& key, const Breaker& row) {
  const auto known = watched_.find(key);
  const Breaker before = known == watched_.end() ? Breaker{} : known->second.row;
  if (before == row) return std::nullopt;
  const int on_its_way = known == watched_.end() ? 0 : known->second.on_its_way;
  watched_[key] = {.row = row, .on_its_way = on_its_way + 1};
  return Change{key, row == Breaker{} ? std::nullopt : std::optional(row)};
}

std::optional<Breakers::Change> Breakers::succeeded(const std::string& key, Instant now) {
  const auto known = watched_.find(key);
  // What was on its way when the limit was met says nothing about the limit.
  if (known == watched_.end() || (known->second.row.why == "limit" && is_open(known->second.row, now))) return std::nullopt;
  return replace(key, {});
}

std::optional<Breakers::Change> Breakers::failed(const std::string& key, std::string_view why, Instant now) {
  const auto known = watched_.find(key);
  return replace(key, after_failure(known == watched_.end() ? Breaker{} : known->second.row, why, now, rules_));
}

std::optional<Breakers::Change> Breakers::limited(const std::string& key, Instant reset, Instant now) {
  const auto known = watched_.find(key);
  return replace(key, after_limit(known == watched_.end() ? Breaker{} : known->second.row, reset, now));
}

}  // namespace postmypost::publishing
