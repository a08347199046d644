// Publications: check, plan, change, list, remove.
#include <array>
#include <algorithm>

#include "api/invalid.hpp"
#include "api/v1/account_views.hpp"
#include "api/v1/publication_extras.hpp"
#include "api/v1/publication_views.hpp"
#include "base/text.hpp"
#include "base/zones.hpp"

namespace postmypost::api::v1 {

// So many that one write of them takes some milliseconds.
struct NewPublications {
  std::vector<PublicationInput> items;
};
BOOST_DESCRIBE_STRUCT(NewPublications, (), (items))
struct PublicationBatch {
  std::vector<PublicationView> items;
};
BOOST_DESCRIBE_STRUCT(PublicationBatch, (), (items))

}  // namespace postmypost::api::v1

template <>
constexpr postmypost::json::Rules postmypost::json::rules<postmypost::api::v1::NewPublications>(std::string_view) {
  return {.min_items = 1, .max_items = 50};
}

namespace postmypost::api::v1 {
namespace {

using publications::Publication;
using publications::Timing;

// What a person asked for, brought together with what it needs: accounts, files, the project's zone, the time.
struct Plan {
  Publication publication;
  std::vector<projects::AccountRow> accounts;
  std::vector<media::File> files;
  publications::ResolvedTime time;
  publications::Preflight preflight;
};

Result<> read_when(const WhenInput& when, Publication& p, Fold& fold) {
  if (when.kind == "draft") p.timing = Timing::kDraft;
  else if (when.kind == "now") p.timing = Timing::kNow;
  else if (when.kind == "at") p.timing = Timing::kAt;
  else return fail(json::not_in_enum("/when/kind", "draft, now, at"));
  fold = when.fold == "earlier" ? Fold::kEarlier : when.fold == "later" ? Fold::kLater : Fold::kRefuse;
  if (when.fold && fold == Fold::kRefuse) return fail(json::not_in_enum("/when/fold", "earlier, later"));
  if (!when.wall_time || p.timing == Timing::kNow) return {};
  p.wall_time = parse_wall_time(*when.wall_time);
  if (p.wall_time) return {};
  return fail(invalid("time.form", "This is not a day and time.", "/when/wall_time", "YYYY-MM-DDThh:mm",
                      "Write it as 2026-11-24T12:30, without an offset: the project's zone is meant."));
}

Result<> read_details(const PublicationInput& in, Publication& p) {
  int bases = 0;
  for (std::size_t i = 0; i < in.details.size(); ++i) {
    const DetailShape& shape = in.details[i];
    const std::string at = "/details/" + std::to_string(i);
    if (!shape.account_id) ++bases;
    const bool chosen = !shape.account_id || std::ranges::find(in.account_ids, *shape.account_id) != in.account_ids.end();
    const bool twice = shape.account_id && std::ranges::find(p.details, shape.account_id, &publications::Detail::account_id) !=
                                               p.details.end();
    if (!chosen || twice) {
      return fail(invalid("detail.account", "Each version belongs to one of the chosen accounts, once.", at + "/account_id",
                          "unique_and_chosen", "Remove this version, or choose its account."));
    }
    publications::Detail detail{.account_id = shape.account_id, .text = tidy(shape.text), .pictures = {}};
    for (const auto& picture : shape.pictures) detail.pictures.push_back({picture.file_id, tidy(picture.alt)});
    p.details.push_back(std::move(detail));
  }
  if (bases == 1) return {};
  return fail(invalid("detail.base", "There must be exactly one version without an account: the base.", "/details",
                      "one_base", "Send one detail with account_id null."));
}

// `stored`: what it was before, of a change.
Result<Plan> plan_of(const Call& call, storage::Transaction& tx, const PublicationInput& in, const Publication* stored = nullptr) {
  TRY_ASSIGN(const projects::Seat project, call.with.projects.seat_of(tx, call.me().user_id, call.project()));
  Plan plan;
  Publication& p = plan.publication;
  p.project_id = call.project();
  p.author_id = call.me().user_id;
  p.zone = project.zone;
  p.language = call.me().locale;
  p.account_ids = in.account_ids;
  if (in.late_policy && *in.late_policy != "hold" && *in.late_policy != "skip") {
    return fail(json::not_in_enum("/late_policy", "hold, skip"));
  }
  p.late_policy = in.late_policy == "skip" ? publications::LatePolicy::kSkip : publications::LatePolicy::kHold;
  Fold fold = Fold::kRefuse;
  TRY(read_when(in.when, p, fold));
  TRY(read_details(in, p));
  if (stored) publications::keep_unnamed(p, *stored);
  TRY(read_extras(call, tx, in, p));
  std::vector<publications::CheckedAccount> checked;
  for (std::size_t i = 0; i < in.account_ids.size(); ++i) {
    auto row = call.with.account_rows.find(tx, p.project_id, in.account_ids[i]);
    if (!row) {
      row.error().field = "/account_ids/" + std::to_string(i);
      return fail(row.error());
    }
    if (std::ranges::find(plan.accounts, row->id, &projects::AccountRow::id) != plan.accounts.end()) continue;
    checked.push_back({.id = row->id,
                       .title = row->title,
                       .connected = row->state == projects::AccountState::kConnected,
                       .capabilities = capabilities_of(call, *row),
                       .channel = row->channel});
    plan.accounts.push_back(std::move(*row));
  }
  for (const auto& detail : p.details) {
    for (const auto& picture : detail.pictures) {
      if (auto file = call.with.files.find(tx, p.project_id, picture.file_id)) plan.files.push_back(std::move(*file));
    }
  }
  plan.preflight = publications::check(p, checked, plan.files);
  plan.time = publications::resolve_time(p.timing, p.wall_time, p.zone, fold, call.with.clock.now());
  p.instant = plan.time.instant;
  TRY(check_end(p));
  return plan;
}

// A promise needs a clean check; a draft may still be wrong.
Result<> must_pass(const Plan& plan) {
  if (plan.publication.timing == Timing::kDraft) return {};
  const publications::Finding* first = plan.time.finding ? &*plan.time.finding : nullptr;
  for (const auto& finding : plan.preflight.findings) {
    if (!first && finding.severity == publications::Severity::kError) first = &finding;
  }
  if (!first) return {};
  return fail({.code = first->code,
               .detail = first->detail,
               .field = first->field,
               .rule = first->rule,
               .how_to_fix = first->how_to_fix,
               .params = first->params});
}

Result<PreflightView> preflight(Call& call, const PublicationInput& in) {
  return call.with.database.read([&](storage::Transaction& tx) -> Result<PreflightView> {
    TRY_ASSIGN(const Plan plan, plan_of(call, tx, in));
    return preflight_view(plan.preflight, plan.time, plan.publication.zone);
  });
}

// What was stored a moment ago, so that the answer needs no second look.
Result<NewPublication> create_in(const Call& call, storage::Transaction& tx, const PublicationInput& in) {
  TRY_ASSIGN(Plan plan, plan_of(call, tx, in));
  TRY(must_pass(plan));
  NewPublication made{.publication = {}, .accounts = std::move(plan.accounts), .files = std::move(plan.files), .deliveries = {}};
  TRY_ASSIGN(made.publication, call.with.publications.save(tx, std::move(plan.publication)));
  TRY(call.with.planning.plan(tx, made.publication, made.accounts, in.force.value_or(false), &made.deliveries));
  publishing::announce(tx, "publication.created", made.publication.project_id, made.publication.id, call.with.clock.now());
  return made;
}

Result<PublicationView> created(Call& call, const NewPublication& made) {
  if (made.publication.timing != Timing::kDraft) call.with.wake_engine_for(*made.publication.instant);
  return new_publication_view(call, made);
}

Result<PublicationView> create_publication(Call& call, const PublicationInput& in) {
  TRY_ASSIGN(const NewPublication made,
             call.with.database.write([&](storage::Transaction& tx) { return create_in(call, tx, in); }));
  return created(call, made);
}

// All or none: the first that breaks a rule refuses the whole, and its field says which it was.
Result<PublicationBatch> create_publications(Call& call, const NewPublications& in) {
  const auto create = [&](storage::Transaction& tx) -> Result<std::vector<NewPublication>> {
    std::vector<NewPublication> all;
    for (const PublicationInput& one : in.items) {
      auto made = create_in(call, tx, one);
      if (!made) {
        made.error().field = "/items/" + std::to_string(all.size()) + made.error().field;
        return fail(made.error());
      }
      all.push_back(std::move(*made));
    }
    return all;
  };
  TRY_ASSIGN(const std::vector<NewPublication> all, call.with.database.write(create));
  PublicationBatch batch;
  for (const NewPublication& made : all) {
    TRY_ASSIGN(PublicationView view, created(call, made));
    batch.items.push_back(std::move(view));
  }
  return batch;
}

Result<PublicationView> change_publication(Call& call, const PublicationInput& in) {
  TRY(call.with.database.write([&](storage::Transaction& tx) -> Result<> {
    TRY_ASSIGN(const Publication stored, call.with.publications.find(tx, call.project(), call.id("publication")));
    TRY_ASSIGN(Plan plan, plan_of(call, tx, in, &stored));
    TRY(must_pass(plan));
    if (!in.version) return fail(json::missing_member("/version"));
    plan.publication.id = stored.id;
    plan.publication.version = *in.version;
    TRY_ASSIGN(const Publication saved, call.with.publications.save(tx, std::move(plan.publication)));
    publishing::announce(tx, "publication.changed", saved.project_id, saved.id, call.with.clock.now());
    return call.with.planning.plan(tx, saved, plan.accounts, in.force.value_or(false));
  }));
  call.with.wake_engine();
  return publication_view(call, call.id("publication"));
}

Result<PublicationView> show_publication(Call& call) { return publication_view(call, call.id("publication")); }

// A draft goes; what was planned is cancelled first; what is on its way or out stays.
Result<> remove_publication(Call& call) {
  return call.with.database.write([&](storage::Transaction& tx) -> Result<> {
    TRY_ASSIGN(const Publication p, call.with.publications.find(tx, call.project(), call.id("publication")));
    auto deliveries = publishing::deliveries_of(tx, p.id);
    for (auto& delivery : deliveries) {
      if (delivery.state == publishing::State::kCancelled) continue;
      TRY(call.with.planning.cancel(tx, delivery));
    }
    call.with.publications.mark_deleted(tx, p.id);
    publishing::announce(tx, "publication.deleted", p.project_id, p.id, call.with.clock.now());
    return {};
  });
}

}  // namespace

Routes publication_routes() {
  return {
      {"POST", "/api/v1/projects/{project}/preflight", only_reading(endpoint<preflight>(Access::kMember, 200, "Check without storing"))},
      {"POST", "/api/v1/projects/{project}/publications",
       endpoint<create_publication>(Access::kMember, 201, "Create a publication")},
      {"POST", "/api/v1/projects/{project}/publications/bulk",
       endpoint<create_publications>(Access::kMember, 201, "Create several publications, all or none")},
      {"GET", "/api/v1/projects/{project}/publications/{publication}",
       endpoint<show_publication>(Access::kMember, 200, "A publication with its deliveries")},
      {"PUT", "/api/v1/projects/{project}/publications/{publication}",
       endpoint<change_publication>(Access::kMember, 200, "Change a publication")},
      {"DELETE", "/api/v1/projects/{project}/publications/{publication}",
       endpoint<remove_publication>(Access::kMember, 204, "Delete a draft or cancel what is planned")},
  };
}

}  // namespace postmypost::api::v1
