#include "api/v1/publication_views.hpp"

#include <algorithm>
#include <set>

#include "api/v1/account_views.hpp"
#include "api/v1/file_views.hpp"
#include "api/v1/publication_extras.hpp"
#include "base/text.hpp"
#include "base/zones.hpp"
#include "identity/identity.hpp"
#include "publishing/waiting.hpp"
#include "vault/ledger.hpp"

namespace postmypost::api::v1 {
namespace {

constexpr std::size_t kExcerpt = 120;

std::optional<std::string> wall_text(const publications::Publication& p) {
  if (p.wall_time) return to_string(*p.wall_time).substr(0, 16);
  if (p.instant) return to_string(to_wall(*p.instant, p.zone)).substr(0, 16);
  return std::nullopt;
}

std::optional<std::string> rfc3339(const std::optional<Instant>& at) {
  return at ? std::optional(to_rfc3339(*at)) : std::nullopt;
}

// What stops the whole engine is said here: it can't be written where it would be read.
std::optional<publishing::Waiting> waiting_of(const Call& call, storage::Transaction& tx, const publishing::Delivery& d) {
  auto waiting = publishing::why_waiting(tx, d, call.with.clock.now());
  const publishing::Origin origin = call.with.engine_origin();
  const bool is_ours = origin == publishing::Origin::kGenuine || origin == publishing::Origin::kFailedOver;
  if (waiting && waiting->code == "starting" && call.with.database.is_full()) waiting->code = "storage.full";
  if (waiting && waiting->code == "starting" && !is_ours) waiting->code = "engine.adopt";
  return waiting;
}

EventView event_view(const publishing::Event& event) {
  EventView shown{.at = to_rfc3339(event.at),
                  .from = {},
                  .to = std::string(publishing::to_string(event.to)),
                  .code = event.code,
                  .params = event.params};
  if (event.from) shown.from = std::string(publishing::to_string(*event.from));
  return shown;
}

// Without what waits and what happened. `account` is null for one that is gone.
DeliveryView delivery_view(const publishing::Delivery& d, const projects::AccountRow* account) {
  DeliveryView view{.id = d.id,
                    .account_id = d.account_id,
                    .channel = d.channel,
                    .account_title = {},
                    .account_handle = {},
                    .state = std::string(publishing::to_string(d.state)),
                    .status = std::string(publishing::to_string(publishing::status_of(d))),
                    .reason = d.reason,
                    .waiting = {},
                    .problem = {},
                    .due = to_rfc3339(d.due),
                    .sent_at = rfc3339(d.sent_at),
                    .permalink = d.permalink,
                    .generation = d.generation,
                    .profile_url = {},
                    .actions = publishing::actions_for(d),
                    .events = {}};
  if (account) {
    view.account_title = account->title;
    view.account_handle = account->handle;
    if (!account->url.empty()) view.profile_url = account->url;
  }
  if (d.last_error) view.problem = problem_view(*d.last_error, "");
  return view;
}

}  // namespace

DeliveryView delivery_view(const Call& call, storage::Transaction& tx, const publishing::Delivery& d) {
  const auto account = call.with.account_rows.load(tx, d.account_id);
  DeliveryView view = delivery_view(d, account ? &*account : nullptr);
  if (const auto waiting = waiting_of(call, tx, d)) view.waiting = WaitingView{waiting->code, waiting->params};
  for (const auto& event : publishing::events_of(tx, d.id)) view.events.push_back(event_view(event));
  return view;
}

namespace {

DisclosureView disclosure_view(const vault::DisclosureRow& row) {
  DisclosureView shown{.kind = vault::kind_of(row.disclosure),
                       .recipient = row.disclosure.recipient,
                       .host = row.disclosure.recipient_host,
                       .country = row.disclosure.country,
                       .what = row.disclosure.what,
                       .clause = row.disclosure.clause,
                       .at = to_rfc3339(row.at),
                       .outcome = {}};
  if (row.outcome) shown.outcome = vault::to_string(*row.outcome);
  return shown;
}

// Without author, files and the deliveries' views.
PublicationView publication_view(const publications::Publication& p, const std::vector<publishing::Delivery>& deliveries) {
  PublicationView view{.id = p.id,
                       .version = p.version,
                       .status = std::string(publishing::to_string(publishing::status_of(deliveries))),
                       .author = {},
                       .when = {.kind = std::string(publications::to_string(p.timing)),
                                .wall_time = wall_text(p),
                                .zone = p.zone,
                                .instant = rfc3339(p.instant)},
                       .late_policy = std::string(publications::to_string(p.late_policy)),
                       .editable = publishing::Planning::editable(deliveries),
                       .account_ids = p.account_ids,
                       .details = {},
                       .files = {},
                       .deliveries = {},
                       .disclosures = {},
                       .stage = {},
                       .rubric_id = p.rubric_id,
                       .delete_at = rfc3339(p.delete_at),
                       .created_at = to_rfc3339(p.created_at),
                       .updated_at = to_rfc3339(p.updated_at)};
  if (p.timing == publications::Timing::kDraft) view.stage = publications::to_string(p.stage);
  for (const auto& detail : p.details) {
    view.details.push_back(detail_shape(detail));
  }
  // Made by an integration for each account by itself: here there is always one for all, too.
  if (!view.details.empty() && std::ranges::all_of(view.details, [](const DetailShape& one) { return one.account_id.has_value(); })) {
    DetailShape base = view.details[0];
    base.account_id.reset();
    view.details.insert(view.details.begin(), std::move(base));
  }
  return view;
}

std::set<std::int64_t> files_of(const publications::Publication& p) {
  std::set<std::int64_t> files;
  for (const auto& detail : p.details) {
    for (const auto& picture : detail.pictures) files.insert(picture.file_id);
  }
  return files;
}

std::string author_name(const Call& call, storage::Transaction& tx, std::int64_t author) {
  return call.with.identity.name_of(tx, author).value_or("");
}

}  // namespace

PublicationView publication_view(const Call& call, storage::Transaction& tx, const publications::Publication& p) {
  const auto deliveries = publishing::deliveries_of(tx, p.id);
  PublicationView view = publication_view(p, deliveries);
  for (const std::int64_t id : files_of(p)) {
    if (const auto file = call.with.files.load(tx, id)) view.files.push_back(file_view(*file));
  }
  for (const auto& delivery : deliveries) view.deliveries.push_back(delivery_view(call, tx, delivery));
  for (const auto& row : vault::Ledger::of_publication(tx, p.id)) view.disclosures.push_back(disclosure_view(row));
  return view;
}

Result<PublicationView> publication_view(Call& call, std::int64_t id) {
  return call.with.database.read([&](storage::Transaction& tx) -> Result<PublicationView> {
    TRY_ASSIGN(const publications::Publication p, call.with.publications.find(tx, call.project(), id));
    PublicationView view = publication_view(call, tx, p);
    view.author = author_name(call, tx, p.author_id);
    return view;
  });
}

Result<PublicationView> new_publication_view(Call& call, const NewPublication& made) {
  const publications::Publication& p = made.publication;
  std::vector<publishing::Delivery> deliveries;
  for (const auto& one : made.deliveries) deliveries.push_back(one.delivery);
  if (!deliveries.empty() && *p.instant <= call.with.clock.now()) return publication_view(call, p.id);
  PublicationView view = publication_view(p, deliveries);
  for (const std::int64_t id : files_of(p)) {
    const auto file = std::ranges::find(made.files, id, &media::File::id);
    if (file != made.files.end()) view.files.push_back(file_view(*file));
  }
  for (const auto& [delivery, event] : made.deliveries) {
    const auto account = std::ranges::find(made.accounts, delivery.account_id, &projects::AccountRow::id);
    DeliveryView shown = delivery_view(delivery, account == made.accounts.end() ? nullptr : &*account);
    shown.events.push_back(event_view(event));
    view.deliveries.push_back(std::move(shown));
  }
  view.author = call.with.database.read([&](storage::Transaction& tx) { return author_name(call, tx, p.author_id); });
  return view;
}

PreflightView preflight_view(const publications::Preflight& preflight, const publications::ResolvedTime& time,
                             const std::string& zone) {
  PreflightView view;
  const auto add = [&](const publications::Finding& f) {
    view.findings.push_back({.severity = f.severity == publications::Severity::kError ? "error" : "warning",
                             .code = f.code,
                             .account_id = f.account_id,
                             .field = f.field,
                             .rule = f.rule,
                             .detail = f.detail,
                             .how_to_fix = f.how_to_fix,
                             .params = f.params});
  };
  if (time.finding) add(*time.finding);
  std::ranges::for_each(preflight.findings, add);
  for (const auto& count : preflight.counts) {
    CountView shown{.account_id = count.account_id, .used = static_cast<std::int64_t>(count.used), .limit = {}};
    if (count.limit) shown.limit = static_cast<std::int64_t>(*count.limit);
    view.counts.push_back(shown);
  }
  if (time.instant) {
    const std::string local = to_rfc3339(*time.instant, zone);
    view.resolved = ResolvedView{.instant = to_rfc3339(*time.instant),
                                 .wall_time = local.substr(0, 16),
                                 .zone = zone,
                                 .offset = local.substr(19)};
  }
  return view;
}

CardView card_view(const Call& call, storage::Transaction& tx, const publications::Publication& p,
                   const std::vector<publishing::Delivery>& deliveries) {
  CardView card{.id = p.id,
                .status = std::string(publishing::to_string(publishing::status_of(deliveries))),
                .excerpt = {},
                .instant = rfc3339(p.instant),
                .wall_time = wall_text(p),
                .account_ids = p.account_ids,
                .thumbnail_url = {},
                .counts = {}};
  for (const auto& detail : p.details) {
    if (card.excerpt.empty()) card.excerpt = first_graphemes(detail.text, kExcerpt);
    if (card.thumbnail_url || detail.pictures.empty()) continue;
    if (const auto file = call.with.files.load(tx, detail.pictures.front().file_id)) {
      card.thumbnail_url = file_view(*file).thumbnail_url;
    }
  }
  for (const auto& delivery : deliveries) {
    ++card.counts.total;
    const auto status = publishing::status_of(delivery);
    if (status == publishing::Status::kPublished) ++card.counts.published;
    if (!publishing::actions_for(delivery).empty() && !publishing::is_waiting(delivery.state)) {
      ++card.counts.waiting_for_person;
    }
  }
  return card;
}

}  // namespace postmypost::api::v1
