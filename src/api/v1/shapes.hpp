// The JSON shapes of /api/v1 that several areas share. The browser's contract (web/src/lib/api/contract.ts) and
// docs/openapi.json say the same; `postmypost openapi` prints it from these declarations.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "publications/options.hpp"
#include "base/json.hpp"

namespace postmypost::api::v1 {

template <class T>
struct List {
  std::vector<T> items;
};

struct ProblemView {
  std::string type, title;
  std::int64_t status = 0;
  std::string code, detail;
  std::optional<std::string> field, rule, how_to_fix;
  std::map<std::string, std::string> params;
  std::string request_id;
};
BOOST_DESCRIBE_STRUCT(ProblemView, (),
                      (type, title, status, code, detail, field, rule, how_to_fix, params, request_id))

struct ProjectView {
  std::int64_t id = 0;
  std::string name, zone, right, created_at;
};
BOOST_DESCRIBE_STRUCT(ProjectView, (), (id, name, zone, right, created_at))

struct UserView {
  std::int64_t id = 0;
  std::string name, email, role, locale, theme;
  bool personalised = true;  // false: locale and theme are defaults, and are not saved
  std::string created_at;
  std::optional<std::string> restricted_at;
  std::string email_confirmed_by;
  std::optional<std::string> email_awaited;  // in its place once the link sent there is opened
  std::optional<std::string> letter;         // while "unconfirmed": how the letter with the link fares
};
BOOST_DESCRIBE_STRUCT(UserView, (),
                      (id, name, email, role, locale, theme, personalised, created_at, restricted_at, email_confirmed_by,
                       email_awaited, letter))

// A text that has to be acknowledged before anything else, and the version that was before, if any.
struct UnreadView {
  std::string kind;
  std::int64_t version = 0;
  std::optional<std::int64_t> before;
};
BOOST_DESCRIBE_STRUCT(UnreadView, (), (kind, version, before))

struct SessionView {
  UserView user;
  std::vector<ProjectView> projects;
  std::vector<UnreadView> unread;
};
BOOST_DESCRIBE_STRUCT(SessionView, (), (user, projects, unread))

struct TextRuleView {
  std::string unit;
  std::optional<std::int64_t> limit, limit_with_pictures, max_bytes, link_length;
  bool short_mentions = false;
  bool required = false;
};
BOOST_DESCRIBE_STRUCT(TextRuleView, (),
                      (unit, limit, limit_with_pictures, max_bytes, link_length, short_mentions, required))

struct PictureRuleView {
  std::int64_t max = 0;
  std::optional<std::int64_t> alt_max, max_bytes;
  std::vector<std::string> formats;
};
BOOST_DESCRIBE_STRUCT(PictureRuleView, (), (max, alt_max, max_bytes, formats))

struct AccountRulesView {
  TextRuleView text;
  PictureRuleView pictures;
};
BOOST_DESCRIBE_STRUCT(AccountRulesView, (), (text, pictures))

struct PageView {
  std::string visibility;
};
BOOST_DESCRIBE_STRUCT(PageView, (), (visibility))

struct AccountView {
  std::int64_t id = 0;
  std::string channel, title, handle;
  std::optional<std::string> url;
  std::string state;
  std::optional<ProblemView> problem;
  AccountRulesView rules;
  std::string idempotency;
  std::optional<std::string> server;
  std::string connected_at, verified_at;
  std::optional<PageView> page;
  std::optional<bool> service_chat;
};
BOOST_DESCRIBE_STRUCT(AccountView, (),
                      (id, channel, title, handle, url, state, problem, rules, idempotency, server, connected_at,
                       verified_at, page, service_chat))

struct FileView {
  std::int64_t id = 0;
  std::string name, mime;
  std::int64_t width = 0, height = 0, bytes = 0;
  std::string url, thumbnail_url;
  std::vector<std::string> removed;
  std::string created_at;
};
BOOST_DESCRIBE_STRUCT(FileView, (),
                      (id, name, mime, width, height, bytes, url, thumbnail_url, removed, created_at))

struct PictureShape {
  std::int64_t file_id = 0;
  std::string alt;
};
BOOST_DESCRIBE_STRUCT(PictureShape, (), (file_id, alt))

// What is not named in a change stays as it is; null takes it away.
struct DetailShape {
  std::optional<std::int64_t> account_id;
  std::string text;
  std::vector<PictureShape> pictures;
  json::Patch<std::string> kind, link, title, first_comment;  // kind: "post", "story", "reels"
  json::Patch<publications::NetworkOptions> options;
};
BOOST_DESCRIBE_STRUCT(DetailShape, (), (account_id, text, pictures, kind, link, title, first_comment, options))

struct WhenInput {
  std::string kind;
  std::optional<std::string> wall_time, fold;
};
BOOST_DESCRIBE_STRUCT(WhenInput, (), (kind, wall_time, fold))

struct PublicationInput {
  std::vector<std::int64_t> account_ids;
  std::vector<DetailShape> details;
  WhenInput when;
  std::optional<std::string> late_policy;
  std::optional<bool> force;
  std::optional<std::int64_t> version;
  json::Patch<std::string> stage;  // of a draft: "draft", "template", "workflow", "approval"
  json::Patch<std::int64_t> rubric_id;
  json::Patch<std::string> delete_at;  // RFC 3339: then its posts are deleted over there
};
BOOST_DESCRIBE_STRUCT(PublicationInput, (), (account_ids, details, when, late_policy, force, version, stage, rubric_id, delete_at))

struct FindingView {
  std::string severity, code;
  std::optional<std::int64_t> account_id;
  std::string field, rule, detail, how_to_fix;
  std::map<std::string, std::string> params;
};
BOOST_DESCRIBE_STRUCT(FindingView, (), (severity, code, account_id, field, rule, detail, how_to_fix, params))

struct CountView {
  std::int64_t account_id = 0;
  std::int64_t used = 0;
  std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(CountView, (), (account_id, used, limit))

struct ResolvedView {
  std::string instant, wall_time, zone, offset;
};
BOOST_DESCRIBE_STRUCT(ResolvedView, (), (instant, wall_time, zone, offset))

struct PreflightView {
  std::vector<FindingView> findings;
  std::vector<CountView> counts;
  std::optional<ResolvedView> resolved;
};
BOOST_DESCRIBE_STRUCT(PreflightView, (), (findings, counts, resolved))

struct CardCounts {
  std::int64_t total = 0, published = 0, waiting_for_person = 0;
};
BOOST_DESCRIBE_STRUCT(CardCounts, (), (total, published, waiting_for_person))

struct CardView {
  std::int64_t id = 0;
  std::string status, excerpt;
  std::optional<std::string> instant, wall_time;
  std::vector<std::int64_t> account_ids;
  std::optional<std::string> thumbnail_url;
  CardCounts counts;
};
BOOST_DESCRIBE_STRUCT(CardView, (), (id, status, excerpt, instant, wall_time, account_ids, thumbnail_url, counts))

struct CardPage {
  std::vector<CardView> items;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(CardPage, (), (items, next_cursor))

struct WhenView {
  std::string kind;
  std::optional<std::string> wall_time;
  std::string zone;
  std::optional<std::string> instant;
};
BOOST_DESCRIBE_STRUCT(WhenView, (), (kind, wall_time, zone, instant))

struct WaitingView {
  std::string code;
  std::map<std::string, std::string> params;
};
BOOST_DESCRIBE_STRUCT(WaitingView, (), (code, params))

struct EventView {
  std::string at;
  std::optional<std::string> from;
  std::string to, code;
  std::map<std::string, std::string> params;
};
BOOST_DESCRIBE_STRUCT(EventView, (), (at, from, to, code, params))

struct DeliveryView {
  std::int64_t id = 0, account_id = 0;
  std::string channel, account_title, account_handle, state, status;
  std::optional<std::string> reason;
  std::optional<WaitingView> waiting;
  std::optional<ProblemView> problem;
  std::string due;
  std::optional<std::string> sent_at, permalink;
  std::int64_t generation = 0;
  std::optional<std::string> profile_url;
  std::vector<std::string> actions;
  std::vector<EventView> events;
};
BOOST_DESCRIBE_STRUCT(DeliveryView, (),
                      (id, account_id, channel, account_title, account_handle, state, status, reason, waiting, problem,
                       due, sent_at, permalink, generation, profile_url, actions, events))

struct DisclosureView {
  std::string kind, recipient, host, country;
  std::vector<std::string> what;
  std::string clause, at;
  std::optional<std::string> outcome;
};
BOOST_DESCRIBE_STRUCT(DisclosureView, (), (kind, recipient, host, country, what, clause, at, outcome))

struct PublicationView {
  std::int64_t id = 0, version = 0;
  std::string status, author;
  WhenView when;
  std::string late_policy;
  bool editable = false;
  std::vector<std::int64_t> account_ids;
  std::vector<DetailShape> details;
  std::vector<FileView> files;
  std::vector<DeliveryView> deliveries;
  std::vector<DisclosureView> disclosures;
  std::optional<std::string> stage;  // of a draft
  std::optional<std::int64_t> rubric_id;
  std::optional<std::string> delete_at;
  std::string created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(PublicationView, (),
                      (id, version, status, author, when, late_policy, editable, account_ids, details, files,
                       deliveries, disclosures, stage, rubric_id, delete_at, created_at, updated_at))

}  // namespace postmypost::api::v1

namespace postmypost::json {

template <>
constexpr Rules rules<api::v1::PublicationInput>(std::string_view member) {
  if (member == "account_ids") return {.max_items = 100};
  if (member == "details") return {.min_items = 1, .max_items = 101};
  return {};
}
template <>
constexpr Rules rules<api::v1::DetailShape>(std::string_view member) {
  if (member == "text") return {.max_length = 200'000};
  if (member == "pictures") return {.max_items = 10};
  return {};
}
template <>
constexpr Rules rules<api::v1::PictureShape>(std::string_view member) {
  return member == "alt" ? Rules{.max_length = 20'000} : Rules{};
}

}  // namespace postmypost::json
