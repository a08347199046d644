// The calendar: pages of publications, filtered and searched.
#include <array>

#include "api/invalid.hpp"
#include "api/v1/publication_views.hpp"
#include "base/text.hpp"
#include "base/zones.hpp"

namespace postmypost::api::v1 {
namespace {

using publications::Publication;

constexpr std::int64_t kMostCards = 500;

// The first instant of a wall date in the project's zone; a gap at midnight begins after it.
Result<std::optional<Instant>> day_of(Call& call, std::string_view name, std::string_view zone) {
  const auto text = call.request.query_value(name);
  if (!text) return std::optional<Instant>();
  const auto wall = parse_wall_time(std::string(*text) + "T00:00");
  if (!wall) return fail(invalid("time.form", "This is not a day.", "?" + std::string(name), "YYYY-MM-DD", "Write it as 2026-11-24."));
  const auto at = to_instant(*wall, zone, Fold::kEarlier);
  if (at) return std::optional(*at);
  return std::optional(to_instant(*parse_wall_time(at.error().params.at("after")), zone, Fold::kEarlier).value());
}

Result<std::int64_t> limit_of(Call& call) {
  const auto text = call.request.query_value("limit");
  if (!text) return kMostCards;
  http::Parameters parameters;
  parameters.add("limit", *text);
  const std::int64_t limit = parameters.id("limit").value_or(0);
  if (limit >= 1 && limit <= kMostCards) return limit;
  return fail(invalid("list.limit", "A page has 1 to 500 publications.", "?limit", "range=1..500", "Ask for another number."));
}

Result<std::optional<publications::Position>> cursor_of(Call& call) {
  const auto text = call.request.query_value("cursor");
  if (!text || text->empty()) return std::optional<publications::Position>();
  const auto position = publications::parse_position(*text);
  if (position) return std::optional(*position);
  return fail(invalid("list.cursor", "This is no cursor of this list.", "?cursor", "next_cursor",
                      "Take next_cursor of the page before, or begin without one."));
}

std::vector<std::int64_t> ids_of(const std::vector<Publication>& publications) {
  std::vector<std::int64_t> ids;
  for (const Publication& p : publications) ids.push_back(p.id);
  return ids;
}

// Statuses are derived and texts are sealed, so both are looked at one by one: page after page, a transaction each, until the
// asked-for page is full.
Result<CardPage> cards(Call& call, publications::Filter filter, std::size_t limit) {
  const std::string status(call.request.query_value("status").value_or(""));
  const std::string words = fold_case(tidy(std::string(call.request.query_value("q").value_or(""))));
  const bool picks = !status.empty() || !words.empty();
  filter.limit = picks ? static_cast<std::size_t>(kMostCards) : limit + 1;
  CardPage page;
  for (bool more = true; more;) {
    more = call.with.database.read([&](storage::Transaction& tx) {
      const auto found = call.with.publications.list(tx, call.project(), filter);
      auto deliveries = publishing::deliveries_of_each(tx, ids_of(found));
      for (const Publication& p : found) {
        if (!words.empty() && !says(p, words)) continue;
        CardView card = card_view(call, tx, p, deliveries[p.id]);
        if (!status.empty() && status.find(card.status) == std::string::npos) continue;
        if (page.items.size() == limit) {
          page.next_cursor = to_string(*filter.behind);
          return false;
        }
        page.items.push_back(std::move(card));
        filter.behind = position_of(p);
      }
      const bool is_last = found.size() < filter.limit;
      if (!found.empty()) filter.behind = position_of(found.back());
      return picks && !is_last;
    });
  }
  return page;
}

Result<CardPage> list_publications(Call& call) {
  publications::Filter filter;
  TRY_ASSIGN(filter.from, day_of(call, "from", call.admitted->zone));
  TRY_ASSIGN(filter.to, day_of(call, "to", call.admitted->zone));
  TRY_ASSIGN(const std::int64_t limit, limit_of(call));
  TRY_ASSIGN(filter.behind, cursor_of(call));
  http::Parameters parameters;
  parameters.add("account", call.request.query_value("account").value_or(""));
  filter.account_id = parameters.id("account");
  return cards(call, filter, static_cast<std::size_t>(limit));
}

constexpr auto kCalendar = std::to_array<QueryParameter>({
    {"from", "date", "First day, YYYY-MM-DD, in the zone of the project"},
    {"to", "date", "The day after the last one"},
    {"account", "integer", "Only publications for this account"},
    {"status", "string", "Only these statuses, apart by commas"},
    {"q", "string", "Only those whose texts or descriptions have these words"},
    {"limit", "integer", "Publications of a page, 1 to 500"},
    {"cursor", "string", "next_cursor of the page before"},
});

}  // namespace

Routes publication_list_routes() {
  return {
      {"GET", "/api/v1/projects/{project}/publications", asking(kCalendar, endpoint<list_publications>(Access::kMember, 200, "The calendar"))},
  };
}

}  // namespace postmypost::api::v1
