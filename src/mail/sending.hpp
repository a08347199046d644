// Hands letters to the relay, one after the other, each in four steps: claimed together with its ledger row, handed over, and the
// result written. Killed between, a letter is tried again under the same Message-ID when its claim is over: it may then arrive
// twice, and is never lost. What the relay refuses for good (5xx) ends; everything else is tried again, more and more seldom, for
// a day. Several processes may work on one store.
#pragma once

#include <atomic>
#include <functional>

#include "mail/outbox.hpp"
#include "mail/relay.hpp"

namespace postmypost::mail {

class Sending {
 public:
  struct With {
    storage::Database& database;
    vault::Vault& vault;
    const Clock& clock;
    const Relay& relay;
    std::function<Face()> face;
    double time_scale = 1.0;  // of pauses; tests only
  };
  explicit Sending(With with) : with_(std::move(with)) {}

  // Sends what is due now. Returns how many letters it tried.
  int work(const std::atomic<bool>& stop) const;
  // What a process that is gone had in hand is due at once: only where this process is the only one.
  void take_over() const;

 private:
  struct Claimed {
    std::int64_t id, user;
    LetterKind kind;
    std::string locale, message_id;
    storage::Blob address;
    std::optional<storage::Blob> secret;
    std::vector<std::string> about;
    std::int64_t tries;
    Instant made_at;
    RecordedDisclosure row;
  };
  bool is_due() const;
  void give_up(storage::Transaction& tx, Instant now) const;
  std::optional<Claimed> claim(storage::Transaction& tx) const;
  Handed send(const Claimed& letter, const std::atomic<bool>& stop) const;
  void settle(storage::Transaction& tx, const Claimed& letter, const Handed& handed) const;
  Duration pause_after(std::int64_t tries) const;

  With with_;
};

}  // namespace postmypost::mail
