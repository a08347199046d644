// When a network says "not before", in every notation, and what becomes of what can't be true.
#include "networks/limits.hpp"

#include <gtest/gtest.h>

#include "base/zones.hpp"
#include "networks/answers.hpp"

namespace postmypost::networks {
namespace {

const Instant kNow{1'800'000'000'000'000};  // 2027-01-15T08:00:00Z

using Headers = std::vector<std::pair<std::string, std::string>>;

http::Answer answered(int status, Headers headers, std::string body = "{}") {
  return {.transport = http::Answer::Transport::kAnswered, .status = status, .headers = std::move(headers), .body = std::move(body), .body_complete = true};
}

constexpr LimitNotation kUnix{.remaining = "RateLimit-Remaining", .reset = "RateLimit-Reset", .notation = ResetNotation::kUnixSeconds};
constexpr LimitNotation kIso{.remaining = "X-RateLimit-Remaining", .reset = "X-RateLimit-Reset", .notation = ResetNotation::kIsoTime};
constexpr LimitNotation kLeft{.remaining = "x-ratelimit-remaining", .reset = "x-ratelimit-reset", .notation = ResetNotation::kSecondsLeft};
constexpr LimitNotation kBody{.seconds_in_body = "/parameters/retry_after"};

struct Row {
  const char* what;
  LimitNotation notation;
  Headers headers;
  const char* body;
  std::optional<Duration> wait;  // none: the answer names no time
};

class Named : public testing::TestWithParam<Row> {};

TEST_P(Named, reset_is_obeyed_or_bounded) {
  const Row& row = GetParam();
  const auto reset = named_reset(answered(429, row.headers, row.body), row.notation, kNow);
  ASSERT_EQ(reset.has_value(), row.wait.has_value()) << row.what;
  if (reset) EXPECT_EQ((reset->at - kNow).us, row.wait->us) << row.what;
}

INSTANTIATE_TEST_SUITE_P(
    Table, Named,
    testing::Values(
        Row{"nothing named", {}, {}, "{}", {}},
        Row{"seconds", {}, {{"Retry-After", "120"}}, "{}", seconds(120)},
        Row{"seconds with a fraction", {}, {{"Retry-After", "1.5"}}, "{}", milliseconds(1500)},
        Row{"a date", {}, {{"Retry-After", "Fri, 15 Jan 2027 08:05:00 GMT"}}, "{}", minutes(5)},
        Row{"a date just past", {}, {{"Retry-After", "Fri, 15 Jan 2027 07:59:50 GMT"}}, "{}", seconds(1)},
        Row{"zero", {}, {{"Retry-After", "0"}}, "{}", seconds(1)},
        Row{"negative", {}, {{"Retry-After", "-5"}}, "{}", minutes(1)},
        Row{"a word", {}, {{"Retry-After", "soon"}}, "{}", minutes(1)},
        Row{"NaN", {}, {{"Retry-After", "nan"}}, "{}", minutes(1)},
        Row{"infinity", {}, {{"Retry-After", "inf"}}, "{}", minutes(1)},
        Row{"more digits than a number has", {}, {{"Retry-After", "99999999999999999999999999"}}, "{}", minutes(1)},
        Row{"the year 9999 as a date", {}, {{"Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"}}, "{}", minutes(1)},
        Row{"exactly a day", {}, {{"Retry-After", "86400"}}, "{}", hours(24)},
        Row{"three days", {}, {{"Retry-After", "259200"}}, "{}", hours(24)},
        Row{"a month", {}, {{"Retry-After", "2592000"}}, "{}", minutes(1)},
        Row{"Unix seconds", kUnix, {{"RateLimit-Reset", "1800000300"}}, "{}", minutes(5)},
        Row{"Unix seconds that are milliseconds", kUnix, {{"RateLimit-Reset", "1800000300000"}}, "{}", minutes(1)},
        Row{"Unix seconds of 1970", kUnix, {{"RateLimit-Reset", "300"}}, "{}", minutes(1)},
        Row{"ISO time", kIso, {{"X-RateLimit-Reset", "2027-01-15T08:10:00.000000Z"}}, "{}", minutes(10)},
        Row{"ISO time of the year 9999", kIso, {{"X-RateLimit-Reset", "9999-01-01T00:00:00Z"}}, "{}", minutes(1)},
        Row{"seconds left", kLeft, {{"x-ratelimit-reset", "437"}}, "{}", seconds(437)},
        Row{"seconds left in the body", kBody, {}, R"({"ok":false,"parameters":{"retry_after":7}})", seconds(7)},
        Row{"a text in the body", kBody, {}, R"({"ok":false,"parameters":{"retry_after":"7"}})", {}},
        Row{"a body that is none", kBody, {}, "<html>", {}},
        Row{"two times that differ", kUnix, {{"Retry-After", "10"}, {"RateLimit-Reset", "1800000300"}}, "{}", minutes(5)},
        Row{"a true and an absurd one", kUnix, {{"Retry-After", "10"}, {"RateLimit-Reset", "-1"}}, "{}", seconds(10)},
        Row{"header and body", kBody, {{"Retry-After", "7"}}, R"({"parameters":{"retry_after":8}})", seconds(8)}));

TEST(UsedUp, holds_back_before_the_first_refusal) {
  const auto at = [](const LimitNotation& notation, const char* left, const char* reset) {
    return used_up(answered(200, {{std::string(notation.remaining), left}, {std::string(notation.reset), reset}}), notation, kNow);
  };
  EXPECT_EQ(at(kUnix, "0", "1800000300")->at, kNow + minutes(5));
  EXPECT_EQ(at(kIso, "0", "2027-01-15T08:05:00Z")->at, kNow + minutes(5));
  EXPECT_EQ(at(kLeft, "0.0", "300")->at, kNow + minutes(5));
  EXPECT_FALSE(at(kUnix, "1", "1800000300"));
  EXPECT_FALSE(at(kUnix, "", "1800000300")) << "nothing is said of what is left";
  EXPECT_FALSE(at(kUnix, "0", "1799999999")) << "there are new ones already";
  EXPECT_FALSE(at(kUnix, "0", "99999999999")) << "an absurd reset holds nobody back";
  EXPECT_FALSE(used_up(answered(200, {{"RateLimit-Remaining", "0"}}), {}, kNow)) << "a network without these headers";
}

const Network& network(std::string_view channel) {
  static const Catalogue all{NetworkSettings{}};
  return *all.find(channel);
}

TEST(Limits, of_bluesky_tell_our_address_from_the_account) {
  const LimitNotation limits = network("bluesky").capabilities({}).limits;
  const auto met = [&](const char* policy) {
    return named_reset(answered(429, {{"RateLimit-Reset", "1800000060"}, {"RateLimit-Policy", policy}}), limits, kNow)->scope;
  };
  EXPECT_EQ(met("3000;w=300"), LimitScope::kHost);
  EXPECT_EQ(met("5000;w=3600"), LimitScope::kAccount);
}

TEST(Limits, of_the_fediverse_belong_to_the_token_or_to_our_address_by_software) {
  EXPECT_EQ(network("mastodon").capabilities({.software = "Mastodon 4.5.1"}).limits.scope, LimitScope::kAccount);
  EXPECT_EQ(network("mastodon").capabilities({.software = "GoToSocial 0.20.0"}).limits.scope, LimitScope::kHost);
  EXPECT_TRUE(network("mastodon").capabilities({.software = "unknown"}).quotas.empty());
  EXPECT_EQ(network("mastodon").capabilities({.software = "Pixelfed 0.12"}).quotas.at(0).posts, 1000);
}

TEST(Limits, of_telegram_are_waited_for_a_second_longer) {
  EXPECT_EQ(named_reset(answered(429, {}, R"({"parameters":{"retry_after":3}})"), network("telegram").capabilities({}).limits, kNow)->at,
            kNow + seconds(4));
}

TEST(HttpDate, is_read_as_it_is_written_and_nothing_else) {
  EXPECT_EQ(parse_http_date(to_http_date(kNow)), kNow);
  for (const char* text : {"", "Fri, 15 Jan 2027 08:00:00", "2027-01-15T08:00:00Z", "Fri, 15 Jan 2027 08:00:00 GMT x", "Fri, 32 Jan 2027 08:00:00 GMT"}) {
    EXPECT_FALSE(parse_http_date(text)) << text;
  }
}

}  // namespace
}  // namespace postmypost::networks
