#include "networks/telegram/telegram.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "networks/answers.hpp"

namespace postmypost::networks {
namespace {

namespace json = boost::json;

constexpr Duration kUploadTimeout = minutes(5);  // the server answers only after the message is really out
constexpr std::int64_t kLookAhead = 5;           // message ids after the last known one

// The server sets both; it has no header of what is left (fact sheet, section 7).
constexpr LimitNotation kLimits{.seconds_in_body = "/parameters/retry_after", .margin = seconds(1)};
constexpr auto kQuotas = std::to_array<Quota>({{1, seconds(1)}, {20, minutes(1)}, {30, seconds(1), LimitScope::kHost}});

// What a 400 or 403 means, by words of its description (fact sheet, section 8). First match wins.
enum class Meaning { kAccountLost, kContent, kGoneOrDone };
struct Words {
  std::string_view words;
  Meaning meaning;
};
constexpr auto kMeanings = std::to_array<Words>({
    {"chat not found", Meaning::kAccountLost},
    {"need administrator rights", Meaning::kAccountLost},
    {"not enough rights", Meaning::kAccountLost},
    {"chat_admin_required", Meaning::kAccountLost},
    {"chat_write_forbidden", Meaning::kAccountLost},
    {"_forbidden", Meaning::kAccountLost},
    {"bot was kicked", Meaning::kAccountLost},
    {"bot was blocked", Meaning::kAccountLost},
    {"not a member", Meaning::kAccountLost},
    {"user is deactivated", Meaning::kAccountLost},
    {"frozen", Meaning::kAccountLost},
    {"message to delete not found", Meaning::kGoneOrDone},
    {"message to forward not found", Meaning::kGoneOrDone},
});

bool is_token(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || text.size() - colon < 30) return false;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto allowed = [&](char c) { return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-'; };
  return std::ranges::all_of(text.substr(0, colon), digit) && std::ranges::all_of(text.substr(colon + 1), allowed);
}

// "https://t.me/soyka", "t.me/soyka", "soyka", "@soyka" and "-100123" all mean a chat.
std::string chat_of(std::string text) {
  text = tidy(text);
  for (const std::string_view prefix : {"https://", "http://"}) {
    if (text.starts_with(prefix)) text.erase(0, prefix.size());
  }
  if (text.starts_with("t.me/")) text = text.substr(5, text.find('/', 5) == std::string::npos ? text.npos : text.find('/', 5) - 5);
  const bool number = !text.empty() && text.find_first_not_of("-0123456789") == std::string::npos;
  if (text.empty() || number || text.starts_with('@')) return text;
  return "@" + text;
}

std::int64_t integer_at(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  return member && member->is_int64() ? member->as_int64() : 0;
}

bool true_at(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  return member && member->is_bool() && member->as_bool();
}

class Telegram final : public Network {
 public:
  explicit Telegram(const NetworkSettings& settings) : base_(settings.telegram_base) {}

  const ChannelDescription& channel() const override {
    static const ChannelDescription description{"telegram", "Telegram", "AE", Idempotency::kNone, "token chat service_chat"};
    return description;
  }

  Capabilities capabilities(const AccountFacts& facts) const override {
    Capabilities can;
    can.text = text_rule("telegram");
    can.pictures = {.max = 10, .alt_max = 0, .max_bytes = 10'000'000, .formats = {"image/jpeg", "image/png"}};
    can.idempotency = Idempotency::kNone;
    can.max_processing = minutes(1);
    can.limits = kLimits;
    can.quotas.assign(kQuotas.begin(), kQuotas.end());
    can.app = "bot " + text_at(facts.more, "bot");
    return can;
  }

  Next connect(const ConnectInput& input, const Progress& progress) const override {
    const std::string token = tidy(text_at(input.fields, "token"));
    const std::string chat = chat_of(text_at(input.fields, "chat"));
    const std::string service = chat_of(text_at(input.fields, "service_chat"));
    if (!is_token(token)) {
      return Refused{field_error("telegram.token_form", "This is not a bot token: those look like 123456:ABC-DEF….", "/token",
                                 "Copy the token that @BotFather gave for the bot.")};
    }
    if (chat.empty()) {
      return Refused{field_error("telegram.chat_missing", "The channel is missing.", "/chat", "Write it as @channel, or paste its link.")};
    }
    if (!progress.contains("bot_id")) return ask(token, "get_me", "getMe", {});
    if (!progress.contains("chat_id")) return ask(token, "get_chat", "getChat", {{"chat_id", chat}});
    if (!progress.contains("rights")) {
      return ask(token, "get_member", "getChatMember",
                 {{"chat_id", progress.at("chat_id")}, {"user_id", progress.at("bot_id")}});
    }
    if (const auto refusal = missing_rights(progress)) return Refused{*refusal};
    if (!service.empty() && !progress.contains("service_chat")) {
      return ask(token, "get_service_chat", "getChat", {{"chat_id", as_chat(service)}});
    }
    return connected(token, progress);
  }

  Next publish(const Content& content, const Account& account, const Progress& progress) const override {
    if (progress.contains("message_id")) return published(account, progress.at("message_id").as_int64());
    const json::value* service = account.facts.more.if_contains("service_chat");
    const std::string token = text_at(account.secrets, "token");
    if (!service || content.pictures.empty()) return send_post(content, account, progress, token);
    // With a service chat pictures get their file_id there first, and the post itself is one small gated call.
    for (std::size_t i = 0; i < content.pictures.size(); ++i) {
      if (!progress.contains("file_" + std::to_string(i))) return stage_picture(content, i, token, *service);
    }
    for (std::size_t i = 0; i < content.pictures.size(); ++i) {
      const std::string key = std::to_string(i);
      if (progress.contains("tidied_" + key)) continue;
      return ask(token, "tidy_" + key, "deleteMessage",
                 {{"chat_id", *service}, {"message_id", progress.at("staged_" + key)}}, Effect::kInvisible);
    }
    return send_staged(content, account, progress, token);
  }

  // Never by editing: a bot may edit other people's posts. Only forwarding candidate ids into the service chat tells.
  Next look_for(const Content& content, const Account& account, const DoubtContext& doubt,
                const Progress& progress) const override {
    const json::value* service = account.facts.more.if_contains("service_chat");
    if (!service) return CannotTell{"no_read_back"};
    std::int64_t last_known = 0;
    for (const std::string& id : doubt.owned_remote_ids) last_known = std::max<std::int64_t>(last_known, std::atoll(id.c_str()));
    if (last_known == 0) return CannotTell{"no_known_message"};
    const std::string token = text_at(account.secrets, "token");
    for (std::int64_t id = last_known + 1; id <= last_known + kLookAhead; ++id) {
      const std::string key = std::to_string(id);
      const json::value* seen = progress.if_contains("seen_" + key);
      if (!seen) {
        Step step = std::get<Step>(ask(token, "forward_" + key, "forwardMessage",
                                       {{"chat_id", *service}, {"from_chat_id", chat_id(account, progress)},
                                        {"message_id", id}, {"disable_notification", true}}));
        return step;
      }
      if (!seen->is_object()) continue;
      const std::string copy = std::to_string(integer_at(seen->as_object(), "copy"));
      if (!progress.contains("tidied_" + copy)) {
        return ask(token, "tidy_" + copy, "deleteMessage", {{"chat_id", *service}, {"message_id", std::atoll(copy.c_str())}});
      }
      if (tidy(text_at(seen->as_object(), "text")) == tidy(content.text)) return published(account, id);
    }
    return CannotTell{"not_found_by_forwarding"};
  }

  // Message by message; an album is several. Telegram deletes a bot's own posts in channels at any age, elsewhere for 48 hours.
  Next withdraw(const Account& account, const std::string& remote_id, const Progress& published,
                const Progress& progress) const override {
    const json::value* album = published.if_contains("album");
    const json::array ids = album && album->is_array() ? album->as_array() : json::array{std::atoll(remote_id.c_str())};
    for (const json::value& id : ids) {
      const std::string key = json::serialize(id);
      if (progress.contains("withdrawn_" + key)) continue;
      return ask(text_at(account.secrets, "token"), "withdraw_" + key, "deleteMessage",
                 {{"chat_id", as_chat(account.facts.remote_id)}, {"message_id", id}}, Effect::kInvisible);
    }
    return Absent{};
  }

  Next refresh(const Account&, const Progress&) const override {
    return Refused{network_error("telegram.token_revoked", "Telegram does not know this bot token any more.",
                                 "Get a new token from @BotFather and reconnect."),
                   true};
  }

  Next disconnect(const Account&, const Progress&) const override { return Disconnected{}; }  // a token is ended at @BotFather

  Verdict read(const Step& step, const http::Answer& answer, int, Instant received_at) const override {
    if (const auto verdict = read_transport(step, answer)) return *verdict;
    const json::object body = json_body(answer);
    if (answer.status == 200 && true_at(body, "ok")) return read_success(step, body);
    if (answer.status == 200) return step.effect == Effect::kVisible ? Verdict(Unclear{"id_missing"}) : retry_later(server_error());
    return read_failure(step, answer, body, received_at);
  }

 private:
  static Error server_error() {
    return network_error("telegram.server_error", "Telegram answered with an error of its own.", "Nothing to do: it is tried again.");
  }

  static json::array ids_of(const json::array& messages) {
    json::array ids;
    for (const json::value& message : messages) {
      if (message.is_object()) ids.push_back(integer_at(message.as_object(), "message_id"));
    }
    return ids;
  }

  static json::value as_chat(const std::string& chat) {
    const bool number = chat.find_first_not_of("-0123456789") == std::string::npos && !chat.empty();
    return number ? json::value(std::atoll(chat.c_str())) : json::value(chat);
  }

  static json::value chat_id(const Account& account, const Progress& progress) {
    const json::value* moved = progress.if_contains("migrated_to");
    return moved ? *moved : account.facts.more.at("chat_id");
  }

  // The token is a part of the address: `keep_secret` takes it out of every error text and digest.
  http::OutgoingRequest request(const std::string& token, std::string_view method) const {
    return {.method = "POST", .url = base_ + "/bot" + token + "/" + std::string(method), .keep_secret = token};
  }

  Next ask(const std::string& token, std::string name, std::string_view method, const json::object& parameters,
           Effect effect = Effect::kNone) const {
    http::OutgoingRequest made = request(token, method);
    made.headers = {{"Content-Type", "application/json"}};
    made.body = {json::serialize(parameters)};
    return Step{.name = std::move(name), .effect = effect, .request = std::move(made), .discloses = {"credential"}};
  }

  static std::optional<Error> missing_rights(const Progress& progress) {
    const std::string status = text_at(progress, "rights");
    const bool is_channel = text_at(progress, "chat_type") == "channel";
    if (status == "creator" || (status == "administrator" && (!is_channel || true_at(progress, "can_post")))) return std::nullopt;
    if (status == "administrator") {
      return field_error("telegram.cannot_post", "The bot is an administrator but may not post messages.", "/chat",
                         "In the channel's administrators give the bot the right to post messages.");
    }
    if (!is_channel && (status == "member" || status == "restricted")) return std::nullopt;
    return field_error("telegram.not_admin", "The bot is not an administrator of this channel.", "/chat",
                       "Add the bot to the channel as an administrator with the right to post messages.");
  }

  Next connected(const std::string& token, const Progress& progress) const {
    const std::int64_t id = progress.at("chat_id").as_int64();
    const std::string username = text_at(progress, "username");
    json::object more{{"chat_id", id}, {"chat_type", text_at(progress, "chat_type")}, {"username", username},
                      {"bot", text_at(progress, "bot_name")}};
    if (const json::value* service = progress.if_contains("service_chat")) more["service_chat"] = *service;
    const auto url = http::parse_url(base_);
    return Connected{.facts = {.remote_id = std::to_string(id),
                               .title = text_at(progress, "title"),
                               .handle = username.empty() ? text_at(progress, "title") : "@" + username,
                               .url = username.empty() ? "" : "https://t.me/" + username,
                               .host = url ? url->host : "api.telegram.org",
                               .recipient = "Telegram",
                               .software = {},
                               .more = std::move(more)},
                     .secrets = {{"token", token}}};
  }

  Next send_post(const Content& content, const Account& account, const Progress& progress, const std::string& token) const {
    const json::value chat = chat_id(account, progress);
    if (content.pictures.empty()) {
      Step step = std::get<Step>(ask(token, "send_message", "sendMessage", {{"chat_id", chat}, {"text", content.text}}, Effect::kVisible));
      step.discloses = {"credential", "text"};
      return step;
    }
    const bool album = content.pictures.size() > 1;
    MultipartBody form(content.idempotency_key);
    form.add("chat_id", json::serialize(chat));
    if (album) {
      form.add("media", json::serialize(album_items(content, [](std::size_t i) { return "attach://picture" + std::to_string(i); })));
    } else if (!content.text.empty()) {
      form.add("caption", content.text);
    }
    for (std::size_t i = 0; i < content.pictures.size(); ++i) {
      const ContentPicture& p = content.pictures[i];
      form.add_file(album ? "picture" + std::to_string(i) : "photo", p.mime == "image/png" ? "picture.png" : "picture.jpg", p.mime,
                    p.path, p.bytes);
    }
    http::OutgoingRequest made = request(token, album ? "sendMediaGroup" : "sendPhoto");
    made.headers = {{"Content-Type", form.content_type()}};
    made.body = std::move(form).finish();
    made.timeout = kUploadTimeout;
    return Step{.name = album ? "send_album" : "send_photo",
                .effect = Effect::kVisible,
                .request = std::move(made),
                .discloses = {"credential", "text", "pictures"}};
  }

  template <class Media>
  static json::array album_items(const Content& content, Media media) {
    json::array items;
    for (std::size_t i = 0; i < content.pictures.size(); ++i) {
      json::object item{{"type", "photo"}, {"media", media(i)}};
      if (i == 0 && !content.text.empty()) item["caption"] = content.text;  // the first one's is the album's
      items.push_back(std::move(item));
    }
    return items;
  }

  Next stage_picture(const Content& content, std::size_t i, const std::string& token, const json::value& service) const {
    const ContentPicture& p = content.pictures[i];
    MultipartBody form(content.idempotency_key + std::to_string(i));
    form.add("chat_id", json::serialize(service));
    form.add("disable_notification", "true");
    form.add_file("photo", p.mime == "image/png" ? "picture.png" : "picture.jpg", p.mime, p.path, p.bytes);
    http::OutgoingRequest made = request(token, "sendPhoto");
    made.headers = {{"Content-Type", form.content_type()}};
    made.body = std::move(form).finish();
    made.timeout = kUploadTimeout;
    return Step{.name = "stage_" + std::to_string(i), .effect = Effect::kInvisible, .request = std::move(made),
                .discloses = {"credential", "pictures"}};
  }

  Next send_staged(const Content& content, const Account& account, const Progress& progress, const std::string& token) const {
    const json::value chat = chat_id(account, progress);
    const auto file = [&](std::size_t i) { return text_at(progress, "file_" + std::to_string(i)); };
    json::object parameters{{"chat_id", chat}};
    const bool album = content.pictures.size() > 1;
    if (album) {
      parameters["media"] = album_items(content, file);
    } else {
      parameters["photo"] = file(0);
      if (!content.text.empty()) parameters["caption"] = content.text;
    }
    Step step = std::get<Step>(ask(token, album ? "send_album" : "send_photo", album ? "sendMediaGroup" : "sendPhoto", parameters, Effect::kVisible));
    step.discloses = {"credential", "text", "pictures"};
    return step;
  }

  static Published published(const Account& account, std::int64_t message) {
    const std::string username = text_at(account.facts.more, "username");
    const std::string chat = account.facts.remote_id;
    const std::string base = !username.empty()           ? "https://t.me/" + username
                             : chat.starts_with("-100") ? "https://t.me/c/" + chat.substr(4)
                                                        : "";
    return {.remote_id = std::to_string(message), .permalink = base.empty() ? "" : base + "/" + std::to_string(message)};
  }

  static Verdict read_success(const Step& step, const json::object& body) {
    const json::value* result = body.if_contains("result");
    const json::object none;
    const json::object& object = result && result->is_object() ? result->as_object() : none;
    if (step.effect == Effect::kVisible) {
      const json::value* first = result && result->is_array() && !result->as_array().empty() ? &result->as_array().front() : result;
      const std::int64_t id = first && first->is_object() ? integer_at(first->as_object(), "message_id") : 0;
      if (id == 0) return Unclear{"id_missing"};
      json::object learnt{{"message_id", id}};
      if (first != result) learnt["album"] = ids_of(result->as_array());
      return Done{std::move(learnt)};
    }
    if (step.name.starts_with("withdraw_")) return Done{{{"withdrawn_" + step.name.substr(9), true}}};
    if (step.name == "get_me") return Done{{{"bot_id", integer_at(object, "id")}, {"bot_name", text_at(object, "username")}}};
    if (step.name == "get_chat") {
      return Done{{{"chat_id", integer_at(object, "id")}, {"chat_type", text_at(object, "type")},
                   {"title", text_at(object, "title")}, {"username", text_at(object, "username")}}};
    }
    if (step.name == "get_member") return Done{{{"rights", text_at(object, "status")}, {"can_post", true_at(object, "can_post_messages")}}};
    if (step.name == "get_service_chat") return Done{{{"service_chat", integer_at(object, "id")}}};
    const std::string key = step.name.substr(step.name.find('_') + 1);
    if (step.name.starts_with("stage_")) return read_staged(object, key);
    if (step.name.starts_with("forward_")) {
      const std::string text = text_at(object, "text").empty() ? text_at(object, "caption") : text_at(object, "text");
      return Done{{{"seen_" + key, json::object{{"text", text}, {"copy", integer_at(object, "message_id")}}}}};
    }
    return Done{{{"tidied_" + key, true}}};
  }

  static Verdict read_staged(const json::object& message, const std::string& key) {
    const json::value* sizes = message.if_contains("photo");
    if (!sizes || !sizes->is_array() || sizes->as_array().empty() || !sizes->as_array().back().is_object()) {
      return retry_later(server_error());
    }
    return Done{{{"file_" + key, text_at(sizes->as_array().back().as_object(), "file_id")},
                 {"staged_" + key, integer_at(message, "message_id")}}};
  }

  static Verdict read_failure(const Step& step, const http::Answer& answer, const json::object& body, Instant now) {
    const std::string said = text_at(body, "description");
    const std::string folded = fold_case(said);
    const json::value* more = body.if_contains("parameters");
    if (answer.status == 429) {
      return slow_down(network_error("telegram.rate_limited", "Telegram asks to slow down.", "Nothing to do: it goes on by itself."), answer, kLimits, now);
    }
    if (answer.status >= 500) return unclear_or_retry(step, "server_error", server_error());
    const std::string key = step.name.substr(step.name.find('_') + 1);
    if (step.name.starts_with("withdraw_") && folded.find("message to delete not found") != std::string::npos) {
      return Done{{{"withdrawn_" + key, true}}};
    }
    if (step.name.starts_with("tidy_")) return Done{{{"tidied_" + key, true}}};  // best effort
    if (step.name.starts_with("forward_")) return Done{{{"seen_" + key, false}}};
    if (more && more->is_object() && more->as_object().contains("migrate_to_chat_id")) {
      return Done{{{"migrated_to", more->as_object().at("migrate_to_chat_id")}}};  // the group became a supergroup: same call again
    }
    if (answer.status == 401 || answer.status == 404) {
      return AccountLost{field_error("telegram.token_revoked", "Telegram does not know this bot token.", "/token",
                                     "Get a new token from @BotFather and reconnect.")};
    }
    for (const Words& known : kMeanings) {
      if (folded.find(known.words) == std::string::npos) continue;
      if (known.meaning != Meaning::kAccountLost) break;
      return AccountLost{refused_by("Telegram", said, "telegram.no_rights",
                                    "Make the bot an administrator of the channel with the right to post, then reconnect.")};
    }
    if (answer.status == 403) return AccountLost{refused_by("Telegram", said, "telegram.no_rights", "Give the bot its rights back, then reconnect.")};
    return never(refused_by("Telegram", said, "telegram.refused", "Change the post and plan it again."));
  }

  std::string base_;
};

}  // namespace

std::unique_ptr<Network> make_telegram(const NetworkSettings& settings) { return std::make_unique<Telegram>(settings); }

}  // namespace postmypost::networks
