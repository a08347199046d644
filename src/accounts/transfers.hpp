// What an answer says about the transfer that the disclosure ledger has a row of: did anything reach the recipient?
#pragma once

#include <optional>

#include "http/egress.hpp"
#include "vault/ledger.hpp"

namespace postmypost::accounts {

// Delivered: there was an answer, whatever it says. Not sent: for certain no byte left. Else nobody knows.
vault::DisclosureOutcome outcome_of(const http::Answer& answer);

// Of several requests under one row: what reached the recipient once, reached it.
void combine(std::optional<vault::DisclosureOutcome>& whole, vault::DisclosureOutcome one);

}  // namespace postmypost::accounts
