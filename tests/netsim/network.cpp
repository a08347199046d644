#include "network.hpp"

#include <fmt/format.h>

#include "base/zones.hpp"

namespace postmypost::netsim {
namespace {

namespace json = boost::json;
using simulation::Shape;

Answer json_answer(json::value body, int status = 200) {
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = json::serialize(body)};
}

json::object object_of(const std::string& body) {
  boost::system::error_code broken;
  json::value value = json::parse(body, broken);
  return broken || !value.is_object() ? json::object{} : std::move(value.as_object());
}

std::string text_at(const json::object& from, std::string_view name) {
  const json::value* found = from.if_contains(name);
  if (!found) return "";
  return found->is_string() ? std::string(found->as_string()) : json::serialize(*found);
}

std::string bearer(const Request& request) {
  const std::string header = request.header("Authorization");
  return header.starts_with("Bearer ") ? header.substr(7) : "";
}

// Channels have negative ids; a name gives always the same one.
std::int64_t chat_id(const std::string& name) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return -1'000'000'000'000 - static_cast<std::int64_t>(hash % 10'000'000'000ULL);
}

json::object chat(const json::value& asked) {
  const std::int64_t id = asked.is_string() ? chat_id(std::string(asked.as_string())) : asked.as_int64();
  if (id > 0) return {{"id", id}, {"type", "private"}};
  json::object found{{"id", id}, {"type", "channel"}, {"title", "Channel " + std::to_string(id)}};
  if (asked.is_string()) found["username"] = asked.as_string().subview(1);
  return found;
}

constexpr std::size_t kMostLogged = 10'000;  // a benchmark sends more

json::object logged(const Request& request) {
  std::string path = request.path();
  const bool is_bot = path.starts_with("/bot");
  if (is_bot) path = "/bot…" + path.substr(path.find('/', 1));
  const bool has_credential = is_bot || !request.header("Authorization").empty() || request.body.contains("password") ||
                              request.body.contains("client_secret");
  return {{"at", to_rfc3339(SystemClock().now())}, {"line", request.method + " " + path}, {"credential", has_credential},
          {"body", request.body.substr(0, 4096)}};
}

}  // namespace

Network::Network(simulation::World& world, Shape shape) : world_(world), shape_(shape) { forget(); }

void Network::forget() {
  server_ = simulation::make_server(world_, shape_, static_cast<int>(shape_));
  keys_.clear();
  bodies_.clear();
  refused_.clear();
  withdrawn_.clear();
  requests_ = 0, pictures_ = 0;
  log_.clear();
}

void Network::revoke(const std::string& account, bool revoked) { revoked ? server_->revoke(account) : server_->restore(account); }

std::optional<Network::Visible> Network::visible(const Request& request) const {
  if (request.method != "POST") return std::nullopt;
  const std::string path = request.path();
  if (shape_ == Shape::kTelegram && path.ends_with("/sendMessage")) {
    const json::object body = object_of(request.body);
    return Visible{text_at(body, "chat_id"), text_at(body, "text"), ""};
  }
  if ((shape_ == Shape::kMastodon || shape_ == Shape::kGoToSocial) && path == "/api/v1/statuses") {
    return Visible{bearer(request), text_at(object_of(request.body), "status"), request.header("Idempotency-Key")};
  }
  if (shape_ == Shape::kBluesky && path.ends_with("repo.putRecord")) {
    const json::object body = object_of(request.body);
    const json::value* record = body.if_contains("record");
    return Visible{text_at(body, "repo"), record ? text_at(record->as_object(), "text") : "", text_at(body, "rkey")};
  }
  return std::nullopt;
}

void Network::see(const Request& request) {
  ++requests_;
  if (log_.size() < kMostLogged) log_.push_back(logged(request));
  if (const auto shown = visible(request)) {
    Seen& seen = bodies_[{shown->account, shown->text}];
    if (++seen.count == 1) seen.first = SystemClock().now();
    seen.connections.insert(request.connection);
  }
}

std::optional<Answer> Network::connecting(const Request& request) const {
  if (shape_ == Shape::kTelegram) return connecting_telegram(request);
  if (shape_ == Shape::kMastodon || shape_ == Shape::kGoToSocial) return connecting_mastodon(request);
  if (shape_ == Shape::kBluesky && request.path().ends_with("server.deleteSession")) return json_answer(json::object{});
  return std::nullopt;
}

std::optional<Answer> Network::connecting_telegram(const Request& request) const {
  const std::string path = request.path();
  const std::string token = path.starts_with("/bot") ? path.substr(4, path.rfind('/') - 4) : "";
  const std::int64_t bot = std::atoll(token.c_str());
  const json::object asked = object_of(request.body);
  const auto ok = [](json::object result) { return json_answer({{"ok", true}, {"result", std::move(result)}}); };
  if (path.ends_with("/getMe")) return ok({{"id", bot}, {"is_bot", true}, {"username", fmt::format("bot{}_bot", bot)}});
  if (path.ends_with("/getChat")) return ok(chat(asked.at("chat_id")));
  if (path.ends_with("/getChatMember")) {
    return ok({{"user", {{"id", bot}, {"is_bot", true}}}, {"status", "administrator"}, {"can_post_messages", true}});
  }
  return std::nullopt;
}

std::optional<Answer> Network::connecting_mastodon(const Request& request) const {
  const std::string path = request.path();
  const bool mastodon = shape_ == Shape::kMastodon;
  if (path == "/.well-known/nodeinfo") {
    return json_answer({{"links", {{{"rel", "http://nodeinfo.diaspora.software/ns/schema/2.0"}, {"href", base + "/nodeinfo/2.0"}}}}});
  }
  if (path == "/nodeinfo/2.0") {
    return json_answer({{"software", {{"name", mastodon ? "mastodon" : "gotosocial"}, {"version", mastodon ? "4.5.1" : "0.20.0"}}}});
  }
  if (path == "/api/v2/instance") return json_answer({{"configuration", {{"statuses", {{"max_characters", 5000}}}}}});
  if (path == "/.well-known/oauth-authorization-server") return json_answer({{"code_challenge_methods_supported", {"S256"}}});
  if (path == "/api/v1/apps") {
    const json::object app = object_of(request.body);
    return json_answer({{"client_id", "client"}, {"client_secret", "secret"}, {"redirect_uri", text_at(app, "redirect_uris")}});
  }
  if (path == "/oauth/authorize") {
    return Answer{.status = 302, .headers = {{"Location", fmt::format("{}?code={}&state={}", request.query("redirect_uri"), request.query("as"), request.query("state"))}}};
  }
  if (path == "/oauth/token") {
    const Request form{.target = "?" + request.body};
    return json_answer({{"access_token", form.query("code")}, {"token_type", "Bearer"}, {"scope", form.query("scope")}, {"created_at", 1}});
  }
  if (path == "/oauth/revoke") return json_answer(json::object{});
  if (path == "/api/v1/accounts/verify_credentials") {
    const std::string account = bearer(request);
    return json_answer({{"id", account}, {"acct", account}, {"display_name", account}, {"url", base + "/@" + account}});
  }
  return std::nullopt;
}

// An uploaded picture gets a name, at once. Posts are kept by their text: reading one back does not show its pictures.
std::optional<Answer> Network::picture(const Request& request) {
  const std::string path = request.path();
  if (request.method != "POST" || request.body.empty()) return std::nullopt;
  if ((shape_ == Shape::kMastodon || shape_ == Shape::kGoToSocial) && path == "/api/v2/media") {
    const std::string id = std::to_string(++pictures_);
    return json_answer({{"id", id}, {"type", "image"}, {"url", base + "/media/" + id}});
  }
  if (shape_ == Shape::kBluesky && path.ends_with("repo.uploadBlob")) {
    const json::object ref{{"$link", fmt::format("bafkrei{:052}", ++pictures_)}};
    return json_answer({{"blob", {{"$type", "blob"}, {"ref", ref}, {"mimeType", request.header("Content-Type")}, {"size", request.body.size()}}}});
  }
  return std::nullopt;
}

// The id of the post that a request wants deleted; empty for any other request.
std::string Network::unwanted(const Request& request) const {
  const std::string path = request.path();
  if (shape_ == Shape::kTelegram && path.ends_with("/deleteMessage")) {
    return std::to_string(object_of(request.body).at("message_id").as_int64());
  }
  if (request.method == "DELETE" && path.starts_with("/api/v1/statuses/")) return path.substr(path.rfind('/') + 1);
  if (shape_ == Shape::kBluesky && path.ends_with("repo.deleteRecord")) return text_at(object_of(request.body), "rkey");
  return "";
}

// Like the real ones: Bluesky takes the deletion of what is gone, the others say that it is not there.
std::optional<Answer> Network::withdrawing(const Request& request) {
  const std::string id = unwanted(request);
  if (id.empty()) return std::nullopt;
  const auto is_it = [&](const simulation::Post& post) { return post.id == id || post.id.ends_with("/" + id); };
  const bool is_there = std::ranges::any_of(server_->posts, is_it) && withdrawn_.insert(id).second;
  if (shape_ == Shape::kTelegram) {
    if (is_there) return json_answer({{"ok", true}, {"result", true}});
    return json_answer({{"ok", false}, {"error_code", 400}, {"description", "Bad Request: message to delete not found"}}, 400);
  }
  if (shape_ == Shape::kBluesky) return json_answer(json::object{});
  return is_there ? json_answer({{"id", id}}) : json_answer({{"error", "Record not found"}}, 404);
}

// As the egress client would have got it from the connector: the simulator's servers take it so.
http::OutgoingRequest Network::as_sent(const Request& request) const {
  http::OutgoingRequest sent{.method = request.method, .url = "https://" + server_->host + request.target};
  for (const std::string_view name : {"Authorization", "Idempotency-Key"}) {
    if (std::string value = request.header(name); !value.empty()) sent.headers.emplace_back(name, std::move(value));
  }
  if (shape_ != Shape::kTelegram) return sent;
  const json::object body = object_of(request.body);
  sent.keep_secret = text_at(body, request.path().ends_with("/forwardMessage") ? "from_chat_id" : "chat_id");
  return sent;
}

Answer Network::act(const Request& request) {
  world_.step(SystemClock().now());
  if (auto answer = connecting(request)) return std::move(*answer);
  if (auto answer = withdrawing(request)) return std::move(*answer);
  if (auto answer = picture(request)) return std::move(*answer);
  const auto known = {"/sendMessage", "/forwardMessage", "/deleteMessage", "/api/v1/statuses", "/statuses", "repo.putRecord",
                      "repo.getRecord", "server.createSession", "server.refreshSession"};
  const std::string path = request.path();
  if (std::ranges::none_of(known, [&](std::string_view end) { return path.ends_with(end); })) {
    refused_.insert(request.method + " " + path);
    return json_answer({{"error", "not expected"}}, 404);
  }
  http::Answer acted = server_->handle(as_sent(request), request.body);
  if (server_->posts.size() > keys_.size()) {
    const auto shown = visible(request);
    keys_.emplace_back(shown ? shown->key : "", request.connection);
  }
  return {.status = acted.status, .headers = std::move(acted.headers), .body = std::move(acted.body)};
}

Answer Network::naming_another(Answer answer) const {
  if (server_->posts.size() < 2) return answer;
  const simulation::Post& newest = server_->posts.back();
  for (auto other = server_->posts.rbegin() + 1; other != server_->posts.rend(); ++other) {
    if (other->account != newest.account) continue;
    for (std::size_t at = answer.body.find(newest.id); at != answer.body.npos; at = answer.body.find(newest.id, at + other->id.size())) {
      answer.body.replace(at, newest.id.size(), other->id);
    }
    break;
  }
  return answer;
}

json::object Network::oracle() const {
  json::array posts, bodies, refused(refused_.begin(), refused_.end());
  for (std::size_t i = 0; i < server_->posts.size(); ++i) {
    const simulation::Post& post = server_->posts[i];
    posts.push_back({{"account", post.account}, {"text", post.text}, {"id", post.id}, {"key", keys_[i].first},
                     {"at", to_rfc3339(post.at)}, {"connection", keys_[i].second}});
  }
  for (const auto& [what, seen] : bodies_) {
    bodies.push_back({{"account", what.first}, {"text", what.second}, {"count", seen.count}, {"first", to_rfc3339(seen.first)},
                      {"connections", json::array(seen.connections.begin(), seen.connections.end())}});
  }
  return {{"posts", std::move(posts)}, {"bodies", std::move(bodies)}, {"refused", std::move(refused)},
          {"withdrawn", json::array(withdrawn_.begin(), withdrawn_.end())}};
}

json::object Network::requests() const { return {{"items", log_}}; }

json::object Network::counters() const {
  return {{"connections", connections}, {"requests", requests_}, {"posts", server_->posts.size()}};
}

}  // namespace postmypost::netsim
