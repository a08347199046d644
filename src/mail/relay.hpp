// The operator's mail server, the only one that letters are handed to (SMTP, RFC 5321, by libcurl).
//
// TLS always: from the first byte ("smtps://") or by STARTTLS before anything else ("smtp://"): a server that does not offer it, or
// whose certificate is not right, gets nothing. Without TLS only on this machine ("smtp-plain://127.0.0.1:25"). The relay is the
// operator's own choice and may stand at a private address. Each letter goes over a connection of its own, so libcurl never
// sends one twice. Thread-safe.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/disclosure.hpp"
#include "base/result.hpp"

namespace postmypost::mail {

enum class Security { kStartTls, kTls, kPlain };

struct Relay {
  Security security = Security::kStartTls;
  std::string host;
  unsigned short port = 587;
  std::string sender;          // address that letters come from
  std::string user, password;  // empty: the relay asks for none
  std::string ca_file;         // certificates of authorities
  Duration timeout = seconds(60);

  std::string address() const;  // "smtp://host:587", for people
};

// As the operator gives it, by options.
struct RelayWords {
  std::string url, sender, user, password_file, ca_file;
};
// None: no relay was given. `ca_file` is the program's, when the relay has none of its own. Errors: `mail.relay_missing` (the other
// words without a relay), `mail.relay_form`, `mail.relay_plain`, `mail.sender_missing`, `mail.sender_form`, `mail.credentials_half`,
// `mail.password_file`, `mail.ca_file`.
Result<std::optional<Relay>> relay_of(const RelayWords& words, const std::string& ca_file);

struct Handed {
  enum class How {
    kAccepted,  // the relay answered for it
    kLater,     // for certain not accepted; trying again may help
    kRefused,   // for certain not accepted, and it said "never" (5xx)
    kUnknown,   // the text was on its way and no answer came
  };
  How how = How::kLater;
  bool address_told = false;  // the relay has seen whom the letter is for
  std::string problem = {};   // a code: "unreachable", "tls", "login", "answer_550", "lost"; never words of the relay
};

// `message` as wire_form makes it. The disclosure must name the relay's host. `own_name` is what we call ourselves to it. Ends early
// when `stop` turns true.
Handed hand_over(const Relay& relay, const RecordedDisclosure& disclosure, const std::string& own_name, const std::string& to,
                 const std::string& message, const std::atomic<bool>& stop);

}  // namespace postmypost::mail
