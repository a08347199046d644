// The fault script: which requests go wrong, and how.
//
// A rule is data:
//   network      "telegram" | "mastodon" | "gotosocial" | "bluesky"; empty: any
//   match        a part, or a list of parts, of the request's head (its line and headers); empty: every request
//   skip, times  so many matching requests pass first, so many then meet the fault (times 0: all that follow)
//   reused       true: only requests on a connection that carried another one before
//   probability  of those, from the script's seed
//   acts         "yes" | "no" | "late": whether and when the network does what was asked; `late_ms` after the answer was due
//   answer       what comes back, see Fault::Answer
//   status, headers, body | body_base64url, repeat, cut      of a given answer
//   pause_ms     between the bytes of a drip and between endless headers
// The first rule that takes a request decides.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "wire.hpp"
#include "world.hpp"

namespace postmypost::netsim {

struct Fault {
  enum class Acts { kYes, kNo, kLate };
  enum class Answer {
    kUsual,           // "usual": the network's own
    kGiven,           // "given": the rule's
    kForeign,         // "foreign": the network's, with the id of the account's post before this one
    kReset,           // "reset": RST instead of a status line
    kClose,           // "close": FIN instead of a status line
    kHang,            // "hang": nothing, ever
    kDrip,            // "drip": the network's, a byte at a time
    kEndlessHeaders,  // "endless_headers"
    kResetMidBody,    // "reset_mid_body": RST before the request is whole; never acts
    kNeverRead,       // "never_read": the body is left in the socket; never acts
  };
  Acts acts = Acts::kYes;
  Answer answer = Answer::kUsual;
  netsim::Answer given = {};
  std::chrono::milliseconds late{0}, pause{1000};
};

class Script {
 public:
  // {"seed": 1, "rules": [...]}: replaces what was there. Throws std::exception with words for a rule it does not know.
  void set(const boost::json::object& script);
  void add(const boost::json::object& script);  // the same, after what is there
  boost::json::array rules() const;             // {network, match, times left} of each
  std::optional<Fault> pick(std::string_view network, const Request& request);
  // Rules that still wait for requests: a test that ends with some did not meet its fault.
  std::int64_t waiting() const;

 private:
  struct Rule {
    std::string network;
    std::vector<std::string> match;
    std::int64_t skip = 0, times = 1;
    bool forever = false, reused = false;
    double probability = 1.0;
    Fault fault = {};
  };
  static Rule read(const boost::json::object& from);

  std::vector<Rule> rules_;
  simulation::Dice dice_{1};
};

}  // namespace postmypost::netsim
