// Connectors as tables of answers, without sockets: what an answer proves about a visible step.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "networks/bluesky/record.hpp"
#include "networks/mastodon/html_text.hpp"
#include "networks/network.hpp"

namespace postmypost::networks {
namespace {

using Transport = http::Answer::Transport;

const Instant kNow{1'800'000'000'000'000};

http::Answer answered(int status, std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
  http::Answer answer;
  answer.transport = Transport::kAnswered;
  answer.status = status;
  answer.body = std::move(body);
  answer.headers = std::move(headers);
  answer.body_complete = true;
  answer.released = true;
  return answer;
}

http::Answer failed(Transport transport, bool released) {
  http::Answer answer;
  answer.transport = transport;
  answer.released = released;
  return answer;
}

const Catalogue& catalogue() {
  static const Catalogue all{NetworkSettings{}};
  return all;
}

Account account_of(std::string_view channel) {
  if (channel == "bluesky") {
    return {.facts = {.remote_id = "did:plc:soyka", .handle = "@soyka.test", .url = "https://bsky.app/profile/soyka.test", .host = "pds.example", .more = {{"pds", "https://pds.example"}}},
            .secrets = {{"access", "a"}, {"refresh", "r"}, {"app_password", "abcd-abcd-abcd-abcd"}}};
  }
  if (channel == "mastodon") {
    return {.facts = {.remote_id = "7@m.example", .host = "m.example", .software = "Mastodon 4.5.1", .more = {{"base", "https://m.example"}, {"account_id", "7"}}},
            .secrets = {{"token", "t"}}};
  }
  return {.facts = {.remote_id = "-1001", .host = "api.telegram.org", .more = {{"chat_id", -1001}, {"username", "soyka"}}},
          .secrets = {{"token", "123456:ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefgh"}}};
}

Content content() {
  return {.uid = "00112233445566778899aabbccddeeff", .idempotency_key = "k", .text = "Привет", .pictures = {}, .planned = kNow, .frozen_at = kNow, .language = "ru"};
}

Step visible_step(std::string_view channel) {
  const Next next = catalogue().find(channel)->publish(content(), account_of(channel), {});
  return std::get<Step>(next);
}

std::string name_of(const Verdict& verdict) {
  static const char* const names[] = {"done", "not_applied", "unclear", "session_expired", "account_lost", "wait"};
  if (const auto* n = std::get_if<NotApplied>(&verdict)) return n->permanent ? "failed" : n->restart ? "restart" : "retry";
  return names[verdict.index()];
}

struct Row {
  const char* channel;
  int status;
  const char* body;
  const char* proves;
};

class ReadAnswer : public testing::TestWithParam<Row> {};

TEST_P(ReadAnswer, proves_what_the_fact_sheet_says) {
  const Row& row = GetParam();
  const Step step = visible_step(row.channel);
  EXPECT_EQ(step.effect, Effect::kVisible);
  EXPECT_EQ(name_of(catalogue().find(row.channel)->read(step, answered(row.status, row.body), 1, kNow)), row.proves)
      << row.channel << " " << row.status << " " << row.body;
}

INSTANTIATE_TEST_SUITE_P(
    Table, ReadAnswer,
    testing::Values(
        Row{"bluesky", 200, R"({"uri":"at://did:plc:soyka/app.bsky.feed.post/3k","cid":"b"})", "done"},
        Row{"bluesky", 200, R"({"cid":"b"})", "unclear"}, Row{"bluesky", 200, "<html>", "unclear"},
        Row{"bluesky", 400, R"({"error":"InvalidRequest","message":"too long"})", "failed"},
        Row{"bluesky", 400, R"({"error":"InvalidSwap"})", "unclear"},
        Row{"bluesky", 400, R"({"error":"BlobNotFound"})", "restart"},
        Row{"bluesky", 400, R"({"error":"ExpiredToken"})", "session_expired"},
        Row{"bluesky", 401, R"({"error":"AuthMissing"})", "session_expired"},
        Row{"bluesky", 400, R"({"error":"AccountTakedown"})", "account_lost"}, Row{"bluesky", 403, "{}", "account_lost"},
        Row{"bluesky", 429, "{}", "retry"}, Row{"bluesky", 500, "{}", "unclear"}, Row{"bluesky", 502, "<html>", "unclear"},
        Row{"bluesky", 413, "{}", "failed"},
        Row{"mastodon", 200, R"({"id":"5","url":"https://m.example/@s/5"})", "done"}, Row{"mastodon", 200, "{}", "unclear"},
        Row{"mastodon", 401, R"({"error":"The access token is invalid"})", "account_lost"},
        Row{"mastodon", 403, R"({"error":"This action is outside the authorized scopes"})", "account_lost"},
        Row{"mastodon", 422, R"({"error":"Validation failed: Text character limit of 500 exceeded"})", "failed"},
        Row{"mastodon", 422, R"({"error":"Cannot attach files that have not finished processing. Try again in a moment!"})", "retry"},
        Row{"mastodon", 422, R"({"error":"Media 5 not found or already attached to another post"})", "unclear"},
        Row{"mastodon", 400, R"({"error":"Duplicate idempotency key."})", "unclear"}, Row{"mastodon", 429, "{}", "retry"},
        Row{"mastodon", 500, "{}", "unclear"}, Row{"mastodon", 503, "{}", "unclear"}, Row{"mastodon", 413, "<html>", "failed"},
        Row{"telegram", 200, R"({"ok":true,"result":{"message_id":42}})", "done"},
        Row{"telegram", 200, R"({"ok":true,"result":[{"message_id":42},{"message_id":43}]})", "done"},
        Row{"telegram", 200, R"({"ok":true,"result":{}})", "unclear"}, Row{"telegram", 200, "", "unclear"},
        Row{"telegram", 429, R"({"ok":false,"parameters":{"retry_after":7}})", "retry"},
        Row{"telegram", 401, R"({"ok":false,"description":"Unauthorized"})", "account_lost"},
        Row{"telegram", 403, R"({"ok":false,"description":"Forbidden: bot was kicked from the channel chat"})", "account_lost"},
        Row{"telegram", 400, R"({"ok":false,"description":"Bad Request: need administrator rights in the channel chat"})", "account_lost"},
        Row{"telegram", 400, R"({"ok":false,"description":"Bad Request: message is too long"})", "failed"},
        Row{"telegram", 400, R"({"ok":false,"parameters":{"migrate_to_chat_id":-1002}})", "done"},
        Row{"telegram", 500, R"({"ok":false})", "unclear"}, Row{"telegram", 502, "<html>", "unclear"}));

// The law of every connector: nothing before the release is a doubt, everything lost after it is one.
TEST(EveryConnector, never_doubts_what_was_not_released_and_always_doubts_what_was_lost) {
  for (const auto& network : catalogue().all()) {
    if (network->channel().id == "own_page") continue;
    const Step step = visible_step(network->channel().id);
    for (const Transport early : {Transport::kNotConnected, Transport::kNotReleased}) {
      EXPECT_EQ(name_of(network->read(step, failed(early, false), 1, kNow)), "retry") << network->channel().id;
    }
    EXPECT_EQ(name_of(network->read(step, failed(Transport::kLost, true), 1, kNow)), "unclear") << network->channel().id;
    for (int status = 500; status < 512; ++status) {
      EXPECT_EQ(name_of(network->read(step, answered(status, "{}"), 1, kNow)), "unclear") << network->channel().id << status;
    }
  }
}

TEST(EveryConnector, ends_a_json_body_in_a_byte_that_matters) {
  for (const char* channel : {"bluesky", "mastodon", "telegram"}) {
    const Step step = visible_step(channel);
    EXPECT_EQ(std::get<std::string>(step.request.body.back()).back(), '}') << channel;
  }
}

TEST(Telegram, ends_an_upload_inside_its_closing_boundary_and_keeps_the_token_out_of_texts) {
  Content pictured = content();
  pictured.pictures.push_back({.path = "/p.jpg", .mime = "image/jpeg", .bytes = 3, .width = 1, .height = 1, .alt = "a"});
  const Account account = account_of("telegram");
  const Step step = std::get<Step>(catalogue().find("telegram")->publish(pictured, account, {}));
  EXPECT_TRUE(std::get<std::string>(step.request.body.back()).ends_with("--"));
  EXPECT_EQ(step.request.keep_secret, account.secrets.at("token").as_string());
}

TEST(Bluesky, fixes_key_and_bytes_of_the_record_beforehand) {
  const Account account = account_of("bluesky");
  const auto* network = catalogue().find("bluesky");
  const Step first = std::get<Step>(network->publish(content(), account, {}));
  const Step second = std::get<Step>(network->publish(content(), account, {}));
  EXPECT_EQ(std::get<std::string>(first.request.body[0]), std::get<std::string>(second.request.body[0]));
  EXPECT_EQ(bluesky::record_key(content()).size(), 13U);
  Content later = content();
  later.planned = kNow + seconds(3);
  EXPECT_GT(bluesky::record_key(later), bluesky::record_key(content()));
  Content restored = content();  // a backup from before the claim knows neither claim nor freezing
  restored.frozen_at = kNow + hours(1);
  EXPECT_EQ(bluesky::record_key(restored), bluesky::record_key(content()));
  Content again = content();
  again.idempotency_key = "of the next generation";
  EXPECT_NE(bluesky::record_key(again), bluesky::record_key(content()));
}

TEST(Bluesky, tells_another_record_under_its_key_from_its_own) {
  const auto* network = catalogue().find("bluesky");
  const Progress found{{"found_uri", "at://x/y/3k"}, {"found_text", "Чужое"}};
  EXPECT_TRUE(std::holds_alternative<CannotTell>(network->look_for(content(), account_of("bluesky"), {}, found)));
  const Progress own{{"found_uri", "at://x/y/3k"}, {"found_text", "Привет"}};
  EXPECT_TRUE(std::holds_alternative<Published>(network->look_for(content(), account_of("bluesky"), {}, own)));
}

Progress listed(std::initializer_list<boost::json::object> statuses) {
  boost::json::array list;
  for (const auto& status : statuses) list.push_back(status);
  return {{"listed", list}};
}

boost::json::object status(const char* id, const char* html, const char* created = "2027-01-15T08:00:01.000Z") {
  return {{"id", id}, {"content", html}, {"created_at", created}, {"media_attachments", boost::json::array{}}, {"url", "https://m.example/@s/5"}};
}

TEST(Mastodon, adopts_one_match_asks_about_two_and_takes_a_complete_list_without_it_as_absence) {
  const auto* network = catalogue().find("mastodon");
  const DoubtContext doubt{.intent_at = kNow, .gate_at = kNow, .owned_remote_ids = {"9"}};
  const auto look = [&](const Progress& p) { return network->look_for(content(), account_of("mastodon"), doubt, p); };
  EXPECT_TRUE(std::holds_alternative<Published>(look(listed({status("5", "<p>Привет</p>")}))));
  EXPECT_TRUE(std::holds_alternative<CannotTell>(look(listed({status("5", "<p>Привет</p>"), status("6", "<p>Привет</p>")}))));
  EXPECT_TRUE(std::holds_alternative<Absent>(look(listed({status("9", "<p>Привет</p>")})))) << "owned by another delivery";
  EXPECT_TRUE(std::holds_alternative<Absent>(look(listed({status("5", "<p>Привет</p>", "2027-01-14T08:00:00.000Z")})))) << "older than the intent";
  EXPECT_TRUE(std::holds_alternative<Absent>(look(listed({status("5", "<p>Другое</p>")}))));
}

TEST(Mastodon, takes_keys_only_from_software_that_is_known_to_honour_them) {
  const auto* network = catalogue().find("mastodon");
  const auto of = [&](const char* software) { return network->capabilities({.software = software}).idempotency; };
  EXPECT_EQ(of("Mastodon 4.5.1"), Idempotency::kKey);
  EXPECT_EQ(of("gotosocial 0.20.0"), Idempotency::kReadBack);
  EXPECT_EQ(of("pixelfed 0.12"), Idempotency::kReadBack);
  EXPECT_EQ(of("unknown"), Idempotency::kReadBack);
}

TEST(Mastodon, compares_texts_as_their_author_typed_them) {
  const char* html = "<p>Привет &amp; <a href=\"https://far.example/@a\">@<span>a</span></a><br />см. <a href=\"https://e.org/long\"><span class=\"invisible\">https://</span><span>e.org/long</span></a></p>";
  EXPECT_EQ(mastodon::comparable(mastodon::plain_text(html)), mastodon::comparable("Привет & @a@far.example\nсм. https://e.org/long"));
}

TEST(Mastodon, reads_a_reset_that_is_a_time_and_bounds_absurd_ones) {
  const auto* network = catalogue().find("mastodon");
  const Step step = visible_step("mastodon");
  const auto at = [&](const char* reset) {
    return *std::get<NotApplied>(network->read(step, answered(429, "{}", {{"X-RateLimit-Reset", reset}}), 1, kNow)).retry_at;
  };
  EXPECT_EQ(at("2027-01-15T08:05:00.000Z"), kNow + minutes(5));
  EXPECT_EQ(at("9999-01-01T00:00:00Z"), kNow + minutes(1));
  EXPECT_EQ(at("1970-01-01T00:00:00Z"), kNow + minutes(1));
}

}  // namespace
}  // namespace postmypost::networks
