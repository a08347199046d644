#include "world.hpp"

namespace postmypost::simulation {

std::uint64_t Dice::roll() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31U);
}

std::int64_t Dice::between(std::int64_t least, std::int64_t most) {
  return least + static_cast<std::int64_t>(roll() % static_cast<std::uint64_t>(most - least + 1));
}

bool Dice::chance(double probability) {
  return static_cast<double>(roll() >> 11U) * 0x1.0p-53 < probability;
}

void Dice::fill(std::span<unsigned char> out) {
  for (unsigned char& byte : out) byte = static_cast<unsigned char>(roll());
}

void World::after(Duration delay, Owner owner, std::function<void()> what) {
  if (dead_.contains(owner)) return;
  events_.emplace(std::pair(time_.us + std::max<std::int64_t>(delay.us, 0), ++set_), Event{owner, std::move(what)});
}

void World::drop(Owner owner) {
  dead_.insert(owner);
  const auto stopped = paused_.extract(owner);
  std::vector<std::function<void()>> dropped;  // destroyed after the map is whole again: they may set events
  for (auto event = events_.begin(); event != events_.end();) {
    if (event->second.owner != owner) {
      ++event;
      continue;
    }
    dropped.push_back(std::move(event->second.what));
    event = events_.erase(event);
  }
}

bool World::step(Instant until) {
  if (events_.empty() || events_.begin()->first.first > until.us) {
    time_ = std::max(time_, until);
    return false;
  }
  const auto next = events_.extract(events_.begin());
  time_.us = next.key().first;
  if (const auto stopped = paused_.find(next.mapped().owner); stopped != paused_.end()) {
    stopped->second.push_back(std::move(next.mapped().what));
  } else {
    next.mapped().what();
  }
  return true;
}

void World::resume(Owner owner) {
  auto stopped = paused_.extract(owner);
  if (stopped.empty()) return;
  for (auto& what : stopped.mapped()) after({}, owner, std::move(what));
}

}  // namespace postmypost::simulation
