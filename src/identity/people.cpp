// Signing up, one's own data, invitations, and what the operator does on the machine.
#include <tuple>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "identity/identity.hpp"

namespace postmypost::identity {
namespace {

using vault::Category;
using vault::KeyScope;
using vault::Purpose;

constexpr Duration kInvitationLife = days(7);
constexpr std::size_t kLongestName = 200;
constexpr std::string_view kDefaultLocale = "en", kDefaultTheme = "system";

vault::Place name_place(std::int64_t user) { return {"person", "name", user, KeyScope::kUser, user}; }
vault::Place email_place(std::int64_t user) { return {"person", "email", user, KeyScope::kUser, user}; }

Error invalid(std::string code, std::string detail, std::string field, std::string rule, std::string fix) {
  return {.code = std::move(code), .detail = std::move(detail), .field = std::move(field), .rule = std::move(rule),
          .how_to_fix = std::move(fix)};
}

Error invitation_unusable() {
  return {.kind = ErrorKind::kGone,
          .code = "invitation.unusable",
          .detail = "This invitation was used, withdrawn, or is older than seven days.",
          .how_to_fix = "Ask for a new one."};
}

Error personalisation_off() {
  return {.kind = ErrorKind::kConflict,
          .code = "choice.personalise_off",
          .detail = "Language and theme are not saved while personalisation is off.",
          .how_to_fix = "Switch it on under “Consents and choices”, or choose on this device only."};
}

std::string theme_or_default(const std::string& theme) { return theme == "light" || theme == "dark" ? theme : "system"; }
std::string locale_or_default(const std::string& locale) { return locale == "ru" ? "ru" : "en"; }

InvitationRow invitation_row(const storage::Row& row) {
  return {.id = row.get<std::int64_t>(0),
          .project_id = row.get<std::optional<std::int64_t>>(1),
          .created_at = row.get<Instant>(2),
          .expires_at = row.get<Instant>(3),
          .used_at = row.get<std::optional<Instant>>(4)};
}

std::optional<InvitationRow> usable_invitation(storage::Transaction& tx, std::string_view token, Instant now) {
  std::optional<InvitationRow> found;
  tx.each(
      "select id, project_id, created_at, expires_at, used_at from invitation where token_hash=$1 and used_at is null and "
      "revoked_at is null and expires_at > $2",
      {storage::Blob{sha256(token)}, now.us}, [&](const storage::Row& row) { found = invitation_row(row); });
  return found;
}

}  // namespace

Result<std::string> normalised_email(std::string_view email) {
  const std::string folded = fold_case(normalise_nfc(tidy(email)));
  const auto at = folded.find('@');
  const bool shaped = at != std::string::npos && at > 0 && folded.rfind('@') == at && folded.size() <= 254 &&
                      folded.find('.', at) != std::string::npos && !folded.ends_with('.') &&
                      folded.find_first_of(" \t\n,;<>\"") == std::string::npos;
  if (shaped) return folded;
  return fail(invalid("email.form", "This does not look like an e-mail address.", "/email", "email",
                      "Write it as name@example.org."));
}

std::string Identity::index_of(std::string_view email) const { return vault_.blind_index("email", email); }

Result<> Identity::check_new_person(const NewPerson& person) const {
  const std::string name = tidy(person.name);
  if (name.empty() || count_graphemes(name) > kLongestName) {
    return fail(invalid(name.empty() ? "name.empty" : "name.too_long", "A name has 1 to 200 characters.", "/name",
                        "length=1..200", "Write the name people know you by."));
  }
  TRY_ASSIGN(const std::string email, normalised_email(person.email));
  if (person.policy_version != kPolicyVersion || person.terms_version != kTermsVersion) {
    return fail(invalid("signup.acknowledge", "The current policy and terms have not been acknowledged.",
                        "/acknowledged_policy_version", "current_version", "Read both and tick the box."));
  }
  return check_new_password(person.password, {name, email, email.substr(0, email.find('@')), "postmypost"}, "/password");
}

Result<std::int64_t> Identity::insert_person(storage::Transaction& tx, const NewPerson& person, const std::string& hash,
                                             Role role, std::string_view confirmed_by) {
  TRY_ASSIGN(const std::string email, normalised_email(person.email));
  const std::string index = index_of(email);
  if (tx.value<std::int64_t>("select id from person where email_index=$1", storage::Blob{index})) {
    return fail({.kind = ErrorKind::kConflict,
                 .code = "signup.not_possible",
                 .detail = "An account can't be made with this address.",
                 .field = "/email",
                 .rule = "unique",
                 .how_to_fix = "Sign in if the address is yours already, or ask the operator for an invitation."});
  }
  const std::int64_t id = tx.next_id("person");
  const auto name = vault_.seal<Category::kName>(name_place(id), tidy(person.name));
  const auto sealed_email = vault_.seal<Category::kEmail>(email_place(id), email);
  tx.execute(
      "insert into person (id, name, email, email_index, password_hash, role, locale, theme, created_at, email_confirmed_by, "
      "email_confirmed_at) values ($1,$2,$3,$4,$5,$6,$7,'system',$8,$9,$8)",
      id, storage::Blob{name.bytes}, storage::Blob{sealed_email.bytes}, storage::Blob{index}, hash,
      role == Role::kOperator ? "operator" : "user", locale_or_default(person.locale), clock_.now(), confirmed_by);
  return id;
}

Result<SignedIn> Identity::sign_up(const NewPerson& person, std::optional<std::string> token, const Visitor& visitor,
                                   const Welcome& welcome) {
  const Settings now_settings = settings();
  if (!token && now_settings.mode == Mode::kPrivate) {
    return fail({.kind = ErrorKind::kForbidden,
                 .code = "signup.invitation_needed",
                 .detail = "People join this server by invitation.",
                 .how_to_fix = "Ask the operator for an invitation link."});
  }
  if (token && !invitation(*token)) return fail(invitation_unusable());
  TRY(check_new_person(person));
  TRY(begin_try("signup:" + visitor.ip));  // making accounts in a row slows down like guessing does
  const std::string hash = passwords_.hash(person.password);
  return database_.write([&](storage::Transaction& tx) -> Result<SignedIn> {
    TRY_ASSIGN(const std::int64_t user, insert_person(tx, person, hash, Role::kUser, token ? "invitation" : "unconfirmed"));
    acknowledge(tx, user, person.locale, now_settings);
    std::optional<std::int64_t> project;
    if (token) {
      const auto row = usable_invitation(tx, *token, clock_.now());
      if (!row) return fail(invitation_unusable());
      tx.execute("update invitation set used_at=$2 where id=$1", row->id, clock_.now());
      project = row->project_id;
    }
    if (welcome) welcome(tx, user, project);
    return open_session(tx, user, visitor);
  });
}

std::optional<Person> Identity::person(std::int64_t user) const {
  return database_.read([&](storage::Transaction& tx) -> std::optional<Person> {
    std::optional<Person> found;
    tx.each("select name, email, role, created_at, restricted_at, email_confirmed_by from person where id=$1", {user}, [&](const storage::Row& row) {
      found = Person{
          .id = user,
          .name = vault_.open<Purpose::kCabinet>(name_place(user), vault::Sealed<Category::kName>{row.blob(0)}),
          .email = vault_.open<Purpose::kCabinet>(email_place(user), vault::Sealed<Category::kEmail>{row.blob(1)}),
          .role = row.text(2) == "operator" ? Role::kOperator : Role::kUser,
          .locale = std::string(kDefaultLocale),
          .theme = std::string(kDefaultTheme),
          .created_at = row.get<Instant>(3),
          .restricted_at = row.get<std::optional<Instant>>(4),
          .email_confirmed_by = row.text(5)};
    });
    if (!found) return found;
    found->personalised = choices_.permits(tx, user, Purpose::kPersonalise);
    if (!found->personalised) return found;
    vault_.note_read<Purpose::kPersonalise, Category::kPreference>();
    std::tie(found->locale, found->theme) =
        *tx.row<std::string, std::string>("select locale, theme from person where id=$1", user);
    return found;
  });
}

std::optional<Contact> Identity::contact(std::int64_t user) const {
  return database_.read([&](storage::Transaction& tx) -> std::optional<Contact> {
    const auto row = tx.row<storage::Blob, storage::Blob>("select name, email from person where id=$1", user);
    if (!row) return std::nullopt;
    return Contact{.name = vault_.open<Purpose::kContact>(name_place(user),
                                                          vault::Sealed<Category::kName>{std::get<0>(*row).bytes}),
                   .email = vault_.open<Purpose::kContact>(email_place(user),
                                                           vault::Sealed<Category::kEmail>{std::get<1>(*row).bytes})};
  });
}

std::optional<std::int64_t> Identity::find_by_email(std::string_view email) const {
  const auto normalised = normalised_email(email);
  if (!normalised) return std::nullopt;
  return database_.read([&](storage::Transaction& tx) {
    return tx.value<std::int64_t>("select id from person where email_index=$1", storage::Blob{index_of(*normalised)});
  });
}

Result<Person> Identity::change_person(std::int64_t user, std::optional<std::string> name,
                                       std::optional<std::string> locale, std::optional<std::string> theme) {
  if (name) {
    *name = tidy(*name);
    if (name->empty() || count_graphemes(*name) > kLongestName) {
      return fail(invalid(name->empty() ? "name.empty" : "name.too_long", "A name has 1 to 200 characters.", "/name",
                          "length=1..200", "Write the name people know you by."));
    }
  }
  TRY(database_.write([&](storage::Transaction& tx) -> Result<> {
    if ((locale || theme) && !choices_.permits(tx, user, Purpose::kPersonalise)) return fail(personalisation_off());
    if (name) {
      const auto sealed = vault_.seal<Category::kName>(name_place(user), *name);
      tx.execute("update person set name=$2 where id=$1", user, storage::Blob{sealed.bytes});
    }
    if (locale) tx.execute("update person set locale=$2 where id=$1", user, locale_or_default(*locale));
    if (theme) tx.execute("update person set theme=$2 where id=$1", user, theme_or_default(*theme));
    return {};
  }));
  auto changed = person(user);
  if (!changed) return not_found("person");
  return std::move(*changed);
}

Identity::NewInvitation Identity::invite(std::int64_t by, std::optional<std::int64_t> project) {
  NewInvitation made{.token = random_.token(), .row = {}};
  database_.write([&](storage::Transaction& tx) {
    made.row = {.id = tx.next_id("invitation"),
                .project_id = project,
                .created_at = clock_.now(),
                .expires_at = clock_.now() + kInvitationLife,
                .used_at = {}};
    tx.execute(
        "insert into invitation (id, token_hash, project_id, created_by, created_at, expires_at) values ($1,$2,$3,$4,$5,$6)",
        made.row.id, storage::Blob{sha256(made.token)}, project, by, made.row.created_at, made.row.expires_at);
  });
  return made;
}

std::vector<InvitationRow> Identity::invitations() const {
  return database_.read([](storage::Transaction& tx) {
    std::vector<InvitationRow> rows;
    tx.each(
        "select id, project_id, created_at, expires_at, used_at from invitation where revoked_at is null order by id desc",
        {}, [&](const storage::Row& row) { rows.push_back(invitation_row(row)); });
    return rows;
  });
}

Result<InvitationRow> Identity::invitation(std::string_view token) const {
  auto row = database_.read([&](storage::Transaction& tx) { return usable_invitation(tx, token, clock_.now()); });
  if (!row) return fail(invitation_unusable());
  return *row;
}

Result<> Identity::revoke_invitation(std::int64_t id) {
  const auto changed = database_.write([&](storage::Transaction& tx) {
    return tx.execute("update invitation set revoked_at=$2 where id=$1 and used_at is null and revoked_at is null", id,
                      clock_.now());
  });
  if (changed == 0) return not_found("invitation");
  return {};
}

Result<std::int64_t> Identity::create_user(const NewPerson& person, Role role) {
  // Nobody acknowledged anything here: no acknowledgement is recorded for a person whom the operator made.
  NewPerson given = person;
  given.policy_version = kPolicyVersion;
  given.terms_version = kTermsVersion;
  TRY(check_new_person(given));
  const std::string hash = passwords_.hash(given.password);
  return database_.write([&](storage::Transaction& tx) { return insert_person(tx, given, hash, role, "operator"); });
}

}  // namespace postmypost::identity
