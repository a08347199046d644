#include "publishing/states.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace postmypost::publishing {
namespace {

constexpr auto kNames = std::to_array<std::pair<State, std::string_view>>({
    {State::kScheduled, "scheduled"},
    {State::kClaimed, "claimed"},
    {State::kPrepared, "prepared"},
    {State::kSending, "sending"},
    {State::kRetryWait, "retry_wait"},
    {State::kUnknown, "unknown"},
    {State::kReconciling, "reconciling"},
    {State::kPublished, "published"},
    {State::kFailed, "failed"},
    {State::kHeld, "held"},
    {State::kExpired, "expired"},
    {State::kCancelled, "cancelled"},
});

}  // namespace

std::string_view to_string(State state) {
  for (const auto& [value, name] : kNames) {
    if (value == state) return name;
  }
  throw std::invalid_argument("state out of range");
}

State parse_state(std::string_view text) {
  for (const auto& [value, name] : kNames) {
    if (name == text) return value;
  }
  throw std::invalid_argument("unknown delivery state " + std::string(text));
}

}  // namespace postmypost::publishing
