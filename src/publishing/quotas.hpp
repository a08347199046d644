// Quotas that networks publish: kept before the network has to refuse (networks/limits.hpp has the numbers' shape, connectors the
// numbers).
//
// An account's quota is derived from its deliveries' `sent_at`, so every worker sees the same and nothing is counted twice. An app's
// quota (a bot with many channels) spans a second or so: each worker keeps it by itself and hands out slots.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "networks/limits.hpp"
#include "storage/database.hpp"

namespace postmypost::publishing {

// When one more post of the account keeps every quota of its own; null: now. Cost: at most `posts` index entries per quota.
std::optional<Instant> account_quota_wait(storage::Transaction& tx, std::int64_t account_id,
                                          std::span<const networks::Quota> quotas, Instant now);

// Not thread-safe.
class AppQuotas {
 public:
  // Null: now, and the slot is used. Otherwise the slot that this account has from now on.
  std::optional<Instant> must_wait(const std::string& app, const networks::Quota& quota, std::int64_t account_id, Instant now);

 private:
  struct Slots {
    std::deque<Instant> taken;                  // ascending; not more than fit into a window
    std::map<std::int64_t, Instant> promised;   // to accounts that came too early
  };
  std::map<std::string, Slots> apps_;
};

}  // namespace postmypost::publishing
