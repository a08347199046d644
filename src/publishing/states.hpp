// The states of a delivery and the moves between them (docs/publishing.md).
//
// The table below is the machine: `move` in transitions.hpp refuses what is not in it, in production too.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace postmypost::publishing {

enum class State {
  kScheduled,    // promised for `due`
  kClaimed,      // leased, nothing visible done
  kPrepared,     // content frozen, media uploaded invisibly
  kSending,      // INTENT durable
  kRetryWait,    // proven not applied
  kUnknown,      // may or may not exist
  kReconciling,  // reading the network
  kPublished,    // the network has it (or it was accepted and only its id is missing)
  kFailed,       // permanent
  kHeld,         // needs a person
  kExpired,      // late, and the person had chosen "skip if late"
  kCancelled,    // ended
};

std::string_view to_string(State state);  // "retry_wait"
State parse_state(std::string_view text);  // throws std::invalid_argument: the database holds only ours

struct Move {
  State from, to;
};

inline constexpr auto kMoves = std::to_array<Move>({
    {State::kScheduled, State::kClaimed},
    {State::kScheduled, State::kCancelled},
    {State::kScheduled, State::kExpired},
    {State::kScheduled, State::kHeld},
    {State::kScheduled, State::kUnknown},    // only after a restore: it may have been sent since the backup
    {State::kScheduled, State::kPublished},  // only after a restore: the sent-journal names the post
    {State::kClaimed, State::kPrepared},
    {State::kClaimed, State::kSending},    // one-step networks prepare nothing
    {State::kClaimed, State::kPublished},  // a local effect has no gate
    {State::kClaimed, State::kScheduled},
    {State::kClaimed, State::kRetryWait},
    {State::kClaimed, State::kUnknown},  // only after a failover: its INTENT and GATE were lost with the tail
    {State::kClaimed, State::kFailed},
    {State::kClaimed, State::kHeld},
    {State::kPrepared, State::kPrepared},  // the next upload
    {State::kPrepared, State::kSending},
    {State::kPrepared, State::kPublished},  // found by the look before sending
    {State::kPrepared, State::kScheduled},
    {State::kPrepared, State::kRetryWait},
    {State::kPrepared, State::kUnknown},  // as above
    {State::kPrepared, State::kFailed},
    {State::kPrepared, State::kHeld},
    {State::kSending, State::kSending},  // the next visible step, or the same one in a renewed session
    {State::kSending, State::kPublished},
    {State::kSending, State::kRetryWait},
    {State::kSending, State::kFailed},
    {State::kSending, State::kUnknown},
    {State::kSending, State::kHeld},
    {State::kRetryWait, State::kClaimed},
    {State::kRetryWait, State::kFailed},
    {State::kRetryWait, State::kExpired},
    {State::kRetryWait, State::kHeld},
    {State::kRetryWait, State::kCancelled},
    {State::kRetryWait, State::kPublished},  // late truth
    {State::kRetryWait, State::kUnknown},    // only after a restore
    {State::kUnknown, State::kReconciling},
    {State::kUnknown, State::kPublished},  // late truth
    {State::kUnknown, State::kHeld},
    {State::kReconciling, State::kPublished},
    {State::kReconciling, State::kRetryWait},
    {State::kReconciling, State::kUnknown},  // the network did not answer: look again later
    {State::kReconciling, State::kHeld},
    {State::kFailed, State::kScheduled},
    {State::kFailed, State::kCancelled},
    {State::kHeld, State::kScheduled},
    {State::kHeld, State::kPublished},
    {State::kHeld, State::kUnknown},  // only after a restore
    {State::kHeld, State::kCancelled},
    {State::kExpired, State::kCancelled},
});

constexpr bool may_move(State from, State to) {
  for (const Move& move : kMoves) {
    if (move.from == from && move.to == to) return true;
  }
  return false;
}

// Waits for the engine, not for a person or the past.
constexpr bool is_waiting(State state) {
  return state == State::kScheduled || state == State::kRetryWait || state == State::kUnknown;
}
// A lease is held on it: somebody is at work, or died at it.
constexpr bool is_leased(State state) {
  return state == State::kClaimed || state == State::kPrepared || state == State::kSending ||
         state == State::kReconciling;
}

// Somebody outside looks at these: they go to the outbox.
constexpr bool is_announced(State state) {
  return state != State::kClaimed && state != State::kPrepared && state != State::kReconciling;
}

// Why a delivery is held or failed: stable codes of the API.
namespace reason {
inline constexpr std::string_view kUndecided = "undecided";    // nobody can know whether it is there
inline constexpr std::string_view kMissed = "missed";          // past the late window
inline constexpr std::string_view kAuth = "auth";              // the account must be connected again
inline constexpr std::string_view kPoison = "poison";          // crashed while being worked on alone
inline constexpr std::string_view kDuplicate = "duplicate";    // the answer named another delivery's post
inline constexpr std::string_view kContent = "content";        // the network refused the content
inline constexpr std::string_view kRestricted = "restricted";  // its author paused what is done with their data
inline constexpr std::string_view kRestored = "restored";      // may be live: an old backup can't know
}  // namespace reason

}  // namespace postmypost::publishing
