#include "accounts/transfers.hpp"

namespace postmypost::accounts {

using vault::DisclosureOutcome;

vault::DisclosureOutcome outcome_of(const http::Answer& answer) {
  using Transport = http::Answer::Transport;
  switch (answer.transport) {
    case Transport::kAnswered: return DisclosureOutcome::kDelivered;
    case Transport::kNotConnected:
    case Transport::kRefusedByUs: return DisclosureOutcome::kNotSent;
    case Transport::kNotReleased:  // all but the last byte may be there
    case Transport::kLost: break;
  }
  return DisclosureOutcome::kUnknown;
}

void combine(std::optional<vault::DisclosureOutcome>& whole, vault::DisclosureOutcome one) {
  if (!whole || *whole == DisclosureOutcome::kNotSent || one == DisclosureOutcome::kDelivered) whole = one;
}

}  // namespace postmypost::accounts
