#include "networks/bluesky/bluesky.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/zones.hpp"
#include "http/oauth.hpp"
#include "networks/answers.hpp"
#include "networks/bluesky/record.hpp"
#include "networks/spans.hpp"

namespace postmypost::networks {
namespace {

namespace json = boost::json;

constexpr std::string_view kCollection = "app.bsky.feed.post";

// `RateLimit-Reset` is Unix seconds, not the seconds left of the IETF draft. 3,000 requests in 5 minutes is the limit of our
// address; the others are the account's: 5,000 points an hour and 35,000 a day, a new record costs 3.
constexpr LimitNotation kLimits{.remaining = "RateLimit-Remaining",
                                .reset = "RateLimit-Reset",
                                .notation = ResetNotation::kUnixSeconds,
                                .policy = "RateLimit-Policy",
                                .host_policy = "3000;w=300"};
constexpr auto kQuotas = std::to_array<Quota>({{1666, hours(1)}, {11'666, hours(24)}});

// Four groups of four letters or digits: what the app makes. A main password is refused, so that nobody hands one over.
bool is_app_password(std::string_view text) {
  if (text.size() != 19) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i % 5 == 4;
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (dash ? c != '-' : !letter) return false;
  }
  return true;
}

std::string origin(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text.find("://") == std::string::npos ? "https://" + text : text;
}

class Bluesky final : public Network {
 public:
  explicit Bluesky(const NetworkSettings& settings) : settings_(settings) {}

  const ChannelDescription& channel() const override {
    static const ChannelDescription description{"bluesky", "Bluesky", "US", Idempotency::kClientIdentity, "handle app_password pds"};
    return description;
  }

  Capabilities capabilities(const AccountFacts&) const override {
    Capabilities can;
    can.text = text_rule("bluesky");
    can.pictures = {.max = 10, .alt_max = 2000, .max_bytes = 2'000'000};
    can.idempotency = Idempotency::kClientIdentity;
    can.max_processing = seconds(30);
    can.limits = kLimits;
    can.quotas.assign(kQuotas.begin(), kQuotas.end());
    return can;
  }

  Next connect(const ConnectInput& input, const Progress& progress) const override {
    std::string handle = fold_case(tidy(text_at(input.fields, "handle")));
    if (handle.starts_with('@')) handle.erase(0, 1);
    const std::string password = tidy(text_at(input.fields, "app_password"));
    if (handle.empty()) {
      return Refused{field_error("bluesky.handle_missing", "The handle is missing.", "/handle", "Write it as name.bsky.social.")};
    }
    if (!is_app_password(password)) {
      return Refused{field_error("bluesky.app_password_form", "This is not an app password: those look like abcd-efgh-ijkl-mnop.",
                               "/app_password", "Make one in Bluesky under Settings, Privacy and security, App passwords.")};
    }
    const std::string given_pds = tidy(text_at(input.fields, "pds"));
    const std::string pds = given_pds.empty() ? text_at(progress, "pds") : origin(given_pds);
    if (pds.empty()) return discover(handle, progress);
    if (!progress.contains("access")) {
      return Step{.name = "create_session",
                  .effect = Effect::kInvisible,
                  .request = post_json(pds + "/xrpc/com.atproto.server.createSession",
                                       {{"identifier", handle}, {"password", password}}),
                  .discloses = {"credential"}};
    }
    return connected(pds, handle, password, progress);
  }

  Next publish(const Content& content, const Account& account, const Progress& progress) const override {
    const std::string pds = text_at(account.facts.more, "pds");
    if (progress.contains("uri")) return published(account, text_at(progress, "uri"));
    for (std::size_t i = 0; i < content.pictures.size(); ++i) {
      if (progress.contains("blob_" + std::to_string(i))) continue;
      return upload_picture(content.pictures[i], i, pds, account);
    }
    for (const Span& span : find_handles(content.text)) {
      const std::string handle = fold_case(content.text.substr(span.begin + 1, span.end - span.begin - 1));
      if (progress.contains("mention:" + handle)) continue;
      Step step{.name = "resolve_mention:" + handle,
                .request = get(http::with_query(pds + "/xrpc/com.atproto.identity.resolveHandle", {{"handle", handle}}))};
      return step;
    }
    const json::object body{{"repo", account.facts.remote_id},
                            {"collection", kCollection},
                            {"rkey", bluesky::record_key(content)},
                            {"validate", true},
                            {"swapRecord", nullptr},
                            {"record", bluesky::post_record(content, progress)}};
    return Step{.name = "put_record",
                .effect = Effect::kVisible,
                .request = post_json(pds + "/xrpc/com.atproto.repo.putRecord", body, text_at(account.secrets, "access")),
                .discloses = {"credential", "text"}};
  }

  // The record itself says whether it is there: the key was fixed before the first byte.
  Next look_for(const Content& content, const Account& account, const DoubtContext&,
                const Progress& progress) const override {
    if (progress.contains("absent")) return Absent{};
    if (progress.contains("found_uri")) {
      if (text_at(progress, "found_text") != content.text) return CannotTell{"other_record"};
      return published(account, text_at(progress, "found_uri"));
    }
    return Step{.name = "get_record",
                .request = get(http::with_query(text_at(account.facts.more, "pds") + "/xrpc/com.atproto.repo.getRecord",
                                                {{"repo", account.facts.remote_id},
                                                 {"collection", std::string(kCollection)},
                                                 {"rkey", bluesky::record_key(content)}}),
                               text_at(account.secrets, "access"))};
  }

  // createSession is throttled to 300 a day, so refresh first; the app password is the way back when that fails.
  Next refresh(const Account& account, const Progress& progress) const override {
    const std::string pds = text_at(account.facts.more, "pds");
    if (progress.contains("access")) {
      json::object secrets = account.secrets;
      secrets["access"] = progress.at("access");
      secrets["refresh"] = progress.at("refresh");
      return Refreshed{std::move(secrets)};
    }
    if (!progress.contains("refresh_refused")) {
      http::OutgoingRequest request =
          get(pds + "/xrpc/com.atproto.server.refreshSession", text_at(account.secrets, "refresh"));
      request.method = "POST";
      return Step{.name = "refresh_session", .effect = Effect::kInvisible, .request = std::move(request)};
    }
    return Step{.name = "create_session",
                .effect = Effect::kInvisible,
                .request = post_json(pds + "/xrpc/com.atproto.server.createSession",
                                     {{"identifier", account.facts.remote_id},
                                      {"password", text_at(account.secrets, "app_password")}}),
                .discloses = {"credential"}};
  }

  // com.atproto.repo.deleteRecord: succeeds for a record that is gone already.
  Next withdraw(const Account& account, const std::string& remote_id, const Progress&, const Progress& progress) const override {
    if (progress.contains("withdrawn")) return Absent{};
    http::OutgoingRequest request = post_json(text_at(account.facts.more, "pds") + "/xrpc/com.atproto.repo.deleteRecord",
                                              {{"repo", account.facts.remote_id},
                                               {"collection", std::string(kCollection)},
                                               {"rkey", remote_id.substr(remote_id.rfind('/') + 1)}});
    request.headers.emplace_back("Authorization", "Bearer " + text_at(account.secrets, "access"));
    return Step{.name = "delete_record", .effect = Effect::kInvisible, .request = std::move(request)};
  }

  Next disconnect(const Account& account, const Progress& progress) const override {
    if (progress.contains("session_deleted")) return Disconnected{};
    http::OutgoingRequest request = get(text_at(account.facts.more, "pds") + "/xrpc/com.atproto.server.deleteSession",
                                        text_at(account.secrets, "refresh"));
    request.method = "POST";
    return Step{.name = "delete_session", .effect = Effect::kInvisible, .request = std::move(request)};
  }

  Verdict read(const Step& step, const http::Answer& answer, int, Instant received_at) const override {
    // Names that do not resolve stay plain text, and a handle may be served by DNS only: never a failure.
    if (step.name == "well_known_did") return read_well_known(answer);
    if (step.name.starts_with("resolve_mention:")) return read_mention(step, answer);
    if (const auto verdict = read_transport(step, answer)) return *verdict;
    const json::object body = json_body(answer);
    if (answer.status >= 200 && answer.status < 300) return read_success(step, answer, body);
    return read_failure(step, answer, body, received_at);
  }

 private:
  Next discover(const std::string& handle, const Progress& progress) const {
    std::string did = handle.starts_with("did:") ? handle : text_at(progress, "did");
    if (did.empty() && !progress.contains("well_known_asked")) {
      return Step{.name = "well_known_did", .request = get("https://" + handle + "/.well-known/atproto-did")};
    }
    if (did.empty()) {
      return Step{.name = "resolve_handle",
                  .request = get(http::with_query(settings_.bluesky_default_pds + "/xrpc/com.atproto.identity.resolveHandle",
                                                  {{"handle", handle}}))};
    }
    const std::string document = did.starts_with("did:web:") ? "https://" + did.substr(8) + "/.well-known/did.json"
                                                             : settings_.plc_directory + "/" + did;
    return Step{.name = "did_document", .request = get(document)};
  }

  static Next connected(const std::string& pds, const std::string& handle, const std::string& password,
                        const Progress& progress) {
    const auto url = http::parse_url(pds);
    if (!url) return Refused{url.error()};
    const std::string name = text_at(progress, "handle").empty() ? handle : text_at(progress, "handle");
    return Connected{.facts = {.remote_id = text_at(progress, "did"),
                               .title = name,
                               .handle = "@" + name,
                               .url = "https://bsky.app/profile/" + name,
                               .host = url->host,
                               .recipient = "Bluesky (" + url->host + ")",
                               .software = {},
                               .more = {{"pds", pds}}},
                     .secrets = {{"access", progress.at("access")},
                                 {"refresh", progress.at("refresh")},
                                 {"app_password", password}}};
  }

  static Step upload_picture(const ContentPicture& picture, std::size_t index, const std::string& pds,
                             const Account& account) {
    http::OutgoingRequest request = get(pds + "/xrpc/com.atproto.repo.uploadBlob", text_at(account.secrets, "access"));
    request.method = "POST";
    request.headers.emplace_back("Content-Type", picture.mime);
    request.body = {http::FilePiece{picture.path, picture.bytes}};
    request.timeout = minutes(2);
    return {.name = "upload_picture_" + std::to_string(index),
            .effect = Effect::kInvisible,
            .request = std::move(request),
            .discloses = {"credential", "pictures"}};
  }

  static Published published(const Account& account, const std::string& uri) {
    const std::string key = uri.substr(uri.rfind('/') + 1);
    return {.remote_id = uri, .permalink = account.facts.url + "/post/" + key};
  }

  static Verdict read_well_known(const http::Answer& answer) {
    const std::string did = tidy(answer.body);
    const bool found = answer.transport == http::Answer::Transport::kAnswered && answer.status == 200 &&
                       did.starts_with("did:") && did.size() < 256;
    json::object learnt{{"well_known_asked", true}};
    if (found) learnt["did"] = did;
    return Done{std::move(learnt)};
  }

  static Verdict read_mention(const Step& step, const http::Answer& answer) {
    const std::string key = "mention:" + step.name.substr(std::string_view("resolve_mention:").size());
    const bool good = answer.transport == http::Answer::Transport::kAnswered && answer.status == 200;
    return Done{{{key, good ? text_at(json_body(answer), "did") : ""}}};
  }

  static Verdict read_success(const Step& step, const http::Answer& answer, const json::object& body) {
    if (step.name.starts_with("upload_picture_")) {
      const json::value* blob = body.if_contains("blob");
      if (!blob || !blob->is_object()) return retry_later(network_error("bluesky.no_blob", "The server took a picture without saying where it is.", "Nothing to do: it is tried again."));
      return Done{{{"blob_" + step.name.substr(15), *blob}}};
    }
    if (step.name == "put_record") {
      if (!answer.body_complete || text_at(body, "uri").empty()) return Unclear{"id_missing"};
      return Done{{{"uri", body.at("uri")}, {"cid", text_at(body, "cid")}}};
    }
    if (step.name == "get_record") {
      const json::value* value = body.if_contains("value");
      if (!value || !value->is_object() || text_at(body, "uri").empty()) return Unclear{"id_missing"};
      return Done{{{"found_uri", body.at("uri")}, {"found_text", text_at(value->as_object(), "text")}}};
    }
    if (step.name == "resolve_handle") return Done{{{"did", text_at(body, "did")}}};
    if (step.name == "did_document") return read_did_document(body);
    if (step.name == "delete_session") return Done{{{"session_deleted", true}}};
    if (step.name == "delete_record") return Done{{{"withdrawn", true}}};
    return read_session(body);
  }

  static Verdict read_did_document(const json::object& body) {
    if (const json::value* services = body.if_contains("service"); services && services->is_array()) {
      for (const json::value& service : services->as_array()) {
        if (!service.is_object() || !text_at(service.as_object(), "id").ends_with("#atproto_pds")) continue;
        return Done{{{"pds", origin(text_at(service.as_object(), "serviceEndpoint"))}}};
      }
    }
    return never(network_error("bluesky.no_pds", "The identity of this handle names no server.", "Check the handle, or enter the server yourself."));
  }

  static Verdict read_session(const json::object& body) {
    if (text_at(body, "accessJwt").empty() || text_at(body, "refreshJwt").empty()) {
      return never(network_error("bluesky.no_session", "The server's answer holds no session.", "Check the address of the server."));
    }
    if (const json::value* active = body.if_contains("active"); active && active->is_bool() && !active->as_bool()) {
      return AccountLost{network_error("bluesky.inactive", "This account is " + text_at(body, "status") + ".",
                                       "Restore the account in Bluesky first.")};
    }
    return Done{{{"access", body.at("accessJwt")},
                 {"refresh", body.at("refreshJwt")},
                 {"did", text_at(body, "did")},
                 {"handle", text_at(body, "handle")}}};
  }

  // Error names of the fact sheet, section 8.
  static Verdict read_failure(const Step& step, const http::Answer& answer, const json::object& body, Instant now) {
    const std::string name = text_at(body, "error");
    const Error said = refused_by("Bluesky", text_at(body, "message"), "bluesky.refused", "Change the post and plan it again.");
    if (answer.status == 429) return slow_down(network_error("bluesky.rate_limited", "Bluesky asks to slow down.", "Nothing to do: it goes on by itself."), answer, kLimits, now);
    if (answer.status >= 500) return unclear_or_retry(step, "server_error", network_error("bluesky.server_error", "The server answered with an error of its own.", "Nothing to do: it is tried again."));
    if (step.name == "get_record" && name == "RecordNotFound") return Done{{{"absent", true}}};
    if (step.name == "refresh_session") return Done{{{"refresh_refused", true}}};
    if (step.name == "delete_session") return Done{{{"session_deleted", true}}};
    if (step.name == "resolve_handle" || step.name == "did_document") {
      return never(field_error("bluesky.handle_unknown", "Nobody has this handle.", "/handle", "Check its spelling."));
    }
    if (step.name == "create_session") {
      return AccountLost{field_error("bluesky.sign_in_refused", "The server did not take this handle and app password.",
                                   "/app_password", "Make a new app password and enter it here.")};
    }
    if (name == "AccountTakedown" || name == "AccountDeactivated") {
      return AccountLost{network_error("bluesky.inactive", "This account is closed or paused in Bluesky.", "Restore it there, then reconnect.")};
    }
    if (name == "ExpiredToken" || name == "InvalidToken" || answer.status == 401) return SessionExpired{};
    if (answer.status == 403) return AccountLost{network_error("bluesky.not_allowed", "The app password does not allow this.", "Make a new app password and reconnect.")};
    if (name == "InvalidSwap") return Unclear{"key_taken"};
    if (name == "BlobNotFound" || text_at(body, "message").find("find blob") != std::string::npos) {
      NotApplied again = retry_later(network_error("bluesky.blob_gone", "The server dropped an uploaded picture.", "Nothing to do: it is uploaded again."));
      again.restart = true;
      return again;
    }
    return never(said);
  }

  NetworkSettings settings_;
};

}  // namespace

std::unique_ptr<Network> make_bluesky(const NetworkSettings& settings) { return std::make_unique<Bluesky>(settings); }

}  // namespace postmypost::networks
