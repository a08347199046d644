// Letters that wait to be sent, and the one-time links in them. A letter is put into the transaction that gives the reason for it,
// so neither is there without the other. Thread-safe; functions with a Transaction belong to its lambda.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "mail/letters.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::mail {

inline constexpr Duration kLinkLife = hours(24);
// A letter that no relay takes for so long is given up: its link is of no use any more.
inline constexpr Duration kLetterLife = hours(24);
// Letters of one kind for one person, so that nobody fills another's mailbox.
inline constexpr std::int64_t kMostAnHour = 3, kMostADay = 10;

struct Link {
  std::int64_t id = 0, user_id = 0;
  LetterKind kind = LetterKind::kConfirm;
  std::string address;  // it was sent to
};

struct OutboxState {
  std::int64_t waiting = 0, sent = 0, refused = 0, given_up = 0;  // those that ended, of the last seven days
  std::int64_t asked_today = 0;                                   // without a session
  std::optional<std::string> problem = {};  // of the last try that went wrong
  std::optional<Instant> problem_at = {};
};

class Outbox {
 public:
  // `wake` is called when a letter was put, after its transaction.
  Outbox(vault::Vault& vault, const Clock& clock, Random& random, std::function<void()> wake = {})
      : vault_(vault), clock_(clock), random_(random), wake_(std::move(wake)) {}

  // False, and nothing is put: there were too many of this kind for the person.
  bool put(storage::Transaction& tx, std::int64_t user, LetterKind kind, std::string_view locale, const std::string& address) const;
  // The same with a one-time link for exactly this address; kinds that have one.
  bool put_with_link(storage::Transaction& tx, std::int64_t user, LetterKind kind, std::string_view locale, const std::string& address) const;
  // Tells of notices of these kinds. `token` ends such letters.
  bool put_notices(storage::Transaction& tx, std::int64_t user, std::string_view locale, const std::string& address,
                   const std::vector<std::string>& about, const std::string& token) const;
  // A link alone: its token, or none when there were too many of this kind.
  std::optional<std::string> make_link(storage::Transaction& tx, std::int64_t user, LetterKind kind, const std::string& address) const;

  // The link of a token, if it is one, was not used, and is not a day old.
  std::optional<Link> find(storage::Transaction& tx, std::string_view token) const;
  // Ends it and the others of its kind and person. False: it was ended meanwhile.
  bool use(storage::Transaction& tx, const Link& link) const;
  // Ends all of a person, whose address they were sent to is no more theirs.
  void end_links(storage::Transaction& tx, std::int64_t user) const;
  // The address that a person's newest usable link of this kind was sent to.
  std::optional<std::string> awaited(storage::Transaction& tx, std::int64_t user, LetterKind kind) const;
  // How the newest letter of these links fares: "waiting", "sending", "sent", "refused", "given_up".
  static std::optional<std::string> fate(storage::Transaction& tx, std::int64_t user, LetterKind kind);

  // Counts that somebody without a session asked for a letter: written whether the address is known or not, so that both take the
  // same work.
  void note_asked(storage::Transaction& tx) const;
  OutboxState state(storage::Transaction& tx) const;

 private:
  bool has_room(storage::Transaction& tx, std::string_view table, std::int64_t user, LetterKind kind) const;
  void insert(storage::Transaction& tx, std::int64_t user, LetterKind kind, std::string_view locale, const std::string& address,
              const std::optional<std::string>& secret, const std::optional<std::string>& about = {}) const;

  vault::Vault& vault_;
  const Clock& clock_;
  Random& random_;
  std::function<void()> wake_;
};

// Where the columns are sealed to.
vault::Place letter_place(std::string_view column, std::int64_t letter, std::int64_t user);

}  // namespace postmypost::mail
