#include "servers.hpp"

#include "base/zones.hpp"
#include "networks/bluesky/bluesky.hpp"
#include "networks/mastodon/mastodon.hpp"
#include "networks/own_page/own_page.hpp"
#include "networks/telegram/telegram.hpp"
#include "classes.hpp"

namespace postmypost::simulation {

namespace json = boost::json;

std::string_view to_string(Shape shape) {
  switch (shape) {
    case Shape::kMastodon: return "mastodon";
    case Shape::kGoToSocial: return "gotosocial";
    case Shape::kBluesky: return "bluesky";
    case Shape::kTelegram: return "telegram";
    case Shape::kTwoPhase: return "two_phase";
    case Shape::kRefusesSame: return "refuses_same";
  }
  return "";
}

const Post& Server::accept(std::string account, std::string text, std::string id) {
  world_.say("{} accepts {} \"{}\" of {}", host, id, text, account);
  return posts.emplace_back(Post{std::move(account), std::move(text), std::move(id), world_.time()});
}

http::Answer Server::json(int status, const json::value& body) {
  return {.transport = http::Answer::Transport::kAnswered,
          .status = status,
          .headers = {{"Content-Type", "application/json"}},
          .body = json::serialize(body),
          .body_complete = true};
}

namespace {

std::string bearer(const http::OutgoingRequest& request) {
  for (const auto& [name, value] : request.headers) {
    if (name == "Authorization" && value.starts_with("Bearer ")) return value.substr(7);
  }
  return "";
}
std::string header(const http::OutgoingRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "";
}
std::string path_of(const std::string& url) { return url.substr(url.find('/', 8)); }
json::object object_of(const std::string& body) { return body.empty() ? json::object{} : json::parse(body).as_object(); }
std::string text_of(const json::object& object, std::string_view name) { return std::string(object.at(name).as_string()); }

class MastodonServer final : public Server {
 public:
  using Server::Server;
  std::string channel() const override { return "mastodon"; }
  networks::Account account(int number) override {
    const std::string id = "m" + std::to_string(number);
    return {.facts = {.remote_id = id + "@" + host, .title = id, .handle = "@" + id, .url = "https://" + host + "/@" + id,
                      .host = host, .recipient = host,
                      .software = shape == Shape::kMastodon ? "Mastodon 4.5.1" : "GoToSocial 0.19.0",
                      .more = {{"base", "https://" + host}, {"account_id", id}}},
            .secrets = {{"token", id}, {"client_id", "c"}, {"client_secret", "s"}}};
  }
  http::Answer handle(const http::OutgoingRequest& request, const std::string& body) override {
    const std::string account = bearer(request);
    if (is_revoked(account)) return json(401, {{"error", "The access token was revoked"}});
    if (request.method == "POST") return post(account, header(request, "Idempotency-Key"), body);
    json::array list;
    for (auto at = posts.rbegin(); at != posts.rend() && list.size() < 40; ++at) {
      if (at->account == account) list.push_back(status(*at));
    }
    return json(200, list);
  }

 private:
  http::Answer post(const std::string& account, const std::string& key, const std::string& body) {
    if (const auto seen = keys_.find(account + key); shape == Shape::kMastodon && seen != keys_.end()) {
      const Post& first = posts.at(seen->second);
      if (first.at + hours(1) > world_.time()) return json(200, status(first));
    }
    const Post& made = accept(account, text_of(object_of(body), "status"), std::to_string(1000 + posts.size()));
    keys_[account + key] = posts.size() - 1;
    return json(200, status(made));
  }
  json::object status(const Post& post) const {
    return {{"id", post.id}, {"url", "https://" + host + "/@" + post.account + "/" + post.id},
            {"created_at", to_rfc3339(post.at)}, {"content", "<p>" + post.text + "</p>"}, {"media_attachments", json::array{}}};
  }
  std::map<std::string, std::size_t> keys_;
};

class BlueskyServer final : public Server {
 public:
  using Server::Server;
  std::string channel() const override { return "bluesky"; }
  networks::Account account(int number) override {
    const std::string did = "did:plc:" + std::to_string(number);
    sessions_[did] = {"a0-" + did, "r0-" + did, world_.time() + world_.dice.between(minutes(1), hours(2))};
    return {.facts = {.remote_id = did, .title = did, .handle = "@" + did, .url = "https://bsky.app/profile/" + did, .host = host,
                      .recipient = "Bluesky", .software = {}, .more = {{"pds", "https://" + host}}},
            .secrets = {{"access", "a0-" + did}, {"refresh", "r0-" + did}, {"app_password", "abcd-efgh-ijkl-mnop"}}};
  }
  http::Answer handle(const http::OutgoingRequest& request, const std::string& body) override {
    const std::string path = path_of(request.url);
    const std::string token = bearer(request);
    if (path.ends_with("refreshSession")) return refresh(token);
    if (path.ends_with("createSession")) return create(text_of(object_of(body), "identifier"));
    const std::string did = token.substr(token.find('-') + 1);
    if (is_revoked(did)) return json(400, {{"error", "AccountTakedown"}, {"message", "taken down"}});
    if (token != sessions_[did].access || sessions_[did].until < world_.time()) {
      return json(400, {{"error", "ExpiredToken"}, {"message", "Token has expired"}});
    }
    return path.find("putRecord") != std::string::npos ? put(did, object_of(body)) : get(did, path);
  }

 private:
  struct Session {
    std::string access, refresh;
    Instant until;
    int number = 0;
  };
  http::Answer fresh(const std::string& did) {
    Session& session = sessions_[did];
    const std::string number = std::to_string(++session.number);
    session.access = "a" + number + "-" + did;
    session.refresh = "r" + number + "-" + did;
    session.until = world_.time() + world_.dice.between(minutes(10), hours(2));
    return json(200, {{"accessJwt", session.access}, {"refreshJwt", session.refresh}, {"did", did}, {"handle", "h.example"}, {"active", true}});
  }
  http::Answer refresh(const std::string& token) {
    const std::string did = token.substr(token.find('-') + 1);
    if (is_revoked(did)) return json(400, {{"error", "AccountTakedown"}, {"message", "taken down"}});
    if (sessions_[did].refresh != token) return json(400, {{"error", "ExpiredToken"}, {"message", "used before"}});
    return fresh(did);
  }
  http::Answer create(const std::string& did) {
    if (is_revoked(did)) return json(401, {{"error", "AuthenticationRequired"}, {"message", "no"}});
    return fresh(did);
  }
  http::Answer put(const std::string& did, const json::object& body) {
    const std::string uri = "at://" + did + "/app.bsky.feed.post/" + text_of(body, "rkey");
    const std::string text = text_of(body.at("record").as_object(), "text");
    for (const Post& post : posts) {
      if (post.id != uri) continue;
      if (body.contains("swapRecord")) return json(400, {{"error", "InvalidSwap"}, {"message", "Record was at another cid"}});
      return json(200, {{"uri", uri}, {"cid", "c"}});
    }
    accept(did, text, uri);
    return json(200, {{"uri", uri}, {"cid", "c"}});
  }
  http::Answer get(const std::string& did, const std::string& path) {
    const std::string key = path.substr(path.find("rkey=") + 5);
    for (const Post& post : posts) {
      if (post.id != "at://" + did + "/app.bsky.feed.post/" + key) continue;
      return json(200, {{"uri", post.id}, {"cid", "c"}, {"value", {{"text", post.text}}}});
    }
    return json(400, {{"error", "RecordNotFound"}, {"message", "Could not locate record"}});
  }
  std::map<std::string, Session> sessions_;
};

class TelegramServer final : public Server {
 public:
  using Server::Server;
  std::string channel() const override { return "telegram"; }
  networks::Account account(int number) override {
    const std::string id = "-100" + std::to_string(number);
    json::object more{{"chat_id", std::stoll(id)}, {"chat_type", "channel"}, {"username", "c" + std::to_string(number)}};
    if (number % 2 == 1) more["service_chat"] = -7;
    return {.facts = {.remote_id = id, .title = id, .handle = "@c" + std::to_string(number), .url = {}, .host = host,
                      .recipient = "Telegram", .software = {}, .more = std::move(more)},
            .secrets = {{"token", id}}};
  }
  http::Answer handle(const http::OutgoingRequest& request, const std::string& body) override {
    const std::string account = request.keep_secret;
    if (is_revoked(account)) return json(401, {{"ok", false}, {"error_code", 401}, {"description", "Unauthorized"}});
    const std::string method = request.url.substr(request.url.rfind('/') + 1);
    const json::object in = object_of(body);
    if (method == "sendMessage") {
      const std::int64_t id = ++last_[account];
      accept(account, text_of(in, "text"), std::to_string(id));
      return json(200, {{"ok", true}, {"result", {{"message_id", id}}}});
    }
    if (method == "deleteMessage") return json(200, {{"ok", true}, {"result", true}});
    const std::string wanted = std::to_string(in.at("message_id").as_int64());
    for (const Post& post : posts) {
      if (post.account != account || post.id != wanted) continue;
      return json(200, {{"ok", true}, {"result", {{"message_id", ++copies_}, {"text", post.text}}}});
    }
    return json(400, {{"ok", false}, {"error_code", 400}, {"description", "Bad Request: message to forward not found"}});
  }

 private:
  std::map<std::string, std::int64_t> last_;
  std::int64_t copies_ = 500'000;
};

class ClassServer final : public Server {
 public:
  using Server::Server;
  std::string channel() const override { return std::string(to_string(shape)); }
  networks::Account account(int number) override {
    const std::string id = "k" + std::to_string(number);
    return {.facts = {.remote_id = id, .title = id, .handle = id, .url = "https://" + host + "/" + id, .host = host,
                      .recipient = host, .software = {}, .more = {{"base", "https://" + host}}},
            .secrets = {{"token", id}}};
  }
  http::Answer handle(const http::OutgoingRequest& request, const std::string& body) override {
    const std::string account = bearer(request);
    if (is_revoked(account)) return json(401, {{"error", "revoked"}});
    const std::string path = path_of(request.url);
    if (path == "/containers") return container(object_of(body));
    if (path.starts_with("/containers/")) return json(200, state(path.substr(12)));
    if (path == "/publish") return publish(account, text_of(object_of(body), "container"));
    if (path == "/posts" && request.method == "POST") return post(account, text_of(object_of(body), "text"));
    json::array list;
    for (const Post& each : posts) {
      if (each.account == account) list.push_back({{"id", each.id}, {"text", each.text}, {"at", each.at.us}});
    }
    return json(200, {{"posts", list}});
  }

 private:
  http::Answer container(const json::object& in) {
    const std::string id = "x" + std::to_string(containers_.size());
    containers_[id] = text_of(in, "text");
    return json(200, {{"id", id}});
  }
  json::object state(const std::string& id) {
    if (const auto done = published_.find(id); done != published_.end()) return {{"state", "PUBLISHED"}, {"post", done->second}};
    return {{"state", containers_.contains(id) ? "FINISHED" : "EXPIRED"}};
  }
  http::Answer publish(const std::string& account, const std::string& id) {
    if (!containers_.contains(id)) return json(400, {{"error", "no_container"}});
    if (const auto done = published_.find(id); done != published_.end()) return json(200, {{"id", done->second}});
    published_[id] = accept(account, containers_[id], "p" + std::to_string(posts.size())).id;
    return json(200, {{"id", published_[id]}});
  }
  http::Answer post(const std::string& account, const std::string& text) {
    for (const Post& each : posts) {
      if (each.account == account && each.text == text && each.at + minutes(30) > world_.time()) {
        return json(403, {{"error", "duplicate"}});
      }
    }
    return json(200, {{"id", accept(account, text, "p" + std::to_string(posts.size())).id}});
  }
  std::map<std::string, std::string> containers_, published_;
};

}  // namespace

std::unique_ptr<Server> make_server(World& world, Shape shape, int number) {
  switch (shape) {
    case Shape::kMastodon:
    case Shape::kGoToSocial: return std::make_unique<MastodonServer>(world, shape, number);
    case Shape::kBluesky: return std::make_unique<BlueskyServer>(world, shape, number);
    case Shape::kTelegram: return std::make_unique<TelegramServer>(world, shape, number);
    case Shape::kTwoPhase:
    case Shape::kRefusesSame: return std::make_unique<ClassServer>(world, shape, number);
  }
  return nullptr;
}

std::vector<std::unique_ptr<networks::Network>> all_networks(const std::string& telegram_host) {
  std::vector<std::unique_ptr<networks::Network>> all;
  networks::NetworkSettings settings;
  settings.telegram_base = "https://" + telegram_host;
  all.push_back(networks::make_own_page());
  all.push_back(networks::make_telegram(settings));
  all.push_back(networks::make_mastodon());
  all.push_back(networks::make_bluesky(settings));
  all.push_back(make_two_phase());
  all.push_back(make_refuses_same());
  return all;
}

}  // namespace postmypost::simulation
