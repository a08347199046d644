#include "accounts/connections.hpp"

#include <boost/json.hpp>

#include <algorithm>

#include "accounts/transfers.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "vault/ledger.hpp"

namespace postmypost::accounts {
namespace {

using vault::Category;
using vault::KeyScope;
using vault::Purpose;

constexpr int kMostSteps = 32;
constexpr Duration kRedirectLife = minutes(10);
constexpr std::size_t kMostAccounts = 1000;

vault::Place remembered_place(std::int64_t id, std::int64_t user) {
  return {"pending_connect", "remembered", id, KeyScope::kUser, user};
}
vault::Place app_place(std::int64_t id) { return {"network_app", "registered", id, KeyScope::kInstance, 0}; }

// The host a person means by "https://Soyka.Example/", "@me@soyka.example" or "soyka.example".
std::string host_of_input(const boost::json::object& fields) {
  const boost::json::value* instance = fields.if_contains("instance");
  if (!instance || !instance->is_string()) return {};
  std::string text = fold_case(std::string_view(instance->as_string()));
  if (const auto scheme = text.find("://"); scheme != std::string::npos) text.erase(0, scheme + 3);
  if (const auto at = text.rfind('@'); at != std::string::npos) text.erase(0, at + 1);
  return text.substr(0, text.find('/'));
}

Error state_unknown() {
  return {.kind = ErrorKind::kNotFound,
          .code = "connect.state_unknown",
          .detail = "This answer of a network belongs to no connection that you began.",
          .how_to_fix = "Begin connecting the account again."};
}

}  // namespace

// One run of a connect flow; lives for one request.
struct Connections::Flow {
  ConnectRequest request;
  const networks::Network* network = nullptr;
  networks::ConnectInput input;
  networks::Progress progress;
  std::string evidence;
  std::vector<Transfer> transfers = {};
};

Connections::Connections(storage::Database& database, vault::Vault& vault, const Clock& clock, Random& random,
                         http::EgressClient& egress, const networks::Catalogue& catalogue,
                         const projects::AccountRows& rows, const pages::Pages& pages)
    : database_(database),
      vault_(vault),
      clock_(clock),
      random_(random),
      egress_(egress),
      catalogue_(catalogue),
      rows_(rows),
      pages_(pages) {}

Result<ConnectOutcome> Connections::connect(const ConnectRequest& request) const {
  Flow flow{.request = request, .network = catalogue_.find(request.channel), .input = {}, .progress = {},
            .evidence = "connect:" + random_.token(12)};
  if (!flow.network) {
    return fail({.code = "channel.unknown",
                 .detail = "There is no such channel.",
                 .field = "/channel",
                 .rule = "enum",
                 .how_to_fix = "Choose a channel from the list."});
  }
  flow.input = {.fields = request.fields,
                .return_url = request.public_url + "/connect/" + request.channel + "/return",
                .state = random_.token(24),
                .verifier = random_.token(48),
                .code = {},
                .app_name = "Postmypost",
                .app = known_app(request.channel, host_of_input(request.fields))};
  return run(flow);
}

Result<ConnectOutcome> Connections::run(Flow& flow) const {
  auto outcome = go_through(flow);
  record_outcomes(flow.transfers);
  return outcome;
}

Result<ConnectOutcome> Connections::go_through(Flow& flow) const {
  for (int steps = 0; steps < kMostSteps; ++steps) {
    const networks::Next next = flow.network->connect(flow.input, flow.progress);
    if (const auto* step = std::get_if<networks::Step>(&next)) {
      TRY_ASSIGN(const http::Answer answer, send(flow, *step));
      const networks::Verdict verdict = flow.network->read(*step, answer, 1, clock_.now());
      if (const auto* done = std::get_if<networks::Done>(&verdict)) {
        for (const auto& member : done->learnt) flow.progress[member.key()] = member.value();
      } else if (const auto* refused = std::get_if<networks::NotApplied>(&verdict)) {
        return fail(refused->error);
      } else if (const auto* lost = std::get_if<networks::AccountLost>(&verdict)) {
        return fail(lost->error);
      } else {
        return fail({.kind = ErrorKind::kUpstream,
                     .code = "network.no_answer",
                     .detail = "The network did not give a usable answer.",
                     .how_to_fix = "Check the address and try again in a minute."});
      }
    } else if (const auto* redirect = std::get_if<networks::Redirect>(&next)) {
      keep_app(flow);
      return remember(flow, redirect->url);
    } else if (const auto* connected = std::get_if<networks::Connected>(&next)) {
      TRY_ASSIGN(projects::AccountRow row, store(flow, *connected));
      return ConnectOutcome(std::move(row));
    } else if (const auto* refused = std::get_if<networks::Refused>(&next)) {
      return fail(refused->error);
    } else {
      throw std::logic_error("a connect flow gave what only other flows give");
    }
  }
  throw std::logic_error("a connect flow does not end");
}

Result<http::Answer> Connections::send(Flow& flow, const networks::Step& step) const {
  TRY_ASSIGN(const http::UrlParts url, http::parse_url(step.request.url));
  Transfer& transfer = transfer_for(flow.transfers, step,
                                    {.recipient_host = url.host,
                                     .recipient = std::string(flow.network->channel().name),
                                     .country = std::string(flow.network->channel().country),
                                     .purpose = vault::Purpose::kPublish,
                                     .clause = "3.2.2",
                                     .user_id = flow.request.user_id,
                                     .project_id = flow.request.project_id,
                                     .evidence = flow.evidence});
  return send(transfer, step);
}

// One row for a host, and another one when a later step hands over what the first does not name.
Connections::Transfer& Connections::transfer_for(std::vector<Transfer>& transfers, const networks::Step& step,
                                                 vault::Disclosure disclosure) const {
  const auto covers = [&](const Transfer& one) {
    return one.row.recipient_host() == disclosure.recipient_host &&
           std::ranges::all_of(step.discloses, [&](const std::string& kind) { return one.kinds.contains(kind); });
  };
  if (const auto found = std::ranges::find_if(transfers, covers); found != transfers.end()) return *found;
  disclosure.what = step.discloses;
  transfers.push_back({.row = database_.write([&](storage::Transaction& tx) {
                         return vault::Ledger::record(tx, disclosure, clock_.now());
                       }),
                       .kinds = {step.discloses.begin(), step.discloses.end()}});
  return transfers.back();
}

http::Answer Connections::send(Transfer& transfer, const networks::Step& step) const {
  http::Answer answer = egress_.perform(transfer.row, step.request);
  combine(transfer.outcome, outcome_of(answer));
  return answer;
}

void Connections::record_outcomes(std::span<const Transfer> transfers) const {
  std::vector<vault::Ledger::Outcome> outcomes;
  for (const Transfer& transfer : transfers) {
    outcomes.push_back({transfer.row.id(), transfer.outcome.value_or(vault::DisclosureOutcome::kNotSent)});
  }
  if (outcomes.empty()) return;
  database_.write([&](storage::Transaction& tx) { vault::Ledger::record_outcomes(tx, outcomes, clock_.now()); });
}

boost::json::object Connections::known_app(const std::string& channel, const std::string& host) const {
  if (host.empty()) return {};
  return database_.read([&](storage::Transaction& tx) -> boost::json::object {
    const auto row = tx.row<std::int64_t, storage::Blob>(
        "select id, registered from network_app where channel=$1 and host=$2", channel, host);
    if (!row) return {};
    const auto& [id, sealed] = *row;
    return boost::json::parse(
               vault_.open<Purpose::kPublish>(app_place(id), vault::Sealed<Category::kCredential>{sealed.bytes}))
        .as_object();
  });
}

// Servers throttle registrations, so one serves every account of an instance.
void Connections::keep_app(const Flow& flow) const {
  const boost::json::value* app = flow.progress.if_contains("app");
  const std::string host = host_of_input(flow.request.fields);
  if (!app || !app->is_object() || host.empty() || app->as_object() == flow.input.app) return;
  database_.write([&](storage::Transaction& tx) {
    tx.execute("delete from network_app where channel=$1 and host=$2", flow.request.channel, host);
    const std::int64_t id = tx.next_id("network_app");
    const auto sealed = vault_.seal<Category::kCredential>(app_place(id), boost::json::serialize(*app));
    tx.execute("insert into network_app (id, channel, host, registered, created_at) values ($1,$2,$3,$4,$5)", id,
               flow.request.channel, host, storage::Blob{sealed.bytes}, clock_.now());
  });
}

Result<ConnectOutcome> Connections::remember(const Flow& flow, const std::string& url) const {
  const boost::json::object remembered{{"fields", flow.request.fields},
                                       {"progress", flow.progress},
                                       {"state", flow.input.state},
                                       {"verifier", flow.input.verifier},
                                       {"public_url", flow.request.public_url},
                                       {"language", flow.request.language}};
  database_.write([&](storage::Transaction& tx) {
    tx.execute("delete from pending_connect where expires_at < $1", clock_.now());
    const std::int64_t id = tx.next_id("pending_connect");
    const auto sealed = vault_.seal<Category::kCredential>(remembered_place(id, flow.request.user_id),
                                                           boost::json::serialize(remembered));
    tx.execute(
        "insert into pending_connect (id, state_hash, user_id, session_id, project_id, account_id, channel, "
        "remembered, expires_at) values ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
        id, storage::Blob{sha256(flow.input.state)}, flow.request.user_id, flow.request.session_id,
        flow.request.project_id, flow.request.account_id, flow.request.channel, storage::Blob{sealed.bytes},
        clock_.now() + kRedirectLife);
  });
  return RedirectTo{url};
}

Result<projects::AccountRow> Connections::returned(std::int64_t user_id, std::int64_t session_id,
                                                   std::string_view state, std::optional<std::string> code,
                                                   std::optional<std::string> error) const {
  // Taken out whatever comes next: a state serves once.
  auto taken = database_.write([&](storage::Transaction& tx) -> Result<Flow> {
    const auto row = tx.row<std::int64_t, std::int64_t, std::optional<std::int64_t>, std::string, storage::Blob, Instant>(
        "select id, project_id, account_id, channel, remembered, expires_at from pending_connect "
        "where state_hash=$1 and user_id=$2 and session_id=$3",
        storage::Blob{sha256(state)}, user_id, session_id);
    if (!row) return fail(state_unknown());
    const auto& [id, project, account, channel, sealed, expires] = *row;
    const boost::json::object remembered =
        boost::json::parse(vault_.open<Purpose::kPublish>(remembered_place(id, user_id),
                                                          vault::Sealed<Category::kCredential>{sealed.bytes}))
            .as_object();
    tx.execute("delete from pending_connect where id=$1", id);
    const auto text = [&](std::string_view name) { return std::string(remembered.at(name).as_string()); };
    Flow flow{.request = {.user_id = user_id,
                          .session_id = session_id,
                          .project_id = project,
                          .account_id = account,
                          .channel = channel,
                          .fields = remembered.at("fields").as_object(),
                          .public_url = text("public_url"),
                          .language = text("language")},
              .network = catalogue_.find(channel),
              .input = {},
              .progress = remembered.at("progress").as_object(),
              .evidence = "connect:" + random_.token(12)};
    flow.input = {.fields = flow.request.fields,
                  .return_url = flow.request.public_url + "/connect/" + channel + "/return",
                  .state = text("state"),
                  .verifier = text("verifier"),
                  .code = code.value_or(""),
                  .app_name = "Postmypost",
                  .app = {}};
    if (expires < clock_.now()) flow.network = nullptr;
    return flow;
  });
  if (!taken) return fail(taken.error());
  if (!taken->network) {
    return fail({.kind = ErrorKind::kGone,
                 .code = "connect.expired",
                 .detail = "More than ten minutes passed since you began connecting.",
                 .how_to_fix = "Begin connecting the account again."});
  }
  if (error || !code || code->empty()) {
    return fail({.kind = ErrorKind::kConflict,
                 .code = "connect.refused",
                 .detail = "The network says that access was not given.",
                 .how_to_fix = "Begin again and press the button that allows access."});
  }
  TRY_ASSIGN(ConnectOutcome outcome, run(*taken));
  if (auto* row = std::get_if<projects::AccountRow>(&outcome)) return std::move(*row);
  return fail(state_unknown());
}

Result<> Connections::make_page(storage::Transaction& tx, const Flow& flow, const projects::AccountRow& row) const {
  TRY_ASSIGN(const http::UrlParts url, http::parse_url(flow.request.public_url));
  TRY(pages_.create(tx, row.id, row.remote_id, row.title, flow.request.language, url.host));
  return {};
}

Result<projects::AccountRow> Connections::store(const Flow& flow, const networks::Connected& connected) const {
  return database_.write([&](storage::Transaction& tx) -> Result<projects::AccountRow> {
    const Instant now = clock_.now();
    const networks::AccountFacts& facts = connected.facts;
    projects::AccountRow row{.id = 0,
                             .project_id = flow.request.project_id,
                             .channel = flow.request.channel,
                             .state = projects::AccountState::kConnected,
                             .title = facts.title,
                             .handle = facts.handle,
                             .url = facts.url,
                             .host = facts.host,
                             .recipient = facts.recipient,
                             .software = facts.software,
                             .remote_id = facts.remote_id,
                             .more = facts.more,
                             .problem = {},
                             .connected_at = now,
                             .verified_at = now};
    const auto others = rows_.of_project(tx, flow.request.project_id);
    if (flow.request.account_id) {
      TRY_ASSIGN(const projects::AccountRow old, rows_.find(tx, flow.request.project_id, *flow.request.account_id));
      if (old.remote_id != row.remote_id || old.channel != row.channel) {
        return fail({.kind = ErrorKind::kConflict,
                     .code = "account.other_remote",
                     .detail = "This is another account than the one that was connected here.",
                     .how_to_fix = "Sign in there with the same account, or connect this one as a new account."});
      }
      row.id = old.id;
      if (row.channel == "own_page") row.url = flow.request.public_url + "/@" + row.remote_id;
      row.connected_at = old.connected_at;
      rows_.reconnected(tx, row, connected.secrets);
      if (row.channel == "own_page" && !pages_.of_account(tx, row.id)) TRY(make_page(tx, flow, row));  // it came with an archive
      return rows_.find(tx, flow.request.project_id, row.id);
    }
    if (others.size() >= kMostAccounts) {
      return fail({.code = "account.too_many",
                   .detail = "A project has at most 1,000 accounts.",
                   .rule = "max_items=1000",
                   .how_to_fix = "Disconnect one, or make another project."});
    }
    for (const projects::AccountRow& other : others) {
      if (other.channel != row.channel || other.remote_id != row.remote_id) continue;
      return fail({.kind = ErrorKind::kConflict,
                   .code = "account.already_connected",
                   .detail = "This account is already connected to the project.",
                   .how_to_fix = "Use it, or reconnect it from the list.",
                   .params = {{"account", std::to_string(other.id)}}});
    }
    if (row.channel == "own_page") row.url = flow.request.public_url + "/@" + row.remote_id;
    row.id = rows_.insert(tx, row, connected.secrets);
    if (row.channel == "own_page") TRY(make_page(tx, flow, row));
    return rows_.find(tx, flow.request.project_id, row.id);
  });
}

}  // namespace postmypost::accounts
