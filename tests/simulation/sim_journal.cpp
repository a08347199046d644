#include "sim_journal.hpp"

#include <algorithm>
#include <functional>

namespace postmypost::simulation {

JournalDisk::JournalDisk(std::string new_id, const std::string& of) : id(std::move(new_id)), incarnation(of) {
  write({.kind = journal::Kind::kStart, .uid = id, .incarnation = of});
}

JournalDisk::JournalDisk(const JournalDisk& other)
    : id(other.id), incarnation(other.incarnation), is_original(false), entries(other.entries) {}

// Two histories of one journal have different hashes, as the real chain has.
void JournalDisk::write(journal::Entry entry) {
  const journal::Head before = entries.empty() ? journal::Head{} : entries.back().second;
  const std::string told = fmt::format("{} {} {} {} {} {} {} {}", before.hash, static_cast<int>(entry.kind), entry.at.us, entry.uid,
                                       entry.epoch, entry.step, entry.beat, entry.incarnation);
  entries.emplace_back(std::move(entry), journal::Head{before.number + 1, std::to_string(std::hash<std::string>()(told))});
}

bool JournalDisk::knows(journal::Kind kind, const std::string& uid, std::int64_t epoch, const std::string& step) const {
  return std::ranges::any_of(entries, [&](const auto& numbered) {
    const journal::Entry& entry = numbered.first;
    return entry.kind == kind && entry.uid == uid && entry.epoch == epoch && entry.step == step;
  });
}

void SimJournal::append(journal::Entry entry, std::function<void(std::exception_ptr)> durable) {
  waiting_.push_back({std::move(entry), std::move(durable)});
  if (std::exchange(sync_is_set_, true)) return;
  const bool slow = world_.dice.chance(0.005);
  world_.after(slow ? world_.dice.between(seconds(1), seconds(4)) : world_.dice.between(microseconds(100), milliseconds(4)),
               owner_, [this] { sync(); });
}

void SimJournal::sync() {
  sync_is_set_ = false;
  for (Waiting& waiting : std::exchange(waiting_, {})) {
    disk_.write(std::move(waiting.entry));
    if (!waiting.durable) continue;
    // The news is an event of its own: a kill may fall between the two.
    world_.after(microseconds(world_.dice.between(std::int64_t{1}, std::int64_t{200})), owner_,
                 [durable = std::move(waiting.durable)] { durable({}); });
  }
}

void SimJournal::renew(const std::string& incarnation, Instant now) {
  disk_.incarnation = incarnation;
  disk_.is_original = true;
  disk_.write({.kind = journal::Kind::kStart, .at = now, .uid = disk_.id, .incarnation = incarnation});
}

void SimJournal::replay(std::uint64_t from, const std::function<void(const journal::Entry&, const journal::Head&)>& use) const {
  for (const auto& [entry, head] : disk_.entries) {
    if (head.number >= from) use(entry, head);
  }
}

}  // namespace postmypost::simulation
