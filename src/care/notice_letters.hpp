// Notices by letter as well, for whoever wants to hear of them (clause 2.2.3). Off until a person switches it on; ended in the cabinet,
// or at one click by whoever holds a letter (RFC 8058). A letter says which kinds of notices there are, nothing of what they are about.
#pragma once

#include <atomic>

#include "care/notices.hpp"
#include "identity/identity.hpp"
#include "mail/outbox.hpp"

namespace postmypost::care {

// Who looks at the page within this time hears of it there.
inline constexpr Duration kBeforeLetter = minutes(5);

class NoticeLetters {
 public:
  struct With {
    storage::Database& database;
    vault::Vault& vault;
    const Clock& clock;
    const identity::Identity& identity;
    const mail::Outbox& outbox;
    double time_scale = 1.0;  // of kBeforeLetter; tests only
  };
  explicit NoticeLetters(With with) : with_(with) {}

  static bool wants(storage::Transaction& tx, std::int64_t user);
  // Errors: `letter.none`, `person.unconfirmed` for an address that nobody confirmed.
  Result<> choose(storage::Transaction& tx, std::int64_t user, bool wanted) const;
  // Of a token that is none, or was ended already, nothing is said.
  static void end_by(storage::Transaction& tx, std::string_view token);

  // One letter for whoever has unseen notices that no letter told of, at most a few an hour (mail/outbox.hpp).
  void work(const std::atomic<bool>& stop) const;

 private:
  std::string token_of(std::int64_t user, Instant since) const;
  void tell(storage::Transaction& tx, std::int64_t user) const;

  With with_;
};

}  // namespace postmypost::care
