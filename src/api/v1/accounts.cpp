// The catalogue of channels and the accounts of a project.
#include "api/v1/account_views.hpp"
#include "api/v1/endpoint.hpp"
#include "base/zones.hpp"
#include "identity/identity.hpp"

namespace postmypost::api::v1 {

struct ChannelView {
  std::string id, name, idempotency, country;
};
BOOST_DESCRIBE_STRUCT(ChannelView, (), (id, name, idempotency, country))
struct ChannelList {
  std::vector<ChannelView> items;
};
BOOST_DESCRIBE_STRUCT(ChannelList, (), (items))
struct AccountList {
  std::vector<AccountView> items;
};
BOOST_DESCRIBE_STRUCT(AccountList, (), (items))
struct ConnectReturn {
  std::string state;
  std::optional<std::string> code, error;
};
BOOST_DESCRIBE_STRUCT(ConnectReturn, (), (state, code, error))
struct WithdrawalView {
  std::int64_t posts = 0;  // that are left to delete
};
BOOST_DESCRIBE_STRUCT(WithdrawalView, (), (posts))
struct AccountChange {
  std::optional<std::string> page_visibility, title;
};
BOOST_DESCRIBE_STRUCT(AccountChange, (), (page_visibility, title))

networks::AccountFacts facts_of(const projects::AccountRow& row) {
  return {.remote_id = row.remote_id,
          .title = row.title,
          .handle = row.handle,
          .url = row.url,
          .host = row.host,
          .recipient = row.recipient,
          .software = row.software,
          .more = row.more};
}

networks::Capabilities capabilities_of(const Call& call, const projects::AccountRow& row) {
  const networks::Network* network = call.with.catalogue.find(row.channel);
  if (!network) throw std::logic_error("an account of a channel that this program does not have: " + row.channel);
  return network->capabilities(facts_of(row));
}

namespace {

std::optional<std::int64_t> count(const std::optional<std::size_t>& n) {
  return n ? std::optional(static_cast<std::int64_t>(*n)) : std::nullopt;
}

AccountRulesView rules_view(const networks::Capabilities& can) {
  return {.text = {.unit = std::string(networks::to_string(can.text.unit)),
                   .limit = count(can.text.limit),
                   .limit_with_pictures = count(can.text.limit_with_pictures),
                   .max_bytes = count(can.text.max_bytes),
                   .link_length = count(can.text.link_length),
                   .short_mentions = can.text.short_mentions,
                   .required = can.text.required},
          .pictures = {.max = static_cast<std::int64_t>(can.pictures.max),
                       .alt_max = count(can.pictures.alt_max),
                       .max_bytes = count(can.pictures.max_bytes),
                       .formats = can.pictures.formats}};
}

}  // namespace

AccountView account_view(const Call& call, storage::Transaction& tx, const projects::AccountRow& row) {
  const networks::Capabilities can = capabilities_of(call, row);
  AccountView view{.id = row.id,
                   .channel = row.channel,
                   .title = row.title,
                   .handle = row.handle,
                   .url = row.url.empty() ? std::nullopt : std::optional(row.url),
                   .state = std::string(projects::to_string(row.state)),
                   .problem = {},
                   .rules = rules_view(can),
                   .idempotency = std::string(networks::to_string(can.idempotency)),
                   .server = row.software.empty() ? std::nullopt : std::optional(row.software),
                   .connected_at = to_rfc3339(row.connected_at),
                   .verified_at = to_rfc3339(row.verified_at),
                   .page = {},
                   .service_chat = {}};
  if (row.problem) view.problem = problem_view(*row.problem, "");
  if (row.channel == "own_page") {
    if (const auto page = call.with.pages.of_account(tx, row.id)) {
      view.page = PageView{page->visibility == pages::Visibility::kPublic ? "public" : "private"};
      view.title = page->title;
    }
  }
  if (row.channel == "telegram") view.service_chat = row.more.contains("service_chat");
  return view;
}

namespace {

Result<ChannelList> list_channels(Call& call) {
  ChannelList list;
  for (const auto& network : call.with.catalogue.all()) {
    const auto& channel = network->channel();
    list.items.push_back({std::string(channel.id), std::string(channel.name),
                          std::string(networks::to_string(channel.idempotency)), std::string(channel.country)});
  }
  return list;
}

Result<AccountList> list_accounts(Call& call) {
  return call.with.database.read([&](storage::Transaction& tx) -> Result<AccountList> {
    AccountList list;
    for (const auto& row : call.with.account_rows.of_project(tx, call.project())) {
      list.items.push_back(account_view(call, tx, row));
    }
    return list;
  });
}

Result<AccountView> view_of(Call& call, std::int64_t account) {
  return call.with.database.read([&](storage::Transaction& tx) -> Result<AccountView> {
    TRY_ASSIGN(const projects::AccountRow row, call.with.account_rows.find(tx, call.project(), account));
    return account_view(call, tx, row);
  });
}

Result<AccountView> show_account(Call& call) { return view_of(call, call.id("account")); }

Result<accounts::ConnectRequest> connect_request(Call& call, const json::object& in) {
  json::object fields = in;
  const json::value* channel = fields.if_contains("channel");
  if (!channel || !channel->is_string()) return fail(json::missing_member("/channel"));
  accounts::ConnectRequest request{.user_id = call.me().user_id,
                                   .session_id = call.me().session_id,
                                   .project_id = call.project(),
                                   .account_id = {},
                                   .channel = std::string(channel->as_string()),
                                   .fields = {},
                                   .public_url = call.with.identity.settings().public_url,
                                   .language = call.me().locale};
  if (request.channel == "own_page" && fields.if_contains("acknowledged_public") != nullptr &&
      fields.at("acknowledged_public") != json::value(true)) {
    fields.erase("acknowledged_public");
  }
  if (request.channel == "own_page" && !fields.contains("acknowledged_public")) {
    return fail({.code = "page.acknowledge_public",
                 .detail = "An own page can be read by everybody; that has not been confirmed.",
                 .field = "/acknowledged_public",
                 .rule = "true",
                 .how_to_fix = "Tick that the page is public."});
  }
  fields.erase("channel");
  fields.erase("acknowledged_public");
  request.fields = std::move(fields);
  return request;
}

Result<json::value> finish_connect(Call& call, const accounts::ConnectRequest& request) {
  TRY(call.with.database.read([&](storage::Transaction& tx) { return identity::Identity::may_publish(tx, call.me().user_id); }));
  TRY_ASSIGN(const accounts::ConnectOutcome outcome, call.with.connections.connect(request));
  if (const auto* redirect = std::get_if<accounts::RedirectTo>(&outcome)) {
    call.status = 202;
    return json::object{{"redirect", redirect->url}};
  }
  const std::int64_t account = std::get<projects::AccountRow>(outcome).id;
  call.with.database.write([&](storage::Transaction& tx) { call.with.planning.account_reconnected(tx, account); });
  call.with.wake_engine();
  TRY_ASSIGN(const AccountView view, view_of(call, account));
  return json::write(view);
}

Result<json::value> connect_account(Call& call, const json::object& in) {
  TRY_ASSIGN(const accounts::ConnectRequest request, connect_request(call, in));
  return finish_connect(call, request);
}

Result<json::value> reconnect_account(Call& call, const json::object& in) {
  TRY(view_of(call, call.id("account")));
  TRY_ASSIGN(accounts::ConnectRequest request, connect_request(call, in));
  request.account_id = call.id("account");
  return finish_connect(call, request);
}

Result<AccountView> finish_return(Call& call, const ConnectReturn& in) {
  TRY_ASSIGN(const projects::AccountRow row, call.with.connections.returned(call.me().user_id, call.me().session_id,
                                                                           in.state, in.code, in.error));
  call.with.database.write([&](storage::Transaction& tx) { call.with.planning.account_reconnected(tx, row.id); });
  call.with.wake_engine();
  return call.with.database.read([&](storage::Transaction& tx) -> Result<AccountView> {
    return account_view(call, tx, row);
  });
}

Result<AccountView> change_account(Call& call, const AccountChange& in) {
  std::optional<pages::Visibility> visibility;
  if (in.page_visibility) {
    if (*in.page_visibility != "public" && *in.page_visibility != "private") {
      return fail(json::not_in_enum("/page_visibility", "public, private"));
    }
    visibility = *in.page_visibility == "public" ? pages::Visibility::kPublic : pages::Visibility::kPrivate;
  }
  TRY(call.with.database.write([&](storage::Transaction& tx) -> Result<> {
    TRY_ASSIGN(projects::AccountRow row, call.with.account_rows.find(tx, call.project(), call.id("account")));
    TRY_ASSIGN(const pages::Page page, call.with.pages.change(tx, row.id, in.title, visibility));
    row.title = page.title;
    call.with.account_rows.update_profile(tx, row);
    return {};
  }));
  if (in.title) call.with.database.sweep();  // the title before leaves the write-ahead log as well: it lies there in plain
  return view_of(call, call.id("account"));
}

// Disconnect is erasure: what was promised is cancelled, rows are emptied, and the account's key is destroyed.
Result<> disconnect_account(Call& call) {
  return call.with.leaving.disconnect(call.me().user_id, call.project(), call.id("account"));
}

Result<WithdrawalView> withdraw_account(Call& call) {
  TRY_ASSIGN(const std::int64_t posts, call.with.leaving.withdraw(call.me().user_id, call.project(), call.id("account")));
  call.with.leave_soon();
  return WithdrawalView{posts};
}

}  // namespace

Routes account_routes() {
  return {
      {"GET", "/api/v1/channels", endpoint<list_channels>(Access::kSession, 200, "Channels that can be connected")},
      {"GET", "/api/v1/projects/{project}/accounts", endpoint<list_accounts>(Access::kMember, 200, "Accounts of a project")},
      {"POST", "/api/v1/projects/{project}/accounts", reaching_out(endpoint<connect_account>(Access::kMember, 201, "Connect an account"))},
      {"GET", "/api/v1/projects/{project}/accounts/{account}", endpoint<show_account>(Access::kMember, 200, "An account")},
      {"PATCH", "/api/v1/projects/{project}/accounts/{account}",
       endpoint<change_account>(Access::kMember, 200, "Change an own page")},
      {"DELETE", "/api/v1/projects/{project}/accounts/{account}",
       reaching_out(endpoint<disconnect_account>(Access::kMember, 204, "Disconnect an account and erase it here"))},
      {"POST", "/api/v1/projects/{project}/accounts/{account}/withdrawal",
       reaching_out(endpoint<withdraw_account>(Access::kMember, 202, "Delete in the network what an account published, then disconnect it"))},
      {"POST", "/api/v1/projects/{project}/accounts/{account}/reconnect",
       reaching_out(endpoint<reconnect_account>(Access::kMember, 200, "Connect an account again"))},
      {"POST", "/api/v1/connect/return", in_person(reaching_out(endpoint<finish_return>(Access::kSession, 201, "Come back from a network's page")))},
  };
}

}  // namespace postmypost::api::v1
