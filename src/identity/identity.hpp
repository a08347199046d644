// People: set-up, sign-up, sign-in, sessions, access tokens, invitations, acknowledgements. Thread-safe.
//
// Answers for a known and an unknown e-mail address are the same in words and work. Tokens leave this room once, in plain,
// and are stored as hashes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "identity/actor.hpp"
#include "identity/choices.hpp"
#include "identity/documents.hpp"
#include "identity/passwords.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::identity {

enum class Mode { kPrivate, kOpen };

struct Settings {
  bool set_up = false;
  std::string operator_name, operator_contact, public_url;
  Mode mode = Mode::kPrivate;
};

struct Person {
  std::int64_t id = 0;
  std::string name, email;
  Role role = Role::kUser;
  std::string locale, theme;   // the defaults while personalisation is off
  bool personalised = true;    // clause 2.2.2 (choices.hpp)
  Instant created_at;
  std::optional<Instant> restricted_at = {};
  std::string email_confirmed_by = "unknown";  // "set_up", "invitation", "operator", "self" (changed by themselves), "unconfirmed"
};

// Whom an answer goes to (clause 2.2.3).
struct Contact {
  std::string name, email;
};

struct NewPerson {
  std::string name, email, password, locale;
  std::int64_t policy_version = 0, terms_version = 0;  // acknowledged
};

// Where a request came from, for the list of sessions.
struct Visitor {
  std::string ip, user_agent;
};

struct SignedIn {
  std::string token;  // for the cookie; shown once
  Actor actor;
};

struct SessionRow {
  std::int64_t id = 0;
  std::string device, ip;
  Instant created_at, last_seen_at;
};

struct InvitationRow {
  std::int64_t id = 0;
  std::optional<std::int64_t> project_id;
  Instant created_at, expires_at;
  std::optional<Instant> used_at;
};

struct TokenRow {
  std::int64_t id = 0;
  std::string label, scopes;
  Instant created_at;
  std::optional<Instant> expires_at, last_used_at;  // to the minute
};

struct AcknowledgementRow {
  std::string document;
  std::int64_t version = 0;
  std::string sha256, locale;
  Instant at;
};

// A text that a person has still to acknowledge, and the version they acknowledged before, if any.
struct Unread {
  std::string document;
  std::int64_t version = 0;
  std::optional<std::int64_t> before;
};

// A session is over when nobody used it for so long, or so long after it was begun.
inline constexpr Duration kLongestIdle = days(14);
inline constexpr Duration kLongestSession = days(30);

class Identity {
 public:
  Identity(storage::Database& database, vault::Vault& vault, const Clock& clock, Random& random)
      : database_(database), vault_(vault), clock_(clock), random_(random), choices_(database, vault, clock) {}

  // -- Instance
  Settings settings() const;
  Result<Settings> change_settings(std::optional<std::string> operator_name, std::optional<std::string> operator_contact,
                                   std::optional<std::string> public_url, std::optional<Mode> mode);
  // Before set-up: a fresh one-time link token, valid for 24 hours; older ones end. Null after set-up.
  std::optional<std::string> new_set_up_token();
  // Errors: `setup.done`, `setup.link_unknown`, `setup.link_used`, `setup.link_expired`.
  Result<> check_set_up_token(std::string_view token) const;
  Result<SignedIn> set_up(std::string_view token, Settings settings, const NewPerson& first, const Visitor& visitor);

  // -- Signing up and in
  // Errors: `signup.invitation_needed`, `invitation.unusable`, `signup.not_possible`, `signup.acknowledge`, `email.form`,
  // `name.empty`, and those of passwords. In open mode an address that is taken answers `signup.not_possible` with the same
  // sentence that every other refusal to an address gets.
  // `welcome` runs in the same transaction with the new person and what the invitation leads to.
  using Welcome = std::function<void(storage::Transaction&, std::int64_t user, std::optional<std::int64_t> project)>;
  Result<SignedIn> sign_up(const NewPerson& person, std::optional<std::string> invitation, const Visitor& visitor,
                           const Welcome& welcome = {});
  // Errors: `signin.wrong` (address or password), `signin.too_many` with retry_after_s.
  Result<SignedIn> sign_in(const std::string& email, const std::string& password, const Visitor& visitor);
  std::optional<Actor> session(std::string_view token);
  std::optional<Actor> bearer(std::string_view token);
  // Whether the session or token of `actor` is still one. A session that only listens grows old all the same.
  bool is_alive(storage::Transaction& tx, const Actor& actor) const;
  bool end_session(std::int64_t user, std::int64_t session);  // false: there was none
  void end_other_sessions(std::int64_t user, std::int64_t kept);
  std::vector<SessionRow> sessions(std::int64_t user) const;

  // -- One's own data
  std::optional<Person> person(std::int64_t user) const;
  std::optional<Contact> contact(std::int64_t user) const;
  std::optional<std::int64_t> find_by_email(std::string_view email) const;
  // Errors: `choice.personalise_off` for language and theme while personalisation is off.
  Result<Person> change_person(std::int64_t user, std::optional<std::string> name, std::optional<std::string> locale,
                               std::optional<std::string> theme);
  // The person says the password again before something grave. `field` is where it stands in the request.
  // Errors: `password.current_wrong`, `signin.too_many`.
  Result<> confirm_password(std::int64_t user, const std::string& password, const std::string& field);
  // Ends the other sessions; the address before is kept nowhere. Errors: `email.form`, `email.not_possible`, those of the password.
  Result<Person> change_email(std::int64_t user, std::int64_t session, const std::string& email, const std::string& password);
  // While a person is restricted, nothing of theirs is published (publishing/restriction.hpp). False: they were already, or were not.
  bool restrict(storage::Transaction& tx, std::int64_t user) const;
  bool lift_restriction(storage::Transaction& tx, std::int64_t user) const;
  // Errors: `person.restricted`.
  static Result<> may_publish(storage::Transaction& tx, std::int64_t user);
  // The same, and their address is confirmed by somebody. Errors: `person.unconfirmed` too.
  static Result<> may_plan(storage::Transaction& tx, std::int64_t user);
  Result<> change_password(std::int64_t user, std::int64_t session, const std::string& current, const std::string& fresh);
  std::vector<AcknowledgementRow> acknowledgements(std::int64_t user) const;
  std::vector<Unread> unread(std::int64_t user) const;
  // Stores which of the current texts were read just now; what was acknowledged before stays as it was.
  // Errors: `policy.version_not_current` when others than the current ones were shown.
  Result<> acknowledge(std::int64_t user, std::int64_t policy_version, std::int64_t terms_version, const std::string& locale);
  Choices& choices() { return choices_; }

  // -- Leaving (room `leaving`). A person who leaves keeps `kept`, the session they said it in, and loses every other and all
  // access tokens.
  void begin_leaving(storage::Transaction& tx, std::int64_t user, std::int64_t kept) const;
  void end_all_access(storage::Transaction& tx, std::int64_t user) const;
  bool stay(storage::Transaction& tx, std::int64_t user) const;  // false: they were not leaving
  static std::optional<Instant> leaving_since(storage::Transaction& tx, std::int64_t user);
  static std::vector<std::int64_t> leaving_before(storage::Transaction& tx, Instant instant);
  // Errors: `person.last_operator`.
  static Result<> may_leave(storage::Transaction& tx, std::int64_t user);

  // -- Access tokens. `scopes` are checked by the caller (api/scopes.hpp).
  struct NewToken {
    std::string token;  // shown once
    TokenRow row;
  };
  // Errors: `token.label`, `token.life`, `token.too_many`.
  Result<NewToken> create_token(std::int64_t user, const std::string& label, const std::string& scopes,
                                std::optional<std::int64_t> life_days);
  std::vector<TokenRow> tokens(std::int64_t user) const;  // not revoked; newest first
  Result<> revoke_token(std::int64_t user, std::int64_t token);

  // -- Invitations (operator)
  struct NewInvitation {
    std::string token;  // shown once
    InvitationRow row;
  };
  NewInvitation invite(std::int64_t by, std::optional<std::int64_t> project);
  std::vector<InvitationRow> invitations() const;
  Result<InvitationRow> invitation(std::string_view token) const;
  Result<> revoke_invitation(std::int64_t id);

  // -- Commands of the operator on the machine
  Result<std::int64_t> create_user(const NewPerson& person, Role role);
  Result<> confirm_address(const std::string& email);  // the operator knows whose it is
  Result<> reset_password(const std::string& email, const std::string& fresh);  // ends all sessions

 private:
  Result<std::int64_t> insert_person(storage::Transaction& tx, const NewPerson& person, const std::string& hash, Role role,
                                     std::string_view confirmed_by);
  SignedIn open_session(storage::Transaction& tx, std::int64_t user, const Visitor& visitor);
  void acknowledge(storage::Transaction& tx, std::int64_t user, const std::string& locale, const Settings& settings);
  Result<> check_new_person(const NewPerson& person) const;
  std::string index_of(std::string_view email) const;
  Result<> begin_try(const std::string& who);
  void forget_tries(const std::string& who);

  storage::Database& database_;
  vault::Vault& vault_;
  const Clock& clock_;
  Random& random_;
  Choices choices_;
  Passwords passwords_;

  struct Tries {
    int count = 0;
    Duration next_allowed;
  };
  std::mutex tries_mutex_;
  std::map<std::string, Tries> tries_;  // by blind index and by address; in memory only
};

// Trimmed, NFC, case folded. Errors: `email.form`.
Result<std::string> normalised_email(std::string_view email);
std::string device_of(std::string_view user_agent);  // "Firefox, Linux"

}  // namespace postmypost::identity
