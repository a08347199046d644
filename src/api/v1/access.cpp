// Who may call what: checked from the table before a handler runs.
#include <algorithm>

#include "api/v1/api.hpp"
#include "http/cookies.hpp"
#include "identity/identity.hpp"

namespace postmypost::api::v1 {
namespace {

Error forbidden(std::string code, std::string detail, std::string fix) {
  return {.kind = ErrorKind::kForbidden, .code = std::move(code), .detail = std::move(detail), .how_to_fix = std::move(fix)};
}

// A page of another site can't send our header, and the browser says where a request comes from.
Result<> check_same_site(const http::Request& request, const std::string& public_url, bool set_up) {
  const auto site = request.headers.get("Sec-Fetch-Site");
  const auto origin = request.headers.get("Origin");
  const bool foreign_site = site && *site != "same-origin" && *site != "none";
  const bool foreign_origin = set_up && origin && *origin != public_url;
  if (request.headers.get("X-Requested-With") == "postmypost" && !foreign_site && !foreign_origin) return {};
  return fail(forbidden("request.cross_site", "This request does not come from a page of this server.",
                        "Send the header X-Requested-With: postmypost, or use an access token."));
}

Error is_set_up() {
  return {.kind = ErrorKind::kGone,
          .code = "setup.done",
          .detail = "This server has been set up already.",
          .how_to_fix = "Sign in."};
}

Error not_set_up() {
  return {.kind = ErrorKind::kUnavailable,
          .code = "setup.needed",
          .detail = "This server has not been set up yet.",
          .how_to_fix = "Open the set-up link that the server printed when it started."};
}

// Their tokens are revoked, so this is a session.
Error is_leaving() {
  return {.kind = ErrorKind::kConflict,
          .code = "person.leaving",
          .detail = "This cabinet is being deleted, so nothing in it can be changed.",
          .how_to_fix = "Take the deletion back first."};
}

Error unread_texts() {
  return {.kind = ErrorKind::kUnread,
          .code = "policy.acknowledge",
          .detail = "There is a version of the policy or of the terms that this person has not acknowledged.",
          .how_to_fix = "Sign in in a browser, read what is new and acknowledge it; /api/v1/session names the texts."};
}

}  // namespace

std::optional<identity::Actor> Api::actor_of(const http::Request& request) const {
  if (const auto header = request.headers.get("Authorization"); header && header->starts_with("Bearer ")) {
    return services_.identity.bearer(header->substr(7));
  }
  const std::string name = session_cookie_name(services_.identity.settings().public_url);
  if (const auto token = request.cookie(name)) return services_.identity.session(*token);
  return std::nullopt;
}

Result<> Api::admit(Call& call, const Endpoint& endpoint) const {
  const identity::Settings settings = services_.identity.settings();
  if (endpoint.access == Access::kSetUp || endpoint.access == Access::kAnyone) {
    if (is_unsafe(call.request.method)) TRY(check_same_site(call.request, settings.public_url, settings.set_up));
    if (endpoint.access == Access::kSetUp && settings.set_up) return fail(is_set_up());
    return {};
  }
  if (!settings.set_up) return fail(not_set_up());
  const bool by_token = call.request.headers.get("Authorization").has_value();
  if (is_unsafe(call.request.method) && !by_token) TRY(check_same_site(call.request, settings.public_url, true));
  if (is_unsafe(call.request.method) && services_.database.is_full()) {
    return fail({.kind = ErrorKind::kUnavailable,
                 .code = "storage.full",
                 .detail = "The server's disk is nearly full, so nothing new is taken.",
                 .how_to_fix = "Ask the operator to free space, then try again. Nothing was changed."});
  }
  if (endpoint.access == Access::kAnonymous) return {};
  call.actor = actor_of(call.request);
  if (!call.actor) {
    return fail({.kind = ErrorKind::kUnauthorized,
                 .code = "session.none",
                 .detail = "Nobody is signed in.",
                 .how_to_fix = "Sign in and try again."});
  }
  if (call.actor->token_id != 0) TRY(token_may(call.actor->scopes, endpoint.area, writes(call.request.method, endpoint)));
  if (!call.actor->has_acknowledged && !endpoint.before_reading) return fail(unread_texts());
  if (call.actor->is_leaving && is_unsafe(call.request.method) && !endpoint.before_reading) return fail(is_leaving());
  if (endpoint.access == Access::kOperator && call.actor->role != identity::Role::kOperator) {
    return fail(forbidden("right.operator", "Only the operator of this server may do this.", "Ask the operator."));
  }
  if (endpoint.access != Access::kMember && endpoint.access != Access::kOwner) return {};
  return admit_to_project(call, endpoint);
}

Result<> Api::admit_to_project(Call& call, const Endpoint& endpoint) const {
  auto project = services_.database.read([&](storage::Transaction& tx) {
    return services_.projects.find(tx, call.me().user_id, call.project());
  });
  if (!project) project = look_for_support(call, endpoint);
  if (!project) return std::unexpected(std::move(project).error());
  call.admitted = std::move(*project);
  if (endpoint.access == Access::kOwner && call.admitted->right != projects::Right::kOwner) {
    return fail(forbidden("right.owner", "Only an owner of the project may do this.", "Ask an owner of the project."));
  }
  return {};
}

// An operator reads a project with `?ticket=…` while its owner lets them (clause 3.2.4); the ledger has the day's row before
// anything is shown. Without that the project is not there.
Result<projects::Project> Api::look_for_support(Call& call, const Endpoint& endpoint) const {
  const std::int64_t ticket = number_of(call.request.query_value("ticket").value_or(""));
  const bool reads = endpoint.access == Access::kMember && !is_unsafe(call.request.method);
  if (ticket == 0 || !reads || call.me().role != identity::Role::kOperator) return not_found("project");
  const identity::Settings settings = services_.identity.settings();
  const care::Recipient recipient{.host = settings.public_url.substr(settings.public_url.find("://") + 3),
                                  .name = settings.operator_name};
  TRY(services_.database.write([&](storage::Transaction& tx) {
    return services_.tickets.look(tx, ticket, call.project(), recipient);
  }));
  auto project = services_.database.read([&](storage::Transaction& tx) { return services_.projects.load(tx, call.project()); });
  if (!project) return not_found("project");
  call.for_support = true;
  return std::move(*project);
}

// A misspelt filter would show too much and a misspelt dry_run do too much.
Result<> Api::check_query(const http::Request& request, const Endpoint& endpoint) {
  if (request.query.empty()) return {};
  const auto known = query_of(request.method, endpoint);
  for (const auto& [name, value] : request.query) {
    if (std::ranges::find(known, name, &QueryParameter::name) != known.end()) continue;
    std::string names;
    for (const QueryParameter& one : known) names += (names.empty() ? "" : ", ") + std::string(one.name);
    return fail({.code = "request.unknown_parameter",
                 .detail = "This address does not take this parameter.",
                 .field = "?" + name,
                 .rule = names.empty() ? "none" : "enum=" + names,
                 .how_to_fix = names.empty() ? "Leave it out." : "Use one of: " + names + ".",
                 .params = {{"names", names}}});
  }
  return {};
}

}  // namespace postmypost::api::v1
