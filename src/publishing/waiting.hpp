// "Why is this waiting?" in words, for every kind of waiting.
//
// The codes are the API's; the web app has a sentence for each (web/src/locales/*/publication.json, `waiting_*`).
//
//   retry                      proven not applied; the next try is at `until`
//   quiet_time                 in doubt; the network is read at `until`
//   lane.busy, lane.in_doubt   another post of the account is being sent, or looked for in the network
//   rate_limited               the network asked this account to wait until `until`
//   host.unreachable, host.server_error, host.limit, account.server_error
//                              a breaker is open (breakers.hpp); the next try is at `until`; `host`
//   quota                      the network takes only so many posts in a while; the next one at `until`
//   account.needs_reconnect    a person must connect the account again
//   alone                      it crashed the server twice and runs when nothing else does
//   clock.jumped, clock.ahead_of_networks, clock.ahead_of_database, clock.unproven
//                              the server's clock is doubted (clock_watch.hpp)
//   others.alone               another delivery runs alone
//   storage.full               nothing new is begun before there is space (said by the API, the table can't be written)
//   engine.adopt               the data was restored or copied (adoption.hpp; said by the API)
//   starting                   none of these: it is its turn
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "publishing/delivery.hpp"

namespace postmypost::publishing {

struct Waiting {
  std::string code;
  std::map<std::string, std::string> params = {};
};
// Null for what is not due yet, is at work, or is over.
std::optional<Waiting> why_waiting(storage::Transaction& tx, const Delivery& delivery, Instant now);

// Why the lane was put off until then: beside hold_back_lane, in the same transaction.
void explain_lane(storage::Transaction& tx, std::int64_t account_id, Instant until, const Waiting& why);

// Why a living worker claims nothing, if one does not.
std::optional<std::string> why_paused(storage::Transaction& tx);
// Why this worker claims nothing; none: it does.
void explain_pause(storage::Transaction& tx, std::int64_t worker, std::optional<std::string_view> code, Instant now);

}  // namespace postmypost::publishing
