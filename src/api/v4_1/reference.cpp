// What a client looks up first: projects, time zones, channels, rubrics, accounts.
#include <algorithm>
#include <array>

#include "api/v4_1/paging.hpp"
#include "api/v4_1/reference.hpp"
#include "base/zones.hpp"

namespace postmypost::api::v4_1 {
namespace {

constexpr auto kById = std::to_array<std::string_view>({"id"});
constexpr auto kByCreation = std::to_array<std::string_view>({"id", "created_at"});

// The vendor's numbers where they are known; ours begin at 1001. Appended to, never changed: integrations keep them.
struct KnownChannel {
  std::int64_t id;
  std::string_view channel;  // of this program's networks
};
constexpr auto kChannels = std::to_array<KnownChannel>({
    {1, "instagram"}, {2, "vk"}, {4, "facebook"}, {6, "telegram"}, {7, "pinterest"}, {9, "tiktok"}, {16, "youtube"}, {27, "max"},
    {1001, "bluesky"}, {1002, "mastodon"}, {1003, "own_page"},
});

struct Zone {
  std::int64_t id;
  std::string name;
};

json::value hours_of(int seconds) {
  if (seconds % 3600 == 0) return seconds / 3600;
  return static_cast<double>(seconds) / 3600.0;
}

Result<json::value> list_projects(Call& call) {
  TRY_ASSIGN(const Paging paging, paging_of(call, kByCreation));
  auto all = call.services().database.read(
      [&](storage::Transaction& tx) { return call.services().projects.of_user(tx, call.actor.user_id); });
  const auto total = static_cast<std::int64_t>(all.size());
  json::array data;
  for (const auto& project : page_of(std::move(all), paging, [](const projects::Project& p, std::string_view field) {
         return field == "id" ? p.id : p.created_at.us;
       })) {
    data.push_back(json::object{{"id", project.id}, {"name", project.name}, {"timezone_id", timezone_id(project.zone)}});
  }
  return page_answer(std::move(data), paging, total);
}

Result<json::value> list_timezones(Call& call) {
  TRY_ASSIGN(const Paging paging, paging_of(call, kById));
  std::vector<Zone> all;
  for (std::string& name : all_zones()) all.push_back({timezone_id(name), std::move(name)});
  const auto total = static_cast<std::int64_t>(all.size());
  json::array data;
  for (const Zone& zone : page_of(std::move(all), paging, [](const Zone& one, std::string_view) { return one.id; })) {
    data.push_back(json::object{{"id", zone.id},
                                {"name", zone.name},
                                {"utc_offset", hours_of(offset_seconds(call.services().clock.now(), zone.name))}});
  }
  return page_answer(std::move(data), paging, total);
}

Result<json::value> list_channels(Call& call) {
  TRY_ASSIGN(const Paging paging, paging_of(call, kById));
  std::vector<const networks::Network*> all;
  for (const auto& network : call.services().catalogue.all()) all.push_back(network.get());
  const auto total = static_cast<std::int64_t>(all.size());
  json::array data;
  for (const networks::Network* network : page_of(std::move(all), paging, [](const networks::Network* one, std::string_view) {
         return channel_id(one->channel().id);
       })) {
    data.push_back(json::object{
        {"id", channel_id(network->channel().id)}, {"code", network->channel().id}, {"name", network->channel().name}});
  }
  return page_answer(std::move(data), paging, total);
}

Result<json::value> list_rubrics(Call& call) {
  TRY_ASSIGN(const std::int64_t project, required_number(call, "project_id"));
  TRY_ASSIGN(const Paging paging, paging_of(call, kByCreation));
  return call.services().database.read([&](storage::Transaction& tx) -> Result<json::value> {
    TRY(call.project(tx, project));
    auto all = call.with.rubrics.of_project(tx, project);
    const auto total = static_cast<std::int64_t>(all.size());
    json::array data;
    for (const auto& rubric : page_of(std::move(all), paging, [](const publications::Rubric& r, std::string_view field) {
           return field == "id" ? r.id : r.created_at.us;
         })) {
      data.push_back(json::object{{"id", rubric.id}, {"name", rubric.name}});
    }
    return page_answer(std::move(data), paging, total);
  });
}

Result<json::value> list_accounts(Call& call) {
  TRY_ASSIGN(const std::int64_t project, required_number(call, "project_id"));
  TRY_ASSIGN(const Paging paging, paging_of(call, kByCreation));
  return call.services().database.read([&](storage::Transaction& tx) -> Result<json::value> {
    TRY(call.project(tx, project));
    auto all = call.services().account_rows.of_project(tx, project);
    const auto total = static_cast<std::int64_t>(all.size());
    json::array data;
    for (const auto& account : page_of(std::move(all), paging, [](const projects::AccountRow& a, std::string_view field) {
           return field == "id" ? a.id : a.connected_at.us;
         })) {
      data.push_back(json::object{{"id", account.id},
                                  {"chanel_id", channel_id(account.channel)},
                                  {"external_id", account.remote_id},
                                  {"name", account.title},
                                  {"login", account.handle.empty() ? json::value(nullptr) : json::value(account.handle)},
                                  {"connection_status", account.state == projects::AccountState::kConnected ? 1 : 2}});
    }
    return page_answer(std::move(data), paging, total);
  });
}

}  // namespace

std::int64_t channel_id(std::string_view channel) {
  const auto known = std::ranges::find(kChannels, channel, &KnownChannel::channel);
  return known == kChannels.end() ? 1000 : known->id;
}

// FNV-1a: the same number for a name on every machine, whatever zones it knows.
std::int64_t timezone_id(std::string_view zone) {
  std::uint32_t hash = 2'166'136'261U;
  for (const char c : zone) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  return 1 + static_cast<std::int64_t>(hash >> 1U);
}

Routes reference_routes() {
  return {
      {"GET", "/projects", {.scope = "", .summary = "Projects of the token's person", .run = list_projects}},
      {"GET", "/timezones", {.scope = "", .summary = "Time zones and their present offsets", .run = list_timezones}},
      {"GET", "/channels", {.scope = "", .summary = "Networks that this server publishes to", .run = list_channels}},
      {"GET", "/rubrics", {.scope = "publications:read", .summary = "Rubrics of a project", .run = list_rubrics}},
      {"GET", "/accounts", {.scope = "accounts:read", .summary = "Connected accounts of a project", .run = list_accounts}},
  };
}

}  // namespace postmypost::api::v4_1
