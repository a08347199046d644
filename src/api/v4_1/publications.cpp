// Publications: list, read, create, change, delete.
#include <algorithm>
#include <array>

#include "api/v4_1/paging.hpp"
#include "api/v4_1/publication_input.hpp"
#include "api/v4_1/publication_view.hpp"
#include "publications/listing.hpp"

namespace postmypost::api::v4_1 {
namespace {

using publications::Publication;
using publications::SortKey;
using publications::Sorting;

constexpr auto kSortFields = std::to_array<std::string_view>({"id", "post_at", "created_at"});

std::vector<Sorting> sorting_of(const Paging& paging) {
  std::vector<Sorting> order;
  for (const SortField& field : paging.sort) {
    const SortKey key = field.name == "id" ? SortKey::kId : field.name == "post_at" ? SortKey::kPostAt : SortKey::kCreatedAt;
    order.push_back({.key = key, .descending = field.descending});
  }
  if (order.empty()) order.push_back({.key = SortKey::kPostAt, .descending = true});
  return order;
}

Result<json::value> list_publications(Call& call) {
  TRY_ASSIGN(const std::int64_t project_id, required_number(call, "project_id"));
  TRY_ASSIGN(const Paging paging, paging_of(call, kSortFields));
  return call.services().database.read([&](storage::Transaction& tx) -> Result<json::value> {
    TRY_ASSIGN(const projects::Project project, call.project(tx, project_id));
    std::optional<Instant> from, to;
    if (const auto date = call.query("post_date"); date && !date->empty()) {
      TRY_ASSIGN(const Day day, day_of(*date, project.zone, "post_date"));
      from = day.begin;
      to = day.end;
    }
    const auto listed = publications::list_page(tx, project_id, sorting_of(paging), from, to, paging.offset(), paging.per_page);
    json::array data;
    for (const std::int64_t id : listed.ids) {
      data.emplace_back(publication_view(call, tx, call.services().publications.load(tx, id).value(), project.zone));
    }
    return page_answer(std::move(data), paging, listed.total);
  });
}

struct Found {
  Publication publication;
  projects::Project project;
};

// Of any of the caller's projects; what belongs to others is not there.
Result<Found> find(const Call& call, storage::Transaction& tx) {
  const auto publication = call.services().publications.load(tx, number_of(call.parameters.at("id")));
  if (!publication || publication->deleted_at) return not_found("publication");
  auto project = call.project(tx, publication->project_id);
  if (!project) return not_found("publication");
  return Found{*publication, std::move(*project)};
}

Result<json::value> view_of(const Call& call, std::int64_t id) {
  return call.services().database.read([&](storage::Transaction& tx) -> Result<json::value> {
    const auto publication = call.services().publications.load(tx, id);
    if (!publication) return not_found("publication");
    TRY_ASSIGN(const projects::Project project, call.project(tx, publication->project_id));
    return publication_view(call, tx, *publication, project.zone);
  });
}

Result<json::value> show_publication(Call& call) {
  return call.services().database.read([&](storage::Transaction& tx) -> Result<json::value> {
    TRY_ASSIGN(const Found found, find(call, tx));
    return publication_view(call, tx, found.publication, found.project.zone);
  });
}

// The same text for the same account and minute may be out already: the client learns which one to look at.
Error named_doubt(Error error) {
  if (error.code == "publication.in_doubt") {
    error.detail = "The same text for the same account and minute may already be published by publication " +
                   error.params["publication"] + ".";
    error.how_to_fix = "Look at its posts, decide about it in Postmypost, and create this one when it is not there.";
  }
  return error;
}

Result<std::int64_t> save_and_plan(const Call& call, storage::Transaction& tx, PlannedPublication planned) {
  const std::string_view topic = planned.publication.id == 0 ? "publication.created" : "publication.changed";
  TRY_ASSIGN(const Publication saved, call.services().publications.save(tx, std::move(planned.publication)));
  publishing::announce(tx, topic, saved.project_id, saved.id, call.services().clock.now());
  if (auto made = call.services().planning.plan(tx, saved, planned.accounts, false); !made) {
    return fail(named_doubt(std::move(made).error()));
  }
  return saved.id;
}

Result<json::value> create_publication(Call& call) {
  TRY_ASSIGN(const json::object object, body_of(call));
  TRY_ASSIGN(const PublicationBody body, json::read<PublicationBody>(object, json::Unknown::kIgnore));
  const json::value* project_id = object.if_contains("project_id");
  if (!project_id) return fail(json::missing_member("/project_id"));
  if (!project_id->is_int64()) return fail(json::wrong_type("/project_id", "integer"));
  TRY_ASSIGN(const std::int64_t id, call.services().database.write([&](storage::Transaction& tx) -> Result<std::int64_t> {
    auto project = call.project(tx, project_id->as_int64());
    if (!project) return fail(named_in_body(std::move(project).error(), "/project_id"));
    TRY_ASSIGN(PlannedPublication planned, read_publication(call, tx, *project, body));
    return save_and_plan(call, tx, std::move(planned));
  }));
  call.services().wake_engine();
  return view_of(call, id);
}

Error not_changeable() {
  return {.kind = ErrorKind::kConflict,
          .code = "publication.frozen",
          .detail = "This publication is being sent, or is out in one of its accounts.",
          .field = "/publication_status",
          .how_to_fix = "Delete it, or create another one."};
}

// What failed or was missed may be planned anew; nothing that is out, may be, or is still tried.
Result<> make_editable(const Call& call, storage::Transaction& tx, std::int64_t id) {
  for (publishing::Delivery& delivery : publishing::deliveries_of(tx, id)) {
    using publishing::State;
    const bool has_ended = delivery.state == State::kFailed || delivery.state == State::kExpired ||
                           (delivery.state == State::kHeld && !publishing::is_undecided(delivery)) ||
                           (delivery.state == State::kScheduled && delivery.content_digest);
    const bool is_free = delivery.state == State::kCancelled || delivery.state == State::kScheduled;
    if (!has_ended && !is_free) return fail(not_changeable());
    if (has_ended) TRY(call.services().planning.cancel(tx, delivery));
  }
  return {};
}

Result<json::value> change_publication(Call& call) {
  TRY_ASSIGN(const json::object object, body_of(call));
  TRY_ASSIGN(const PublicationBody body, json::read<PublicationBody>(object, json::Unknown::kIgnore));
  TRY_ASSIGN(const std::int64_t id, call.services().database.write([&](storage::Transaction& tx) -> Result<std::int64_t> {
    TRY_ASSIGN(const Found found, find(call, tx));
    if (found.publication.gone_at) return fail(not_changeable());
    TRY(make_editable(call, tx, found.publication.id));
    TRY_ASSIGN(PlannedPublication planned, read_publication(call, tx, found.project, body));
    planned.publication.id = found.publication.id;
    planned.publication.version = found.publication.version;
    planned.publication.author_id = found.publication.author_id;
    planned.publication.late_policy = found.publication.late_policy;
    return save_and_plan(call, tx, std::move(planned));
  }));
  call.services().wake_engine();
  return view_of(call, id);
}

Result<std::vector<std::int64_t>> accounts_named(const Call& call, const Publication& publication) {
  TRY_ASSIGN(std::vector<std::int64_t> ids, required_numbers(call, "account_ids"));
  const auto is_here = [&](std::int64_t id) { return std::ranges::find(publication.account_ids, id) != publication.account_ids.end(); };
  if (std::ranges::none_of(ids, is_here)) return not_found("publication");
  if (std::ranges::all_of(ids, is_here)) return ids;
  return fail(invalid_query("account_ids", "detail.account", "One of these accounts does not belong to the publication.", "chosen",
                            "Name accounts of the publication."));
}

// The networks are asked at once; what has to wait goes on by itself, and the status says what became of it.
Result<json::value> delete_publication(Call& call) {
  TRY_ASSIGN(const std::int64_t option, required_number(call, "delete_option"));
  if (option > 3) {
    return fail(invalid_query("delete_option", "json.enum", "This must be one of: 1, 2, 3.", "enum=1, 2, 3", "Send one of these values."));
  }
  using leaving::RemovalScope;
  const RemovalScope scope = option == 1 ? RemovalScope::kEverywhere : option == 2 ? RemovalScope::kThere : RemovalScope::kHere;
  TRY_ASSIGN(const std::int64_t id, call.services().database.write([&](storage::Transaction& tx) -> Result<std::int64_t> {
    TRY_ASSIGN(const Found found, find(call, tx));
    TRY_ASSIGN(const auto accounts, accounts_named(call, found.publication));
    TRY(call.with.removing.begin(tx, found.publication, accounts, scope, call.actor.user_id));
    publishing::announce(tx, "publication.changed", found.publication.project_id, found.publication.id, call.services().clock.now());
    return found.publication.id;
  }));
  call.with.removing.work_on(id);
  call.with.wake_removals();
  return view_of(call, id);
}

}  // namespace

Routes publication_routes() {
  constexpr std::string_view kRead = "publications:read", kWrite = "publications:write";
  return {
      {"GET", "/publications", {.scope = kRead, .summary = "Publications of a project", .run = list_publications}},
      {"POST", "/publications",
       {.scope = kWrite, .rate = RateClass::kWriting, .summary = "Create a publication", .run = create_publication}},
      {"GET", "/publications/{id}", {.scope = kRead, .summary = "A publication", .run = show_publication}},
      {"PUT", "/publications/{id}", {.scope = kWrite, .summary = "Replace a publication", .run = change_publication}},
      {"DELETE", "/publications/{id}", {.scope = kWrite, .summary = "Delete a publication", .run = delete_publication}},
  };
}

}  // namespace postmypost::api::v4_1
