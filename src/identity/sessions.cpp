// Signing in and what keeps a person signed in.
#include <algorithm>

#include "base/encoding.hpp"
#include "identity/acknowledgements.hpp"
#include "identity/identity.hpp"

namespace postmypost::identity {
namespace {

using vault::Category;
using vault::KeyScope;
using vault::Purpose;

constexpr Duration kSeenEvery = minutes(1);
constexpr int kFreeTries = 5;
constexpr std::size_t kMostWatched = 10'000;

vault::Place ip_place(std::int64_t session, std::int64_t user) {
  return {"session", "ip", session, KeyScope::kUser, user};
}

Error wrong() {
  return {.kind = ErrorKind::kUnauthorized,
          .code = "signin.wrong",
          .detail = "The e-mail address or the password is not right.",
          .how_to_fix = "Check both. The operator can reset a lost password with: postmypost admin reset-password."};
}

bool has(std::string_view text, std::string_view word) { return text.find(word) != std::string_view::npos; }

}  // namespace

// Browser and system in two words: enough to recognise one's own devices, no fingerprint.
std::string device_of(std::string_view agent) {
  const std::string_view browser = has(agent, "Firefox/")   ? "Firefox"
                                   : has(agent, "Edg/")     ? "Edge"
                                   : has(agent, "YaBrowser") ? "Yandex Browser"
                                   : has(agent, "OPR/")     ? "Opera"
                                   : has(agent, "Chrome/")  ? "Chrome"
                                   : has(agent, "Safari/")  ? "Safari"
                                                            : "Browser";
  const std::string_view system = has(agent, "Android")                          ? "Android"
                                  : has(agent, "iPhone") || has(agent, "iPad")   ? "iOS"
                                  : has(agent, "Windows")                        ? "Windows"
                                  : has(agent, "Mac OS")                         ? "macOS"
                                  : has(agent, "Linux")                          ? "Linux"
                                                                                 : "";
  return std::string(browser) + (system.empty() ? "" : ", " + std::string(system));
}

// After five tries in a row without success each next one waits twice as long, up to 15 minutes. A try counts before it is
// judged, so that many at once are not all let through while none has failed yet.
Result<> Identity::begin_try(const std::string& who) {
  const std::lock_guard lock(tries_mutex_);
  if (tries_.size() > kMostWatched) tries_.clear();  // bounded memory; a flood only forgets the delays
  Tries& tries = tries_[who];
  const Duration left{tries.next_allowed.us - clock_.since_boot().us};
  if (left.us <= 0) {
    if (++tries.count >= kFreeTries) {
      const int doublings = std::min(tries.count - kFreeTries, 10);
      tries.next_allowed = clock_.since_boot() + std::min(seconds(1) * (std::int64_t{1} << doublings), minutes(15));
    }
    return {};
  }
  return fail({.kind = ErrorKind::kTooMany,
               .code = "signin.too_many",
               .detail = "There were too many failed tries.",
               .how_to_fix = "Wait, then try again.",
               .params = {{"seconds", std::to_string(left.us / 1'000'000 + 1)}},
               .retry_after_s = static_cast<int>(left.us / 1'000'000 + 1)});
}

void Identity::forget_tries(const std::string& who) {
  const std::lock_guard lock(tries_mutex_);
  tries_.erase(who);
}

Result<SignedIn> Identity::sign_in(const std::string& email, const std::string& password, const Visitor& visitor) {
  const auto normalised = normalised_email(email);
  const std::string by_email = "signin:" + hex(index_of(normalised.value_or(email)));
  const std::string by_ip = "signin:" + visitor.ip;
  TRY(begin_try(by_ip));  // first: an address that must wait does not make the person wait
  TRY(begin_try(by_email));
  const auto row = database_.read([&](storage::Transaction& tx) {
    return tx.row<std::int64_t, std::string>("select id, password_hash from person where email_index=$1",
                                             storage::Blob{index_of(normalised.value_or(email))});
  });
  const bool right = row && passwords_.matches(std::get<1>(*row), password);
  if (!row) passwords_.work_in_vain(password);
  if (!right) return fail(wrong());
  forget_tries(by_email);
  forget_tries(by_ip);
  return database_.write([&](storage::Transaction& tx) { return open_session(tx, std::get<0>(*row), visitor); });
}

SignedIn Identity::open_session(storage::Transaction& tx, std::int64_t user, const Visitor& visitor) {
  const std::string token = random_.token();
  const std::int64_t id = tx.next_id("session");
  // Noted for security only, which its person may object to.
  const bool may_note = choices_.permits(tx, user, Purpose::kSecurity);
  const auto ip = may_note ? vault_.seal<Category::kIpAddress>(ip_place(id, user), visitor.ip)
                           : vault::Sealed<Category::kIpAddress>{};
  tx.execute(
      "insert into session (id, token_hash, user_id, device, ip, created_at, last_seen_at) values ($1,$2,$3,$4,$5,$6,$6)",
      id, storage::Blob{sha256(token)}, user, device_of(visitor.user_agent), storage::Blob{ip.bytes}, clock_.now());
  const auto person = tx.row<std::string, std::string>("select role, locale from person where id=$1", user);
  return {.token = token,
          .actor = {.user_id = user,
                    .role = std::get<0>(*person) == "operator" ? Role::kOperator : Role::kUser,
                    .session_id = id,
                    .scopes = {},
                    .locale = std::get<1>(*person),
                    .has_acknowledged = has_acknowledged(tx, user)}};
}

std::optional<Actor> Identity::session(std::string_view token) {
  const Instant now = clock_.now();
  Instant seen;
  const auto actor = database_.read([&](storage::Transaction& tx) -> std::optional<Actor> {
    const auto row = tx.row<std::int64_t, std::int64_t, std::string, std::string, Instant, std::optional<Instant>>(
        "select s.id, s.user_id, p.role, p.locale, s.last_seen_at, p.leaving_at from session s join person p on p.id = s.user_id "
        "where s.token_hash=$1 and s.ended_at is null and s.last_seen_at > $2 and s.created_at > $3",
        storage::Blob{sha256(token)}, now - kLongestIdle, now - kLongestSession);
    if (!row) return std::nullopt;
    const auto& [id, user, role, locale, last_seen, leaving] = *row;
    seen = last_seen;
    return Actor{.user_id = user,
                 .role = role == "operator" ? Role::kOperator : Role::kUser,
                 .session_id = id,
                 .scopes = {},
                 .locale = locale,
                 .is_leaving = leaving.has_value(),
                 .has_acknowledged = has_acknowledged(tx, user)};
  });
  if (actor && seen + kSeenEvery < now) {
    database_.write([&](storage::Transaction& tx) {
      tx.execute("update session set last_seen_at=$2 where id=$1", actor->session_id, now);
    });
  }
  return actor;
}

bool Identity::is_alive(storage::Transaction& tx, const Actor& actor) const {
  const Instant now = clock_.now();
  if (actor.token_id != 0) {
    return tx.value<std::int64_t>("select 1 from access_token where id=$1 and revoked_at is null and (expires_at is null or expires_at > $2)",
                                  actor.token_id, now)
        .has_value();
  }
  return tx.value<std::int64_t>("select 1 from session where id=$1 and ended_at is null and last_seen_at > $2 and created_at > $3",
                                actor.session_id, now - kLongestIdle, now - kLongestSession)
      .has_value();
}

bool Identity::end_session(std::int64_t user, std::int64_t session) {
  return database_.write([&](storage::Transaction& tx) {
    return tx.execute("update session set ended_at=$3 where id=$2 and user_id=$1 and ended_at is null", user, session,
                      clock_.now()) > 0;
  });
}

void Identity::end_other_sessions(std::int64_t user, std::int64_t kept) {
  database_.write([&](storage::Transaction& tx) {
    tx.execute("update session set ended_at=$3 where user_id=$1 and id<>$2 and ended_at is null", user, kept,
               clock_.now());
  });
}

std::vector<SessionRow> Identity::sessions(std::int64_t user) const {
  const Instant now = clock_.now();
  return database_.read([&](storage::Transaction& tx) {
    std::vector<SessionRow> rows;
    tx.each(
        "select id, device, ip, created_at, last_seen_at from session where user_id=$1 and ended_at is null and "
        "last_seen_at > $2 and created_at > $3 order by last_seen_at desc",
        {user, (now - kLongestIdle).us, (now - kLongestSession).us}, [&](const storage::Row& row) {
          const std::int64_t id = row.get<std::int64_t>(0);
          const vault::Sealed<Category::kIpAddress> ip{row.blob(2)};
          rows.push_back({.id = id,
                          .device = row.text(1),
                          .ip = ip.bytes.empty() ? "" : vault_.open<Purpose::kCabinet>(ip_place(id, user), ip),
                          .created_at = row.get<Instant>(3),
                          .last_seen_at = row.get<Instant>(4)});
        });
    return rows;
  });
}

Result<> Identity::confirm_password(std::int64_t user, const std::string& password, const std::string& field) {
  const std::string who = "password:" + std::to_string(user);
  TRY(begin_try(who));
  const auto hash = database_.read(
      [&](storage::Transaction& tx) { return tx.value<std::string>("select password_hash from person where id=$1", user); });
  if (!hash || !passwords_.matches(*hash, password)) {
    return fail({.code = "password.current_wrong",
                 .detail = "The current password is not right.",
                 .field = field,
                 .rule = "matches",
                 .how_to_fix = "Type the password you signed in with."});
  }
  forget_tries(who);
  return {};
}

Result<> Identity::change_password(std::int64_t user, std::int64_t session, const std::string& current,
                                   const std::string& fresh) {
  TRY(confirm_password(user, current, "/current"));
  const auto me = person(user);
  TRY(check_new_password(fresh, {me->name, me->email, "postmypost"}, "/new"));
  const std::string fresh_hash = passwords_.hash(fresh);
  database_.write([&](storage::Transaction& tx) {
    tx.execute("update person set password_hash=$2 where id=$1", user, fresh_hash);
    tx.execute("update session set ended_at=$3 where user_id=$1 and id<>$2 and ended_at is null", user, session,
               clock_.now());
  });
  return {};
}

Result<> Identity::reset_password(const std::string& email, const std::string& fresh) {
  const auto user = find_by_email(email);
  if (!user) return not_found("person");
  TRY(check_new_password(fresh, {email, "postmypost"}, "/password"));
  const std::string hash = passwords_.hash(fresh);
  database_.write([&](storage::Transaction& tx) {
    tx.execute("update person set password_hash=$2 where id=$1", *user, hash);
    tx.execute("update session set ended_at=$2 where user_id=$1 and ended_at is null", *user, clock_.now());
  });
  return {};
}

}  // namespace postmypost::identity
