#include "publishing/policies.hpp"

#include <algorithm>

#include "base/zones.hpp"

namespace postmypost::publishing {
namespace {

using networks::LimitScope;

BreakerRules scaled_rules(double scale) {
  BreakerRules rules;
  for (Duration* duration : {&rules.first_pause, &rules.longest_pause, &rules.trial, &rules.step}) *duration = *duration * scale;
  return rules;
}

ClockRules scaled_clock_rules(double scale) {
  ClockRules rules;
  rules.agreement = rules.agreement * scale;
  return rules;
}

std::string host_of(const Work& work) { return host_key(work.delivery.channel, work.account.facts.host); }

bool is_local(const Work& work) { return work.capabilities.idempotency == networks::Idempotency::kExactlyOnce; }

void add(std::vector<Breakers::Change>& changes, std::optional<Breakers::Change> change) {
  if (change) changes.push_back(std::move(*change));
}

}  // namespace

Policies::Policies(const Clock& clock, const DispatcherOptions& options)
    : clock_(clock), options_(options), breakers_(scaled_rules(options.time_scale)) {}

Testimony Policies::testimony() const {
  Testimony now{.wall = clock_.now(), .boot = clock_.since_boot(), .is_synchronised = options_.is_clock_synchronised()};
  if (database_line_) now.database = Instant{now.boot.us + database_line_->us};
  return now;
}

void Policies::begin(std::optional<Instant> last_alive) { watch_.emplace(scaled_clock_rules(options_.time_scale), testimony(), last_alive); }

void Policies::hear(const http::Answer& answer, const std::string& host) {
  if (const auto date = parse_http_date(answer.header("Date"))) watch_->hear(host, *date, clock_.since_boot());
}

void Policies::hear_database(Instant database) { database_line_ = Duration{database.us - clock_.since_boot().us}; }

void Policies::refresh(storage::Transaction& tx) {
  breakers_.refresh(tx);
  crashes_ = crashes_of_all(tx);
}

Sentence Policies::sentence(std::int64_t delivery_id) const {
  const auto found = crashes_.find(delivery_id);
  return sentence_for(found == crashes_.end() ? 0 : found->second);
}

std::optional<Policies::Hold> Policies::hold_of(const std::string& key, std::string_view whose, const Work& work) {
  const auto wait = breakers_.must_wait(key, now());
  if (!wait) return std::nullopt;
  return Hold{wait->until, {std::string(whose) + "." + std::string(wait->why), {{"host", work.account.facts.host}}}};
}

std::optional<Policies::Hold> Policies::quota_hold(storage::Transaction& tx, const Work& work) {
  const Instant time = now();
  std::vector<networks::Quota> quotas = work.capabilities.quotas;
  for (networks::Quota& quota : quotas) quota.window = quota.window * options_.time_scale;
  auto until = account_quota_wait(tx, work.delivery.account_id, quotas, time);
  for (const networks::Quota& quota : quotas) {
    if (until || quota.scope != LimitScope::kHost) continue;
    until = app_quotas_.must_wait(work.capabilities.app, quota, work.delivery.account_id, time);
  }
  if (!until) return std::nullopt;
  return Hold{*until, {"quota"}};
}

std::optional<Policies::Hold> Policies::hold(storage::Transaction& tx, const Work& work) {
  if (is_local(work)) return std::nullopt;
  // The account first: it may not use up the one try of its host.
  if (auto hold = hold_of(account_key(work.delivery.account_id), "account", work)) return hold;
  const bool sends = work.delivery.state != State::kReconciling;
  if (sends && options_.keep_quotas) {
    if (auto hold = quota_hold(tx, work)) return hold;
  }
  return hold_of(host_of(work), "host", work);
}

std::vector<Breakers::Change> Policies::learn(Work& work, const http::Answer& answer) {
  using Transport = http::Answer::Transport;
  std::vector<Breakers::Change> changes;
  const Instant time = now();
  const std::string host = host_of(work), account = account_key(work.delivery.account_id);
  if (answer.transport == Transport::kNotConnected || answer.transport == Transport::kLost) {
    add(changes, breakers_.failed(host, "unreachable", time));
  }
  if (answer.transport != Transport::kAnswered) return changes;
  hear(answer, work.account.facts.host);
  if (answer.status >= 500) {
    add(changes, breakers_.failed(host, "server_error", time));
    add(changes, breakers_.failed(account, "server_error", time));
  } else if (answer.status != 429) {
    add(changes, breakers_.succeeded(host, time));
    add(changes, breakers_.succeeded(account, time));
  }
  if (const auto rest = networks::used_up(answer, work.capabilities.limits, time); rest && answer.status < 300) {
    if (rest->scope == LimitScope::kHost) add(changes, breakers_.limited(host, rest->at, time));
    work.rest_until = std::max(work.rest_until, rest->at);
  }
  return changes;
}

std::optional<Breakers::Change> Policies::limited(const Work& work, const networks::NotApplied& why) {
  const bool is_hosts = why.scope == LimitScope::kHost || work.capabilities.limits.scope == LimitScope::kHost;
  if (!why.retry_at || !is_hosts) return std::nullopt;
  return breakers_.limited(host_of(work), *why.retry_at, now());
}

Instant Policies::spacing_after(const Work& work) const {
  Instant next{0};
  if (!options_.keep_quotas) return next;
  for (const networks::Quota& quota : work.capabilities.quotas) {
    if (quota.scope == LimitScope::kAccount && quota.posts == 1) next = std::max(next, now() + quota.window * options_.time_scale);
  }
  return next;
}

}  // namespace postmypost::publishing
