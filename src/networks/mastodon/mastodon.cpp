#include "networks/mastodon/mastodon.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/zones.hpp"
#include "http/oauth.hpp"
#include "networks/answers.hpp"
#include "networks/mastodon/html_text.hpp"

namespace postmypost::networks {
namespace {

namespace json = boost::json;

constexpr std::string_view kScopes = "read:accounts read:statuses write:statuses write:media";
constexpr Duration kClockSkew = minutes(1);
constexpr std::size_t kListed = 40;

// Which software honours Idempotency-Key, from its sources (docs/networks/mastodon.md). Anything else is read back.
struct KeyedSoftware {
  std::string_view name;
  Duration key_life;
};
constexpr auto kKeyedSoftware = std::to_array<KeyedSoftware>({{"mastodon", hours(1)}, {"hollo", hours(1)}});

// `X-RateLimit-Reset` is an ISO 8601 time. Mastodon counts by token, GoToSocial by our address.
constexpr LimitNotation notation_of(std::string_view software) {
  return {.remaining = "X-RateLimit-Remaining",
          .reset = "X-RateLimit-Reset",
          .notation = ResetNotation::kIsoTime,
          .scope = software == "gotosocial" ? LimitScope::kHost : LimitScope::kAccount};
}

// New posts of one account, where the software is known to count them (fact sheet, section 7).
struct CountingSoftware {
  std::string_view name;
  Quota quota;
};
constexpr auto kCountingSoftware =
    std::to_array<CountingSoftware>({{"mastodon", {300, hours(3)}}, {"pixelfed", {1000, hours(24)}}});

// "@me@soyka.example", "soyka.example" and "https://soyka.example/about" mean https://soyka.example. An http:// address is
// kept: the egress client refuses it unless the operator allowed it.
std::string base_of(std::string text) {
  text = tidy(text);
  std::string scheme = "https://";
  if (const auto at = text.find("://"); at != std::string::npos) {
    scheme = fold_case(text.substr(0, at + 3));
    text.erase(0, at + 3);
  }
  if (const auto at = text.rfind('@'); at != std::string::npos) text.erase(0, at + 1);
  text = fold_case(text.substr(0, text.find_first_of("/?#")));
  return text.empty() ? "" : scheme + text;
}

std::int64_t number_at(const json::object& object, std::string_view name, std::int64_t otherwise) {
  const json::value* member = object.if_contains(name);
  return member && member->is_int64() ? member->as_int64() : otherwise;
}

const json::object& object_at(const json::object& object, std::string_view name) {
  static const json::object none;
  const json::value* member = object.if_contains(name);
  return member && member->is_object() ? member->as_object() : none;
}

std::string lower_software(const AccountFacts& facts) {
  const std::string folded = fold_case(facts.software);
  return folded.substr(0, folded.find(' '));
}

class Mastodon final : public Network {
 public:
  const ChannelDescription& channel() const override {
    static const ChannelDescription description{"mastodon", "Mastodon", "", Idempotency::kKey, "instance"};
    return description;
  }

  Capabilities capabilities(const AccountFacts& facts) const override {
    Capabilities can;
    can.text = text_rule("mastodon");
    can.text.limit = static_cast<std::size_t>(number_at(facts.more, "max_characters", 500));
    can.text.link_length = static_cast<std::size_t>(number_at(facts.more, "link_length", 23));
    can.pictures = {.max = static_cast<std::size_t>(number_at(facts.more, "max_pictures", 4)),
                    .alt_max = static_cast<std::size_t>(number_at(facts.more, "alt_max", 1500)),
                    .max_bytes = static_cast<std::size_t>(number_at(facts.more, "max_picture_bytes", 16'777'216))};
    can.idempotency = Idempotency::kReadBack;
    can.max_processing = seconds(90);
    for (const KeyedSoftware& keyed : kKeyedSoftware) {
      if (keyed.name != lower_software(facts)) continue;
      can.idempotency = Idempotency::kKey;
      can.key_life = keyed.key_life;
    }
    can.limits = notation_of(lower_software(facts));
    for (const CountingSoftware& counting : kCountingSoftware) {
      if (counting.name == lower_software(facts)) can.quotas = {counting.quota};
    }
    return can;
  }

  Next connect(const ConnectInput& input, const Progress& progress) const override {
    const std::string base = base_of(text_at(input.fields, "instance"));
    if (base.empty()) {
      return Refused{field_error("mastodon.instance_missing", "The server is missing.", "/instance", "Write it as mastodon.example or @name@mastodon.example.")};
    }
    if (!progress.contains("nodeinfo_url")) return Step{.name = "nodeinfo_links", .request = get(base + "/.well-known/nodeinfo")};
    if (!progress.contains("software")) return Step{.name = "nodeinfo", .request = get(nodeinfo_url(base, progress))};
    if (!progress.contains("limits")) {
      return Step{.name = "instance", .request = get(base + (progress.contains("no_v2") ? "/api/v1/instance" : "/api/v2/instance"))};
    }
    if (!progress.contains("pkce")) return Step{.name = "oauth_metadata", .request = get(base + "/.well-known/oauth-authorization-server")};
    const json::object& app = known_app(input, progress);
    if (app.empty()) return register_app(input, base);
    if (input.code.empty()) return Redirect{authorization_url(input, app, base, progress)};
    if (!progress.contains("token")) return exchange_code(input, app, base, progress);
    if (!progress.contains("account_id")) {
      return Step{.name = "verify_credentials", .request = get(base + "/api/v1/accounts/verify_credentials", text_at(progress, "token"))};
    }
    return connected(base, app, progress);
  }

  Next publish(const Content& content, const Account& account, const Progress& progress) const override {
    const std::string base = text_at(account.facts.more, "base");
    const std::string token = text_at(account.secrets, "token");
    if (progress.contains("status_id")) {
      return Published{.remote_id = text_at(progress, "status_id"), .permalink = text_at(progress, "status_url")};
    }
    json::array media;
    for (std::size_t i = 0; i < content.pictures.size(); ++i) {
      const std::string key = std::to_string(i);
      if (!progress.contains("media_" + key)) return upload(content, i, base, token);
      if (!progress.contains("ready_" + key)) {
        return Step{.name = "media_state_" + key, .request = get(base + "/api/v1/media/" + text_at(progress, "media_" + key), token)};
      }
      media.push_back(progress.at("media_" + key));
    }
    json::object body{{"status", content.text}, {"visibility", "public"}};
    if (!content.language.empty()) body["language"] = content.language;
    if (!media.empty()) body["media_ids"] = std::move(media);
    http::OutgoingRequest request = post_json(base + "/api/v1/statuses", body, token);
    request.headers.emplace_back("Idempotency-Key", content.idempotency_key);
    return Step{.name = "post_status", .effect = Effect::kVisible, .request = std::move(request),
                .discloses = {"credential", "text", "alt_text"}};
  }

  Next look_for(const Content& content, const Account& account, const DoubtContext& doubt,
                const Progress& progress) const override {
    const json::value* listed = progress.if_contains("listed");
    if (!listed) {
      const std::string url = text_at(account.facts.more, "base") + "/api/v1/accounts/" +
                              text_at(account.facts.more, "account_id") + "/statuses";
      return Step{.name = "own_statuses",
                  .request = get(http::with_query(url, {{"limit", std::to_string(kListed)}, {"exclude_reblogs", "true"}}),
                                 text_at(account.secrets, "token"))};
    }
    return judge_list(content, doubt, listed->as_array());
  }

  // Tokens don't expire on Mastodon; a refused one is gone.
  Next refresh(const Account&, const Progress&) const override { return Refused{lost_token(), true}; }

  // docs.joinmastodon.org/methods/statuses, "Delete a status".
  Next withdraw(const Account& account, const std::string& remote_id, const Progress&, const Progress& progress) const override {
    if (progress.contains("withdrawn")) return Absent{};
    http::OutgoingRequest request = get(text_at(account.facts.more, "base") + "/api/v1/statuses/" + percent_encoded(remote_id), text_at(account.secrets, "token"));
    request.method = "DELETE";
    return Step{.name = "withdraw_status", .effect = Effect::kInvisible, .request = std::move(request)};
  }

  Next disconnect(const Account& account, const Progress& progress) const override {
    if (progress.contains("revoked")) return Disconnected{};
    http::OutgoingRequest request{.method = "POST", .url = text_at(account.facts.more, "base") + "/oauth/revoke",
                                  .headers = {{"Content-Type", "application/x-www-form-urlencoded"}}};
    request.body = {http::form_encoded({{"client_id", text_at(account.secrets, "client_id")},
                                        {"client_secret", text_at(account.secrets, "client_secret")},
                                        {"token", text_at(account.secrets, "token")}})};
    return Step{.name = "revoke", .effect = Effect::kInvisible, .request = std::move(request)};
  }

  Verdict read(const Step& step, const http::Answer& answer, int attempt, Instant received_at) const override {
    const bool optional = step.name == "nodeinfo_links" || step.name == "nodeinfo" || step.name == "oauth_metadata";
    const bool good = answer.transport == http::Answer::Transport::kAnswered && answer.status >= 200 && answer.status < 300;
    if (optional && !good && answer.transport != http::Answer::Transport::kNotConnected &&
        answer.transport != http::Answer::Transport::kRefusedByUs) {
      return without(step);
    }
    if (const auto verdict = read_transport(step, answer)) return *verdict;
    if (good || answer.status == 202 || answer.status == 206) return read_success(step, answer);
    return read_failure(step, answer, attempt, received_at);
  }

 private:
  static Error lost_token() {
    return network_error("mastodon.token_revoked", "The server does not accept our access any more.", "Open Accounts and reconnect this account.");
  }

  static std::string nodeinfo_url(const std::string& base, const Progress& progress) {
    const std::string url = text_at(progress, "nodeinfo_url");
    return url.starts_with(base + "/") ? url : base + "/nodeinfo/2.0";
  }

  static const json::object& known_app(const ConnectInput& input, const Progress& progress) {
    if (const json::object& fresh = object_at(progress, "app"); !fresh.empty()) return fresh;
    static const json::object none;
    return text_at(input.app, "redirect_uri") == input.return_url ? input.app : none;
  }

  static Next register_app(const ConnectInput& input, const std::string& base) {
    return Step{.name = "register_app",
                .effect = Effect::kInvisible,
                .request = post_json(base + "/api/v1/apps", {{"client_name", input.app_name},
                                                             {"redirect_uris", input.return_url},
                                                             {"scopes", kScopes}})};
  }

  static std::string authorization_url(const ConnectInput& input, const json::object& app, const std::string& base,
                                       const Progress& progress) {
    const bool pkce = progress.at("pkce").as_bool();
    return http::authorization_url({.endpoint = base + "/oauth/authorize",
                                    .client_id = text_at(app, "client_id"),
                                    .redirect_uri = input.return_url,
                                    .scope = std::string(kScopes),
                                    .state = input.state,
                                    .challenge = pkce ? base64url(sha256(input.verifier)) : "",
                                    .extra = {{"force_login", "true"}}});
  }

  static Next exchange_code(const ConnectInput& input, const json::object& app, const std::string& base, const Progress& progress) {
    http::Pairs form{{"grant_type", "authorization_code"},
                     {"code", input.code},
                     {"client_id", text_at(app, "client_id")},
                     {"client_secret", text_at(app, "client_secret")},
                     {"redirect_uri", input.return_url},
                     {"scope", std::string(kScopes)}};
    if (progress.at("pkce").as_bool()) form.emplace_back("code_verifier", input.verifier);
    http::OutgoingRequest request{.method = "POST", .url = base + "/oauth/token",
                                  .headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}}};
    request.body = {http::form_encoded(form)};
    return Step{.name = "token", .effect = Effect::kInvisible, .request = std::move(request), .discloses = {"credential"}};
  }

  static Next connected(const std::string& base, const json::object& app, const Progress& progress) {
    const auto url = http::parse_url(base);
    if (!url) return Refused{url.error()};
    const std::string handle = "@" + text_at(progress, "acct") + "@" + url->host;
    const std::string name = text_at(progress, "display_name");
    json::object more = object_at(progress, "limits");
    more["base"] = base;
    more["account_id"] = progress.at("account_id");
    return Connected{.facts = {.remote_id = text_at(progress, "account_id") + "@" + url->host,
                               .title = name.empty() ? handle : name,
                               .handle = handle,
                               .url = text_at(progress, "account_url"),
                               .host = url->host,
                               .recipient = url->host,
                               .software = text_at(progress, "software"),
                               .more = std::move(more)},
                     .secrets = {{"token", progress.at("token")},
                                 {"client_id", text_at(app, "client_id")},
                                 {"client_secret", text_at(app, "client_secret")}}};
  }

  static Next upload(const Content& content, std::size_t i, const std::string& base, const std::string& token) {
    const ContentPicture& p = content.pictures[i];
    MultipartBody form(content.idempotency_key + std::to_string(i));
    if (!p.alt.empty()) form.add("description", p.alt);
    form.add_file("file", p.mime == "image/png" ? "picture.png" : "picture.jpg", p.mime, p.path, p.bytes);
    http::OutgoingRequest request = get(base + "/api/v2/media", token);
    request.method = "POST";
    request.headers.emplace_back("Content-Type", form.content_type());
    request.body = std::move(form).finish();
    request.timeout = minutes(2);
    return Step{.name = "upload_" + std::to_string(i), .effect = Effect::kInvisible, .request = std::move(request),
                .discloses = {"credential", "pictures", "alt_text"}};
  }

  // One match adopts; an authoritative list without it is an absence; anything less is for a person.
  static Next judge_list(const Content& content, const DoubtContext& doubt, const json::array& listed) {
    const std::string wanted = mastodon::comparable(content.text);
    const Instant since = doubt.intent_at - kClockSkew;
    std::vector<Published> matches;
    bool reaches_back = listed.size() < kListed;
    for (const json::value& item : listed) {
      if (!item.is_object()) return CannotTell{"list_malformed"};
      const json::object& status = item.as_object();
      const auto created = parse_rfc3339(text_at(status, "created_at"));
      if (!created) return CannotTell{"list_malformed"};
      if (*created < since) {
        reaches_back = true;
        continue;
      }
      const std::string id = text_at(status, "id");
      const json::value* media = status.if_contains("media_attachments");
      const std::size_t pictures = media && media->is_array() ? media->as_array().size() : 0;
      const bool owned = std::ranges::find(doubt.owned_remote_ids, id) != doubt.owned_remote_ids.end();
      if (owned || pictures != content.pictures.size()) continue;
      if (mastodon::comparable(mastodon::plain_text(text_at(status, "content"))) != wanted) continue;
      matches.push_back({.remote_id = id, .permalink = text_at(status, "url")});
    }
    if (matches.size() == 1) return matches.front();
    if (matches.size() > 1) return CannotTell{"several_candidates"};
    if (!reaches_back) return CannotTell{"list_incomplete"};
    return Absent{};
  }

  // Older and other servers lack these pages: what follows is what that means.
  static Verdict without(const Step& step) {
    if (step.name == "nodeinfo_links") return Done{{{"nodeinfo_url", ""}}};
    if (step.name == "nodeinfo") return Done{{{"software", "unknown"}}};
    return Done{{{"pkce", false}}};
  }

  static Verdict read_success(const Step& step, const http::Answer& answer) {
    if (step.name == "own_statuses") return read_list(answer);
    const json::object body = json_body(answer);
    if (step.name == "post_status") {
      if (!answer.body_complete || text_at(body, "id").empty()) return Unclear{"id_missing"};
      return Done{{{"status_id", body.at("id")}, {"status_url", text_at(body, "url").empty() ? text_at(body, "uri") : text_at(body, "url")}}};
    }
    if (step.name == "withdraw_status") return Done{{{"withdrawn", true}}};
    if (step.name.starts_with("upload_")) {
      const std::string key = step.name.substr(7);
      if (text_at(body, "id").empty()) return retry_later(network_error("mastodon.no_media_id", "The server took a picture without naming it.", "Nothing to do: it is tried again."));
      json::object learnt{{"media_" + key, body.at("id")}};
      if (answer.status == 200) learnt["ready_" + key] = true;
      return Done{std::move(learnt)};
    }
    if (step.name.starts_with("media_state_")) {
      if (answer.status == 206) return WaitUntil{seconds(1)};
      return Done{{{"ready_" + step.name.substr(12), true}}};
    }
    return read_connect(step, body);
  }

  static Verdict read_list(const http::Answer& answer) {
    json::error_code broken;
    const json::value list = json::parse(answer.body, broken);
    if (broken || !list.is_array()) return retry_later(network_error("mastodon.list_malformed", "The server's list can't be read.", "Nothing to do: it is tried again."));
    return Done{{{"listed", list}}};
  }

  static Verdict read_connect(const Step& step, const json::object& body) {
    if (step.name == "nodeinfo_links") {
      std::string url;
      if (const json::value* links = body.if_contains("links"); links && links->is_array()) {
        for (const json::value& link : links->as_array()) {
          if (link.is_object()) url = text_at(link.as_object(), "href");
        }
      }
      return Done{{{"nodeinfo_url", url}}};
    }
    if (step.name == "nodeinfo") {
      const json::object& software = object_at(body, "software");
      std::string name = text_at(software, "name");
      if (name == "mastodon") name = "Mastodon";
      if (name.empty()) return Done{{{"software", "unknown"}}};
      return Done{{{"software", name + " " + text_at(software, "version")}}};
    }
    if (step.name == "instance") return Done{{{"limits", limits_of(body)}}};
    if (step.name == "oauth_metadata") {
      const json::value* methods = body.if_contains("code_challenge_methods_supported");
      const bool s256 = methods && methods->is_array() && std::ranges::find(methods->as_array(), json::value("S256")) != methods->as_array().end();
      return Done{{{"pkce", s256}}};
    }
    if (step.name == "register_app") {
      return Done{{{"app", json::object{{"client_id", text_at(body, "client_id")},
                                        {"client_secret", text_at(body, "client_secret")},
                                        {"redirect_uri", text_at(body, "redirect_uri")}}}}};
    }
    if (step.name == "token") return Done{{{"token", text_at(body, "access_token")}}};
    if (step.name == "revoke") return Done{{{"revoked", true}}};
    return Done{{{"account_id", text_at(body, "id")},
                 {"acct", text_at(body, "acct")},
                 {"account_url", text_at(body, "url")},
                 {"display_name", text_at(body, "display_name")}}};
  }

  static json::object limits_of(const json::object& body) {
    const json::object& configuration = object_at(body, "configuration");
    const json::object& statuses = object_at(configuration, "statuses");
    const json::object& media = object_at(configuration, "media_attachments");
    return {{"max_characters", number_at(statuses, "max_characters", number_at(body, "max_toot_chars", 500))},
            {"link_length", number_at(statuses, "characters_reserved_per_url", 23)},
            {"max_pictures", number_at(statuses, "max_media_attachments", 4)},
            {"max_picture_bytes", number_at(media, "image_size_limit", 16'777'216)},
            {"alt_max", number_at(media, "description_limit", 1500)}};
  }

  // Fact sheet, section 8.
  static Verdict read_failure(const Step& step, const http::Answer& answer, int attempt, Instant now) {
    const json::object body = json_body(answer);
    const std::string said = text_at(body, "error");
    const std::string folded = fold_case(said);
    const auto has = [&](std::string_view words) { return folded.find(words) != std::string::npos; };
    const Error busy = network_error("mastodon.server_error", "The server answered with an error of its own.", "Nothing to do: it is tried again.");
    if (step.name == "instance" && answer.status == 404) return Done{{{"no_v2", true}}};
    if (step.name == "withdraw_status" && (answer.status == 404 || answer.status == 410)) return Done{{{"withdrawn", true}}};
    if (step.name == "revoke") return Done{{{"revoked", true}}};
    if (answer.status == 429) return slow_down(network_error("mastodon.rate_limited", "The server asks to slow down.", "Nothing to do: it goes on by itself."), answer, notation_of(""), now);
    if (answer.status == 503 && retry_after(answer, now)) return slow_down(busy, answer, {.scope = LimitScope::kHost}, now);  // GoToSocial's throttle
    if (answer.status >= 500) return unclear_or_retry(step, attempt > 1 ? "replay_error" : "server_error", busy);
    if (step.effect == Effect::kVisible && (has("duplicate idempotency key") || has("already attached"))) return Unclear{"duplicate_refusal"};
    if (answer.status == 422 && has("finished processing")) return retry_later(network_error("mastodon.media_processing", "The server still works on a picture.", "Nothing to do: it is tried again."));
    if (answer.status == 401 || answer.status == 403) {
      if (step.name == "token") return never(field_error("mastodon.code_refused", "The server did not accept the sign-in.", "", "Begin connecting the account again."));
      return AccountLost{lost_token()};
    }
    if (step.name == "register_app" || step.name == "instance") {
      return never(field_error("mastodon.not_an_instance", "This server does not speak the Mastodon API.", "/instance", "Check the address of the server."));
    }
    return never(refused_by("The server", said, "mastodon.refused", "Change the post and plan it again."));
  }
};

}  // namespace

std::unique_ptr<Network> make_mastodon() { return std::make_unique<Mastodon>(); }

}  // namespace postmypost::networks
