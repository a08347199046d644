#include "mail/outbox.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/zones.hpp"

namespace postmypost::mail {
namespace {

using storage::Blob;
using storage::Transaction;
using vault::Category;
using vault::KeyScope;

vault::Place link_place(std::int64_t link, std::int64_t user) { return {"letter_link", "address", link, KeyScope::kUser, user}; }

std::string day_of(Instant at) { return to_rfc3339(at).substr(0, 10); }

}  // namespace

vault::Place letter_place(std::string_view column, std::int64_t letter, std::int64_t user) {
  return {"letter", column, letter, KeyScope::kUser, user};
}

bool Outbox::has_room(Transaction& tx, std::string_view table, std::int64_t user, LetterKind kind) const {
  const auto since = [&](Duration span) {
    return tx.value<std::int64_t>("select count(*) from " + std::string(table) + " where user_id=$1 and kind=$2 and made_at > $3", user,
                                  to_string(kind), clock_.now() - span)
        .value_or(0);
  };
  return since(hours(1)) < kMostAnHour && since(hours(24)) < kMostADay;
}

void Outbox::insert(Transaction& tx, std::int64_t user, LetterKind kind, std::string_view locale, const std::string& address,
                    const std::optional<std::string>& secret, const std::optional<std::string>& about) const {
  const std::int64_t id = tx.next_id("letter");
  const auto sealed = vault_.seal<Category::kEmail>(letter_place("address", id, user), address);
  std::optional<Blob> sealed_secret;
  if (secret) sealed_secret = Blob{vault_.seal<Category::kAccess>(letter_place("secret", id, user), *secret).bytes};
  const Instant now = clock_.now();
  tx.execute(
      "insert into letter (id, user_id, kind, locale, address, secret, message_id, about, state, tries, made_at, next_at) values "
      "($1,$2,$3,$4,$5,$6,$7,$9,'waiting',0,$8,$8)",
      id, user, to_string(kind), locale == "ru" ? "ru" : "en", Blob{sealed.bytes}, sealed_secret, random_.token(16), now, about);
  if (wake_) tx.after_commit(wake_);
}

bool Outbox::put(Transaction& tx, std::int64_t user, LetterKind kind, std::string_view locale, const std::string& address) const {
  if (!has_room(tx, "letter", user, kind)) return false;
  insert(tx, user, kind, locale, address, std::nullopt);
  return true;
}

bool Outbox::put_notices(Transaction& tx, std::int64_t user, std::string_view locale, const std::string& address,
                         const std::vector<std::string>& about, const std::string& token) const {
  if (!has_room(tx, "letter", user, LetterKind::kNotices)) return false;
  insert(tx, user, LetterKind::kNotices, locale, address, token, joined(about));
  return true;
}

std::optional<std::string> Outbox::make_link(Transaction& tx, std::int64_t user, LetterKind kind, const std::string& address) const {
  if (!has_room(tx, "letter_link", user, kind)) return std::nullopt;
  std::string token = random_.token();
  const std::int64_t id = tx.next_id("letter_link");
  const auto sealed = vault_.seal<Category::kEmail>(link_place(id, user), address);
  const Instant now = clock_.now();
  tx.execute("insert into letter_link (id, user_id, kind, token_hash, address, made_at, expires_at) values ($1,$2,$3,$4,$5,$6,$7)", id,
             user, to_string(kind), Blob{sha256(token)}, Blob{sealed.bytes}, now, now + kLinkLife);
  return token;
}

bool Outbox::put_with_link(Transaction& tx, std::int64_t user, LetterKind kind, std::string_view locale, const std::string& address) const {
  const auto token = make_link(tx, user, kind, address);
  if (token) insert(tx, user, kind, locale, address, *token);
  return token.has_value();
}

std::optional<Link> Outbox::find(Transaction& tx, std::string_view token) const {
  const auto row = tx.row<std::int64_t, std::int64_t, std::string, Blob>(
      "select id, user_id, kind, address from letter_link where token_hash=$1 and used_at is null and expires_at > $2",
      Blob{sha256(token)}, clock_.now());
  if (!row) return std::nullopt;
  const auto& [id, user, kind, address] = *row;
  return Link{.id = id,
              .user_id = user,
              .kind = letter_kind_of(kind),
              .address = vault_.open<Purpose::kIdentify>(link_place(id, user), vault::Sealed<Category::kEmail>{address.bytes})};
}

bool Outbox::use(Transaction& tx, const Link& link) const {
  const Instant now = clock_.now();
  if (tx.execute("update letter_link set used_at=$2, address=null where id=$1 and used_at is null", link.id, now) == 0) return false;
  tx.execute("update letter_link set used_at=$3, address=null where user_id=$1 and kind=$2 and used_at is null", link.user_id, to_string(link.kind), now);
  return true;
}

void Outbox::end_links(Transaction& tx, std::int64_t user) const {
  tx.execute("update letter_link set used_at=$2, address=null where user_id=$1 and used_at is null", user, clock_.now());
}

std::optional<std::string> Outbox::awaited(Transaction& tx, std::int64_t user, LetterKind kind) const {
  const auto row = tx.row<std::int64_t, Blob>(
      "select id, address from letter_link where user_id=$1 and kind=$2 and used_at is null and expires_at > $3 order by made_at "
      "desc, id desc limit 1",
      user, to_string(kind), clock_.now());
  if (!row) return std::nullopt;
  return vault_.open<Purpose::kCabinet>(link_place(std::get<0>(*row), user), vault::Sealed<Category::kEmail>{std::get<1>(*row).bytes});
}

std::optional<std::string> Outbox::fate(Transaction& tx, std::int64_t user, LetterKind kind) {
  return tx.value<std::string>("select state from letter where user_id=$1 and kind=$2 order by made_at desc, id desc limit 1", user,
                               to_string(kind));
}

void Outbox::note_asked(Transaction& tx) const {
  tx.execute("insert into letter_day (day, asked) values ($1, 1) on conflict (day) do update set asked = letter_day.asked + 1",
             day_of(clock_.now()));
}

OutboxState Outbox::state(Transaction& tx) const {
  OutboxState state;
  tx.each("select state, count(*) from letter where ended_at is null or ended_at > $1 group by state", {(clock_.now() - days(7)).us},
          [&](const storage::Row& row) {
            const std::string name = row.text(0);
            (name == "sent"      ? state.sent
             : name == "refused" ? state.refused
             : name == "given_up" ? state.given_up
                                 : state.waiting) += row.integer(1);
          });
  state.asked_today = tx.value<std::int64_t>("select asked from letter_day where day=$1", day_of(clock_.now())).value_or(0);
  const auto last = tx.row<std::string, Instant>(
      "select problem, tried_at from letter where problem is not null and tried_at is not null order by tried_at desc, id desc limit 1");
  if (last) {
    state.problem = std::get<0>(*last);
    state.problem_at = std::get<1>(*last);
  }
  return state;
}

}  // namespace postmypost::mail
