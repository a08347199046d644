// Access tokens: made, shown once, used, revoked. Only a hash is stored, so a revoked one ends in every process at once.
#include "base/encoding.hpp"
#include "identity/acknowledgements.hpp"
#include "identity/identity.hpp"

namespace postmypost::identity {
namespace {

constexpr std::string_view kPrefix = "pmp_";  // known to those who scan for leaked secrets
constexpr Duration kUsedEvery = minutes(1);   // no write at each request
constexpr std::int64_t kLongestLife = 3'660;  // days
constexpr std::size_t kLongestLabel = 100;
constexpr std::int64_t kMostTokens = 100;

Error invalid(std::string code, std::string detail, std::string field, std::string rule, std::string fix) {
  return {.code = std::move(code), .detail = std::move(detail), .field = std::move(field), .rule = std::move(rule),
          .how_to_fix = std::move(fix)};
}

TokenRow token_row(const storage::Row& row) {
  return {.id = row.get<std::int64_t>(0),
          .label = row.text(1),
          .scopes = row.text(2),
          .created_at = row.get<Instant>(3),
          .expires_at = row.get<std::optional<Instant>>(4),
          .last_used_at = row.get<std::optional<Instant>>(5)};
}

}  // namespace

Result<Identity::NewToken> Identity::create_token(std::int64_t user, const std::string& label, const std::string& scopes,
                                                  std::optional<std::int64_t> life_days) {
  if (label.empty() || label.size() > kLongestLabel) {
    return fail(invalid("token.label", "A token needs a name, of at most 100 bytes.", "/label", "length=1..100",
                        "Say what the token is for."));
  }
  if (life_days && (*life_days < 1 || *life_days > kLongestLife)) {
    return fail(invalid("token.life", "A token lives 1 to 3660 days, or until it is revoked.", "/days", "range=1..3660",
                        "Choose another number of days, or none."));
  }
  NewToken made{.token = std::string(kPrefix) + random_.token(),
                .row = {.id = 0, .label = label, .scopes = scopes, .created_at = clock_.now(), .expires_at = {}, .last_used_at = {}}};
  if (life_days) made.row.expires_at = made.row.created_at + days(*life_days);
  return database_.write([&](storage::Transaction& tx) -> Result<NewToken> {
    const auto alive = tx.value<std::int64_t>("select count(*) from access_token where user_id=$1 and revoked_at is null", user);
    if (alive.value_or(0) >= kMostTokens) {
      return fail(invalid("token.too_many", "You have 100 tokens already.", "", "max=100", "Revoke some that you don't use."));
    }
    made.row.id = tx.next_id("access_token");
    tx.execute("insert into access_token (id, token_hash, user_id, label, scopes, created_at, expires_at) values ($1,$2,$3,$4,$5,$6,$7)",
               made.row.id, storage::Blob{sha256(made.token)}, user, label, scopes, made.row.created_at, made.row.expires_at);
    return made;
  });
}

std::vector<TokenRow> Identity::tokens(std::int64_t user) const {
  return database_.read([&](storage::Transaction& tx) {
    std::vector<TokenRow> rows;
    tx.each("select id, label, scopes, created_at, expires_at, last_used_at from access_token where user_id=$1 and revoked_at is null "
            "order by id desc",
            {user}, [&](const storage::Row& row) { rows.push_back(token_row(row)); });
    return rows;
  });
}

Result<> Identity::revoke_token(std::int64_t user, std::int64_t token) {
  const std::int64_t ended = database_.write([&](storage::Transaction& tx) {
    return tx.execute("update access_token set revoked_at=$3 where id=$2 and user_id=$1 and revoked_at is null", user, token,
                      clock_.now());
  });
  if (ended == 0) return not_found("token");
  return {};
}

std::optional<Actor> Identity::bearer(std::string_view token) {
  if (!token.starts_with(kPrefix)) return std::nullopt;
  const Instant now = clock_.now();
  std::optional<Instant> used;
  const auto actor = database_.read([&](storage::Transaction& tx) -> std::optional<Actor> {
    const auto row = tx.row<std::int64_t, std::int64_t, std::string, std::string, std::string, std::optional<Instant>>(
        "select t.id, t.user_id, p.role, p.locale, t.scopes, t.last_used_at from access_token t join person p on p.id = t.user_id "
        "where t.token_hash=$1 and t.revoked_at is null and (t.expires_at is null or t.expires_at > $2)",
        storage::Blob{sha256(token)}, now);
    if (!row) return std::nullopt;
    const auto& [id, user, role, locale, scopes, last_used] = *row;
    used = last_used;
    return Actor{.user_id = user,
                 .role = role == "operator" ? Role::kOperator : Role::kUser,
                 .session_id = 0,
                 .token_id = id,
                 .scopes = scopes,
                 .locale = locale,
                 .has_acknowledged = has_acknowledged(tx, user)};
  });
  if (actor && (!used || *used + kUsedEvery < now)) {
    database_.write([&](storage::Transaction& tx) {
      tx.execute("update access_token set last_used_at=$2 where id=$1", actor->token_id, now);
    });
  }
  return actor;
}

}  // namespace postmypost::identity
