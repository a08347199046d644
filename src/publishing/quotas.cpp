#include "publishing/quotas.hpp"

#include <algorithm>

namespace postmypost::publishing {

std::optional<Instant> account_quota_wait(storage::Transaction& tx, std::int64_t account_id,
                                          std::span<const networks::Quota> quotas, Instant now) {
  std::optional<Instant> wait;
  for (const networks::Quota& quota : quotas) {
    if (quota.scope != networks::LimitScope::kAccount) continue;
    const auto oldest = tx.value<Instant>(
        "select sent_at from delivery where account_id=$1 and sent_at > $2 order by sent_at desc limit 1 offset $3", account_id,
        now - quota.window, quota.posts - 1);
    if (oldest) wait = std::max(wait.value_or(Instant{}), *oldest + quota.window);
  }
  return wait && *wait > now ? wait : std::nullopt;
}

std::optional<Instant> AppQuotas::must_wait(const std::string& app, const networks::Quota& quota, std::int64_t account_id,
                                            Instant now) {
  Slots& slots = apps_[app];
  std::erase_if(slots.promised, [&](const auto& promise) { return promise.second + quota.window < now; });  // nobody came
  if (const auto mine = slots.promised.find(account_id); mine != slots.promised.end()) {
    if (mine->second > now) return mine->second;
    slots.promised.erase(mine);
    return std::nullopt;
  }
  while (slots.taken.size() > static_cast<std::size_t>(quota.posts)) slots.taken.pop_front();
  Instant slot = now;
  if (slots.taken.size() == static_cast<std::size_t>(quota.posts)) slot = std::max(now, slots.taken.front() + quota.window);
  slots.taken.push_back(slot);
  if (slot == now) return std::nullopt;
  return slots.promised[account_id] = slot;
}

}  // namespace postmypost::publishing
