// The pieces of /v4.1 that need no server: times, paths of fields, statuses, numbers that integrations keep, the route table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "api/scopes.hpp"
#include "api/v4_1/api.hpp"
#include "api/v4_1/date_time.hpp"
#include "api/v4_1/errors.hpp"
#include "api/v4_1/publication_view.hpp"
#include "api/v4_1/reference.hpp"
#include "base/zones.hpp"

namespace postmypost::api::v4_1 {
namespace {

std::string time_of(std::string_view text, std::string_view zone = "Europe/Berlin") {
  const auto at = parse_date_time(text, zone, "/post_at");
  return at ? to_rfc3339(*at) : at.error().code;
}

TEST(DateTimes, are_taken_in_every_form_of_iso_8601) {
  for (const char* text : {"2025-06-30T12:00:00+00:00", "2025-06-30T12:00:00Z", "2025-06-30T12:00:00.000Z", "2025-06-30t12:00:00z",
                           "2025-06-30T15:00:00+03:00", "2025-06-30T15:00+03", "2025-06-30T15:00:00,999+0300", "20250630T120000Z",
                           "2025-06-30 12:00:00Z", "2025-06-30T08:30:00-03:30", "2025-06-30T14:00:00", "2025-06-30T14:00"}) {
    EXPECT_EQ(time_of(text), "2025-06-30T12:00:00.000Z") << text;
  }
}

TEST(DateTimes, that_are_none_are_refused) {
  for (const char* text : {"", "now", "2025-06-30", "2025-06-30T", "T12:00", "2025-06-31T12:00", "2025-06-30T24:30", "2025-06-30T12:00+25:00",
                           "2025-06-30T12:00:00.Z", "2025-06-30T12:00:00Z ", "1751284800", "2025-6-30T12:00", "2025-06-30T12:00+3"}) {
    EXPECT_EQ(time_of(text), "time.form") << text;
  }
  EXPECT_EQ(time_of("2025-03-30T02:30:00"), "time.gap");
  EXPECT_EQ(time_of("2025-10-26T02:30:00"), "2025-10-26T00:30:00.000Z") << "the earlier of two";
}

TEST(FieldPaths, are_those_that_this_apis_clients_sent) {
  EXPECT_EQ(field_path("/details/0/text"), "details[0].content");
  EXPECT_EQ(field_path("/details/1/pictures/2/file_id"), "details[1].file_ids[2]");
  EXPECT_EQ(field_path("/details/1/pictures"), "details[1].file_ids");
  EXPECT_EQ(field_path("/details/0/options/tiktok_privacy"), "details[0].tiktok_privacy_status");
  EXPECT_EQ(field_path("/details/0/kind"), "details[0].publication_type");
  EXPECT_EQ(field_path("/when/wall_time"), "post_at");
  EXPECT_EQ(field_path("?per_page"), "per_page");
  EXPECT_EQ(field_path(""), "");
}

TEST(Errors, have_four_fields_and_an_integer_code) {
  const http::Response response = error_response(Error{.kind = ErrorKind::kConflict, .code = "publication.frozen", .detail = "No.",
                                                       .field = "/details/0/text", .how_to_fix = "Do."});
  EXPECT_EQ(response.status, 422) << "this API has no 409";
  EXPECT_EQ(response.body, R"({"name":"Unprocessable Entity","message":"details[0].content: No. Do.","code":0,"status":422,)"
                           R"("errors":[{"field":"details[0].content","message":"No.","code":"publication.frozen","how_to_fix":"Do."}]})");
  EXPECT_EQ(error_response(http::OwnRefusal{.status = 431, .code = "c", .detail = "d", .request_id = "r"}).status, 400);
}

publishing::Delivery delivery(publishing::State state, std::optional<std::string> reason = {}) {
  publishing::Delivery made;
  made.state = state;
  made.reason = std::move(reason);
  return made;
}

TEST(Statuses, of_a_delivery_say_what_a_client_can_do) {
  using publishing::State;
  const auto of = [](State state) { return static_cast<int>(status_of(delivery(state), nullptr)); };
  EXPECT_EQ(of(State::kScheduled), 5);
  for (const State state : {State::kClaimed, State::kPrepared, State::kSending, State::kRetryWait, State::kUnknown, State::kReconciling}) {
    EXPECT_EQ(of(state), 2) << publishing::to_string(state);
  }
  EXPECT_EQ(of(State::kPublished), 1);
  for (const State state : {State::kFailed, State::kHeld, State::kExpired}) EXPECT_EQ(of(state), 3);
  leaving::Removal removal{.state = leaving::RemovalState::kGone};
  EXPECT_EQ(status_of(delivery(State::kPublished), &removal), PublicationStatus::kDeleted);
  removal.state = leaving::RemovalState::kRefused;
  EXPECT_EQ(status_of(delivery(State::kPublished), &removal), PublicationStatus::kNotDeleted);
  removal.state = leaving::RemovalState::kWaiting;
  EXPECT_EQ(status_of(delivery(State::kPublished), &removal), PublicationStatus::kPublished) << "unchanged until it is known";
}

TEST(Statuses, of_a_publication_say_the_worst_that_is_known_when_nothing_moves) {
  using enum PublicationStatus;
  const auto of = [](std::vector<PublicationStatus> posts) { return status_of(posts); };
  EXPECT_EQ(of({kPending, kPending}), kPending);
  EXPECT_EQ(of({kPublished, kPublishing}), kPublishing);
  EXPECT_EQ(of({kError, kPublishing}), kPublishing);
  EXPECT_EQ(of({kPublished, kPending}), kPublishing);
  EXPECT_EQ(of({kPublished, kError}), kError);
  EXPECT_EQ(of({kPublished, kPublished}), kPublished);
  EXPECT_EQ(of({kDeleted, kPublished}), kPublished);
  EXPECT_EQ(of({kDeleted, kNotDeleted}), kNotDeleted);
  EXPECT_EQ(of({kDeleted, kDeleted}), kDeleted);
  EXPECT_EQ(of({}), kDeleted);
  EXPECT_EQ(of({kTemplate, kTemplate}), kTemplate);
}

TEST(Numbers, that_integrations_keep_never_change) {
  EXPECT_EQ(channel_id("telegram"), 6);
  EXPECT_EQ(channel_id("facebook"), 4);
  EXPECT_EQ(channel_id("bluesky"), 1001);
  EXPECT_EQ(channel_id("mastodon"), 1002);
  EXPECT_EQ(channel_id("own_page"), 1003);
  EXPECT_EQ(timezone_id("Europe/Moscow"), 4'262'575);
  std::set<std::int64_t> ids;
  const auto zones = all_zones();
  for (const std::string& zone : zones) {
    ids.insert(timezone_id(zone));
    EXPECT_LT(timezone_id(zone), std::int64_t{1} << 31);
  }
  EXPECT_EQ(ids.size(), zones.size()) << "two zones have one number";
}

TEST(Scopes, are_words_and_none_means_all) {
  EXPECT_TRUE(covers("", "publications:write"));
  EXPECT_TRUE(covers("accounts:read publications:write", "publications:write"));
  EXPECT_FALSE(covers("publications:read publications", "publications:write"));
  EXPECT_TRUE(covers("accounts:read publications:write", "publications:read"));
}

TEST(Routes, are_the_fifteen_operations_and_the_form) {
  std::vector<std::string> forms;
  int operations = 0;
  for (const Route& route : http::RouteTable<Endpoint>(all_routes()).all()) {
    if (route.payload.access == Access::kForm) forms.emplace_back(route.path);
    else ++operations;
    EXPECT_FALSE(route.payload.summary.empty());
  }
  EXPECT_EQ(operations, 15);
  EXPECT_THAT(forms, testing::ElementsAre("/upload/form"));
  EXPECT_TRUE(is_ours("/v4.1/projects"));
  EXPECT_TRUE(is_ours("/v4.1?x"));
  EXPECT_FALSE(is_ours("/v4.10/projects"));
  EXPECT_FALSE(is_ours("/api/v1/projects"));
}

}  // namespace
}  // namespace postmypost::api::v4_1
