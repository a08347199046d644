#include "classes.hpp"

#include <algorithm>
#include <stdexcept>

#include "networks/answers.hpp"

namespace postmypost::simulation {
namespace {

namespace json = boost::json;
using namespace networks;

// What both share: one account with a bearer token, nothing to connect, sessions that don't expire.
class ClassNetwork : public Network {
 public:
  Next connect(const ConnectInput&, const Progress&) const override { throw std::logic_error("not connected here"); }
  Next disconnect(const Account&, const Progress&) const override { return Disconnected{}; }
  Next refresh(const Account&, const Progress&) const override {
    return Refused{network_error("class.revoked", "The token was revoked.", "Reconnect."), true};
  }

 protected:
  static std::string url(const Account& account, std::string_view path) {
    return text_at(account.facts.more, "base") + std::string(path);
  }
  static std::string token(const Account& account) { return text_at(account.secrets, "token"); }
  static Published found(const Account& account, const std::string& id) {
    return {.remote_id = id, .permalink = account.facts.url + "/" + id};
  }
  // The part of reading that is the same everywhere; null when the body is there to be read.
  static std::optional<Verdict> read_common(const Step& step, const http::Answer& answer, Instant now) {
    if (const auto verdict = read_transport(step, answer)) return verdict;
    const Error said = network_error("class.refused", "Refused.", "Nothing to do.");
    if (answer.status == 401) return AccountLost{said};
    if (answer.status == 400) return never(said);
    if (answer.status == 429) return retry_later(said, retry_after(answer, now));
    if (answer.status >= 500) return unclear_or_retry(step, "server_error", said);
    return std::nullopt;
  }
};

class TwoPhase final : public ClassNetwork {
 public:
  const ChannelDescription& channel() const override {
    static const ChannelDescription description{"two_phase", "Two phases", "", Idempotency::kClientIdentity, ""};
    return description;
  }
  Capabilities capabilities(const AccountFacts&) const override {
    Capabilities can;
    can.idempotency = Idempotency::kClientIdentity;  // the container is the identity: publishing it twice shows one post
    can.max_processing = seconds(60);
    return can;
  }
  Next publish(const Content& content, const Account& account, const Progress& progress) const override {
    if (progress.contains("post")) return found(account, text_at(progress, "post"));
    if (!progress.contains("container")) {
      return Step{.name = "container", .effect = Effect::kInvisible,
                  .request = post_json(url(account, "/containers"), {{"text", content.text}}, token(account))};
    }
    return Step{.name = "publish", .effect = Effect::kVisible,
                .request = post_json(url(account, "/publish"), {{"container", progress.at("container")}}, token(account))};
  }
  Next look_for(const Content&, const Account& account, const DoubtContext&, const Progress& progress) const override {
    if (progress.contains("post")) return found(account, text_at(progress, "post"));
    if (text_at(progress, "state") == "FINISHED") return Absent{};
    if (progress.contains("state")) return CannotTell{"container_expired"};
    return Step{.name = "state", .request = get(url(account, "/containers/" + text_at(progress, "container")), token(account))};
  }
  Verdict read(const Step& step, const http::Answer& answer, int, Instant now) const override {
    if (const auto verdict = read_common(step, answer, now)) return *verdict;
    const json::object body = json_body(answer);
    if (step.name == "state") {
      if (text_at(body, "state") == "PUBLISHED") return Done{{{"post", text_at(body, "post")}}};
      return text_at(body, "state").empty() ? Verdict(Unclear{"id_missing"}) : Done{{{"state", text_at(body, "state")}}};
    }
    if (text_at(body, "id").empty()) {
      return unclear_or_retry(step, "id_missing", network_error("class.no_id", "No id came.", "Nothing to do."));
    }
    return Done{{{step.name == "container" ? "container" : "post", text_at(body, "id")}}};
  }
};

class RefusesSame final : public ClassNetwork {
 public:
  const ChannelDescription& channel() const override {
    static const ChannelDescription description{"refuses_same", "Refuses the same", "", Idempotency::kReadBack, ""};
    return description;
  }
  Capabilities capabilities(const AccountFacts&) const override {
    Capabilities can;
    can.idempotency = Idempotency::kReadBack;
    can.max_processing = seconds(60);
    return can;
  }
  Next publish(const Content& content, const Account& account, const Progress& progress) const override {
    if (progress.contains("post")) return found(account, text_at(progress, "post"));
    return Step{.name = "post", .effect = Effect::kVisible,
                .request = post_json(url(account, "/posts"), {{"text", content.text}}, token(account))};
  }
  Next look_for(const Content& content, const Account& account, const DoubtContext& doubt, const Progress& progress) const override {
    const json::value* listed = progress.if_contains("listed");
    if (!listed) return Step{.name = "list", .request = get(url(account, "/posts"), token(account))};
    std::vector<std::string> matches;
    for (const json::value& item : listed->as_array()) {
      const std::string id = text_at(item.as_object(), "id");
      if (text_at(item.as_object(), "text") != content.text) continue;
      if (item.as_object().at("at").as_int64() < (doubt.intent_at - minutes(1)).us) continue;
      if (std::ranges::find(doubt.owned_remote_ids, id) == doubt.owned_remote_ids.end()) matches.push_back(id);
    }
    if (matches.size() == 1) return found(account, matches.front());
    return matches.empty() ? Next(Absent{}) : Next(CannotTell{"several_candidates"});
  }
  Verdict read(const Step& step, const http::Answer& answer, int, Instant now) const override {
    if (const auto verdict = read_common(step, answer, now)) return *verdict;
    const json::object body = json_body(answer);
    if (step.name == "list") {
      const json::value* posts = body.if_contains("posts");
      return posts && posts->is_array() ? Verdict(Done{{{"listed", *posts}}}) : Unclear{"id_missing"};
    }
    // On a second try this refusal says that the first one went through: look, never believe it blindly.
    if (answer.status == 403) return Unclear{"duplicate_refusal"};
    return text_at(body, "id").empty() ? Verdict(Unclear{"id_missing"}) : Done{{{"post", text_at(body, "id")}}};
  }
};

}  // namespace

std::unique_ptr<Network> make_two_phase() { return std::make_unique<TwoPhase>(); }
std::unique_ptr<Network> make_refuses_same() { return std::make_unique<RefusesSame>(); }

}  // namespace postmypost::simulation
