// What people do by letters: confirm an address, have another one, get a new password (clause 2.2.1).
//
// Whoever asks without being signed in gets the same answer, whether the address is known here or not, after the same work: a password
// hashed, a commit. Only the very first sign-up with an address makes a key as well, which is one commit more beside the hash.
#include "base/encoding.hpp"
#include "identity/identity.hpp"

namespace postmypost::identity {
namespace {

using mail::LetterKind;
using storage::Blob;
using vault::Category;
using vault::KeyScope;
using vault::Purpose;

constexpr Duration kUnconfirmedLife = days(7);

vault::Place email_place(std::int64_t user) { return {"person", "email", user, KeyScope::kUser, user}; }

Error link_unusable() {
  return {.kind = ErrorKind::kGone,
          .code = "link.unusable",
          .detail = "This link was used, is older than a day, or was never one.",
          .how_to_fix = "Have a new letter sent."};
}

Error too_many_letters() {
  return {.kind = ErrorKind::kTooMany,
          .code = "letter.too_many",
          .detail = "Three such letters an hour and ten a day are the most.",
          .how_to_fix = "Look into the folder for unwanted mail, and try again later."};
}

}  // namespace

Result<> Identity::has_letters() const {
  if (letters_) return {};
  return fail({.kind = ErrorKind::kConflict,
               .code = "letter.none",
               .detail = "This server sends no letters.",
               .how_to_fix = "Write to its operator."});
}

std::string Identity::locale_of(storage::Transaction& tx, std::int64_t user) const {
  if (!choices_.permits(tx, user, Purpose::kPersonalise)) return "en";
  vault_.note_read<Purpose::kPersonalise, Category::kPreference>();
  return tx.value<std::string>("select locale from person where id=$1", user).value_or("en");
}

Result<> Identity::sign_up_by_letter(const NewPerson& person, const Visitor& visitor) {
  TRY(has_letters());
  const Settings now_settings = settings();
  if (now_settings.mode == Mode::kPrivate) {
    return fail({.kind = ErrorKind::kForbidden,
                 .code = "signup.invitation_needed",
                 .detail = "People join this server by invitation.",
                 .how_to_fix = "Ask the operator for an invitation link."});
  }
  TRY(check_new_person(person));
  TRY(begin_try("signup:" + visitor.ip));
  const std::string hash = passwords_.hash(person.password);
  const std::string email = normalised_email(person.email).value();
  return database_.write([&](storage::Transaction& tx) -> Result<> {
    letters_->note_asked(tx);
    const auto before = tx.row<std::int64_t, std::string>("select id, email_confirmed_by from person where email_index=$1",
                                                          Blob{index_of(email)});
    if (before && std::get<1>(*before) != "awaited") {
      letters_->put(tx, std::get<0>(*before), LetterKind::kTaken, locale_of(tx, std::get<0>(*before)), email);
      return {};
    }
    TRY_ASSIGN(const std::int64_t user, insert_person(tx, person, hash, Role::kUser, "awaited"));
    acknowledge(tx, user, person.locale, now_settings);
    letters_->put_with_link(tx, user, LetterKind::kConfirm, person.locale, email);
    return {};
  });
}

Result<> Identity::confirm_again(const std::string& given, const Visitor& visitor) {
  TRY(has_letters());
  TRY_ASSIGN(const std::string email, normalised_email(given));
  TRY(begin_try("letter:" + visitor.ip));
  database_.write([&](storage::Transaction& tx) {
    letters_->note_asked(tx);
    const auto user = tx.value<std::int64_t>(
        "select id from person where email_index=$1 and email_confirmed_by in ('awaited', 'unconfirmed')", Blob{index_of(email)});
    if (user) letters_->put_with_link(tx, *user, LetterKind::kConfirm, locale_of(tx, *user), email);
  });
  return {};
}

Result<> Identity::confirm_again(std::int64_t user) {
  TRY(has_letters());
  const auto me = person(user);
  if (!me) return not_found("person");
  return database_.write([&](storage::Transaction& tx) -> Result<> {
    if (me->email_confirmed_by == "unconfirmed") {
      if (!letters_->put_with_link(tx, user, LetterKind::kConfirm, locale_of(tx, user), me->email)) return fail(too_many_letters());
      return {};
    }
    if (me->email_awaited) return write_about_email(tx, user, *me->email_awaited);
    return fail({.kind = ErrorKind::kConflict,
                 .code = "letter.nothing_awaited",
                 .detail = "No address of this person waits to be confirmed.",
                 .how_to_fix = "Load the page again: it has been confirmed already, or the link went out of date."});
  });
}

// To an address that somebody has already goes a letter that says so; nothing else differs, not even the link that waits.
Result<> Identity::write_about_email(storage::Transaction& tx, std::int64_t user, const std::string& email) const {
  const auto owner = tx.value<std::int64_t>("select id from person where email_index=$1 and id<>$2", Blob{index_of(email)}, user);
  if (!owner) {
    if (!letters_->put_with_link(tx, user, LetterKind::kEmail, locale_of(tx, user), email)) return fail(too_many_letters());
    return {};
  }
  if (!letters_->make_link(tx, user, LetterKind::kEmail, email)) return fail(too_many_letters());
  letters_->put(tx, *owner, LetterKind::kTaken, locale_of(tx, *owner), email);
  return {};
}

Result<Person> Identity::ask_for_email(std::int64_t user, const std::string& given, const std::string& password) {
  TRY(has_letters());
  TRY(confirm_password(user, password, "/password"));
  TRY_ASSIGN(const std::string email, normalised_email(given));
  TRY(database_.write([&](storage::Transaction& tx) -> Result<> {
    if (tx.value<std::int64_t>("select id from person where email_index=$1 and id=$2", Blob{index_of(email)}, user)) return {};
    return write_about_email(tx, user, email);
  }));
  auto me = person(user);
  if (!me) return not_found("person");
  return std::move(*me);
}

Result<> Identity::open_confirmation(storage::Transaction& tx, const mail::Link& link) {
  const std::int64_t user = link.user_id;
  const std::string index = index_of(link.address);
  if (leaving_since(tx, user) || !letters_->use(tx, link)) return fail(link_unusable());
  if (link.kind == LetterKind::kConfirm) {
    const auto confirmed = tx.execute(
        "update person set email_confirmed_by='link', email_confirmed_at=$3 where id=$1 and email_index=$2", user, Blob{index}, clock_.now());
    if (confirmed == 0) return fail(link_unusable());  // they have another address since
    return {};
  }
  const auto before = tx.value<Blob>("select email from person where id=$1", user);
  const bool is_taken = tx.value<std::int64_t>("select id from person where email_index=$1 and id<>$2", Blob{index}, user).has_value();
  if (!before || is_taken) return fail(link_unusable());
  const std::string old = vault_.open<Purpose::kContact>(email_place(user), vault::Sealed<Category::kEmail>{before->bytes});
  const auto sealed = vault_.seal<Category::kEmail>(email_place(user), link.address);
  tx.execute("update person set email=$2, email_index=$3, email_confirmed_by='link', email_confirmed_at=$4 where id=$1", user,
             Blob{sealed.bytes}, Blob{index}, clock_.now());
  tx.execute("update session set ended_at=$2 where user_id=$1 and ended_at is null", user, clock_.now());
  letters_->end_links(tx, user);
  letters_->put(tx, user, LetterKind::kEmailChanged, locale_of(tx, user), old);
  return {};
}

Result<SignedIn> Identity::confirm_by_link(std::string_view token, const std::string& password, const Visitor& visitor) {
  TRY(has_letters());
  const auto link = database_.read([&](storage::Transaction& tx) { return letters_->find(tx, token); });
  if (!link || link->kind == LetterKind::kPassword) return fail(link_unusable());
  TRY(confirm_password(link->user_id, password, "/password"));
  auto signed_in = database_.write([&](storage::Transaction& tx) -> Result<SignedIn> {
    TRY(open_confirmation(tx, *link));
    return open_session(tx, link->user_id, visitor);
  });
  if (signed_in && link->kind == LetterKind::kEmail) database_.sweep();  // the address before leaves the write-ahead log as well
  return signed_in;
}

Result<> Identity::ask_for_password(const std::string& given, const Visitor& visitor) {
  TRY(has_letters());
  TRY_ASSIGN(const std::string email, normalised_email(given));
  TRY(begin_try("letter:" + visitor.ip));
  database_.write([&](storage::Transaction& tx) {
    letters_->note_asked(tx);
    const auto user = tx.value<std::int64_t>("select id from person where email_index=$1", Blob{index_of(email)});
    if (user) letters_->put_with_link(tx, *user, LetterKind::kPassword, locale_of(tx, *user), email);
  });
  return {};
}

Result<> Identity::set_password_by_link(std::string_view token, const std::string& fresh) {
  TRY(has_letters());
  const auto link = database_.read([&](storage::Transaction& tx) { return letters_->find(tx, token); });
  const auto me = link ? person(link->user_id) : std::nullopt;
  if (!me || link->kind != LetterKind::kPassword) return fail(link_unusable());
  TRY(check_new_password(fresh, {me->name, me->email, me->email.substr(0, me->email.find('@')), "postmypost"}, "/password"));
  const std::string hash = passwords_.hash(fresh);
  const std::string index = index_of(link->address);
  TRY(database_.write([&](storage::Transaction& tx) -> Result<> {
    if (!letters_->use(tx, *link)) return fail(link_unusable());
    const Instant now = clock_.now();
    const auto changed = tx.execute(
        "update person set password_hash=$3, email_confirmed_by=case when email_confirmed_by in ('awaited', 'unconfirmed', 'self', "
        "'unknown') then 'link' else email_confirmed_by end, email_confirmed_at=case when email_confirmed_by in ('awaited', "
        "'unconfirmed', 'self', 'unknown') then $4 else email_confirmed_at end where id=$1 and email_index=$2",
        link->user_id, Blob{index}, hash, now);
    if (changed == 0) return fail(link_unusable());  // they have another address since
    tx.execute("update session set ended_at=$2 where user_id=$1 and ended_at is null", link->user_id, now);
    return {};
  }));
  forget_tries("signin:" + hex(index));
  forget_tries("password:" + std::to_string(link->user_id));
  return {};
}

Result<> Identity::send_test_letter(std::int64_t user) {
  TRY(has_letters());
  const auto to = contact(user);
  if (!to) return not_found("person");
  return database_.write([&](storage::Transaction& tx) -> Result<> {
    if (!letters_->put(tx, user, LetterKind::kTest, locale_of(tx, user), to->email)) return fail(too_many_letters());
    return {};
  });
}

std::int64_t Identity::end_unconfirmed() const {
  return database_.write([&](storage::Transaction& tx) {
    return tx.execute("update person set leaving_at=created_at where email_confirmed_by='awaited' and leaving_at is null and created_at < $1",
                      clock_.now() - kUnconfirmedLife);
  });
}

}  // namespace postmypost::identity
