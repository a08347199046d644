#include "vault/key_keeping.hpp"

#include "base/log.hpp"
#include "vault/data_keys.hpp"

namespace postmypost::vault {
namespace {

// A process believes what it knows of a key for five seconds, and a write that it sealed may wait for as long to be made.
constexpr Duration kOldVersionSealsOn = minutes(1);

}  // namespace

void KeyKeeping::keep(const std::atomic<bool>& stop) const {
  DataKeys& keys = vault.keys();
  if (const auto file = copies.copy_if_changed(keys)) log::info("keys.copied");
  copies.drop_old();
  const Instant before = clock.now() - kOldVersionSealsOn;
  if (keys.has_undrained()) {
    const std::int64_t moved = seal_anew(database, vault, columns, stop);
    if (stop) return;
    keys.mark_drained(before);
    if (moved > 0) log::info("keys.data_moved", {{"rows", moved}});
  }
  if (const std::int64_t retired = keys.retire(clock.now() - kOldVersionLife); retired > 0) {
    log::info("keys.retired", {{"rows", retired}});
  }
}

}  // namespace postmypost::vault
