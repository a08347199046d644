// Settings of the instance and its set-up.
#include <chrono>
#include <map>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "identity/identity.hpp"

namespace postmypost::identity {
namespace {

constexpr Duration kSetUpLinkLife = hours(24);

constexpr std::chrono::seconds kBelieved{1};
constexpr std::string_view kSelect =
    "select name, value from setting where name in ('operator_name','operator_contact','public_url','mode')";

void write_setting(storage::Transaction& tx, std::string_view name, const std::string& value) {
  tx.execute("insert into setting (name, value) values ($1,$2) on conflict (name) do update set value=excluded.value",
             name, value);
}

Settings read_settings(storage::Transaction& tx) {
  std::map<std::string, std::string> stored;
  for (auto& [name, value] : tx.rows<std::string, std::string>(kSelect)) stored[name] = std::move(value);
  return {.set_up = !stored["operator_name"].empty(),
          .operator_name = stored["operator_name"],
          .operator_contact = stored["operator_contact"],
          .public_url = stored["public_url"],
          .mode = stored["mode"] == "open" ? Mode::kOpen : Mode::kPrivate};
}

Error bad_setting(std::string code, std::string detail, std::string field, std::string rule, std::string fix) {
  return {.code = std::move(code), .detail = std::move(detail), .field = std::move(field), .rule = std::move(rule),
          .how_to_fix = std::move(fix)};
}

bool is_origin(std::string_view url) {
  const bool scheme = url.starts_with("https://") || url.starts_with("http://");
  if (!scheme) return false;
  const std::string_view rest = url.substr(url.find("://") + 3);
  return !rest.empty() && rest.find_first_of("/?#@ \t\"<>") == std::string_view::npos;
}

Result<> check(Settings& s) {
  s.operator_name = tidy(s.operator_name);
  s.operator_contact = tidy(s.operator_contact);
  while (s.public_url.ends_with('/')) s.public_url.pop_back();
  if (s.operator_name.empty()) {
    return fail(bad_setting("setup.operator_name", "Who runs this server is missing.", "/operator_name", "required",
                            "Enter the name of the person or organisation that answers for it."));
  }
  if (s.operator_contact.empty()) {
    return fail(bad_setting("setup.operator_contact", "A way to reach the operator is missing.", "/operator_contact",
                            "required", "Enter an e-mail address, a telephone number or a postal address."));
  }
  if (!is_origin(s.public_url)) {
    return fail(bad_setting("setup.public_url", "The public address must be an origin such as https://post.example.",
                            "/public_url", "origin", "Enter scheme and host, without a path."));
  }
  return {};
}

Error link_error(std::string code, std::string detail) {
  return {.kind = ErrorKind::kGone,
          .code = std::move(code),
          .detail = std::move(detail),
          .how_to_fix = "Restart the server: before set-up each start prints a fresh link in its terminal."};
}

Result<> usable(storage::Transaction& tx, std::string_view token, Instant now) {
  if (read_settings(tx).set_up) return fail(link_error("setup.done", "This server has been set up already."));
  const auto row = tx.row<Instant, std::optional<Instant>>(
      "select expires_at, used_at from set_up_link where token_hash=$1", storage::Blob{sha256(token)});
  if (!row) return fail(link_error("setup.link_unknown", "This is not the set-up link of this server."));
  if (std::get<1>(*row)) return fail(link_error("setup.link_used", "This set-up link was used."));
  if (std::get<0>(*row) < now) return fail(link_error("setup.link_expired", "This set-up link is older than 24 hours."));
  return {};
}

}  // namespace

// Every request asks. Another process of the same store may change them, which is seen a second later; the one-time
// set-up is seen at once everywhere, because nothing is believed before it.
Settings Identity::settings() const {
  const auto now = std::chrono::steady_clock::now();
  std::uint64_t changes = 0;
  {
    const std::lock_guard lock(settings_mutex_);
    if (known_settings_ && now - settings_read_at_ < kBelieved) return *known_settings_;
    changes = settings_changes_;
  }
  Settings stored = database_.read(read_settings);
  const std::lock_guard lock(settings_mutex_);
  if (!stored.set_up || changes != settings_changes_) return stored;  // changed while it was read: the next one reads again
  known_settings_ = stored;
  settings_read_at_ = now;
  return stored;
}

void Identity::forget_settings() {
  const std::lock_guard lock(settings_mutex_);
  ++settings_changes_;
  known_settings_.reset();
}

Result<Settings> Identity::change_settings(std::optional<std::string> operator_name,
                                           std::optional<std::string> operator_contact,
                                           std::optional<std::string> public_url, std::optional<Mode> mode) {
  auto changed = database_.write([&](storage::Transaction& tx) -> Result<Settings> {
    Settings s = read_settings(tx);
    if (operator_name) s.operator_name = *operator_name;
    if (operator_contact) s.operator_contact = *operator_contact;
    if (public_url) s.public_url = *public_url;
    if (mode) s.mode = *mode;
    TRY(check(s));
    write_setting(tx, "operator_name", s.operator_name);
    write_setting(tx, "operator_contact", s.operator_contact);
    write_setting(tx, "public_url", s.public_url);
    write_setting(tx, "mode", s.mode == Mode::kOpen ? "open" : "private");
    s.set_up = true;
    return s;
  });
  forget_settings();
  return changed;
}

std::optional<std::string> Identity::new_set_up_token() {
  const std::string token = random_.token();
  return database_.write([&](storage::Transaction& tx) -> std::optional<std::string> {
    if (read_settings(tx).set_up) return std::nullopt;
    tx.execute("delete from set_up_link");
    tx.execute("insert into set_up_link (id, token_hash, expires_at) values ($1,$2,$3)", tx.next_id("set_up_link"),
               storage::Blob{sha256(token)}, clock_.now() + kSetUpLinkLife);
    return token;
  });
}

Result<> Identity::check_set_up_token(std::string_view token) const {
  return database_.read([&](storage::Transaction& tx) { return usable(tx, token, clock_.now()); });
}

Result<SignedIn> Identity::set_up(std::string_view token, Settings settings, const NewPerson& first,
                                  const Visitor& visitor) {
  TRY(check_set_up_token(token));
  TRY(check(settings));
  TRY(check_new_person(first));
  const std::string hash = passwords_.hash(first.password);
  return database_.write([&](storage::Transaction& tx) -> Result<SignedIn> {
    TRY(usable(tx, token, clock_.now()));
    tx.execute("update set_up_link set used_at=$2 where token_hash=$1", storage::Blob{sha256(token)}, clock_.now());
    write_setting(tx, "operator_name", settings.operator_name);
    write_setting(tx, "operator_contact", settings.operator_contact);
    write_setting(tx, "public_url", settings.public_url);
    write_setting(tx, "mode", settings.mode == Mode::kOpen ? "open" : "private");
    TRY_ASSIGN(const std::int64_t user, insert_person(tx, first, hash, Role::kOperator, "set_up"));
    acknowledge(tx, user, first.locale, settings);
    return open_session(tx, user, visitor);
  });
}

}  // namespace postmypost::identity
