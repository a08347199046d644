#include "api/v1/api.hpp"

#include "base/log.hpp"
#include "http/cookies.hpp"
#include "identity/identity.hpp"

namespace postmypost::api {

std::int64_t number_of(std::string_view text) {
  if (text.size() > 16) return 0;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return 0;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::int64_t Call::id(const std::string& parameter) const {
  const auto found = parameters.find(parameter);
  return found == parameters.end() ? 0 : number_of(found->second);
}

}  // namespace postmypost::api

namespace postmypost::api::v1 {
namespace {

constexpr std::size_t kBodyLimit = 1U << 20U;
constexpr std::size_t kUploadLimit = 65U << 20U;  // a 64 MB picture and its form

bool is_unsafe(const http::Request& request) { return request.method != "GET" && request.method != "HEAD"; }

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

Error not_set_up() {
  return {.kind = ErrorKind::kUnavailable,
          .code = "setup.needed",
          .detail = "This server has not been set up yet.",
          .how_to_fix = "Open the set-up link that the server printed when it started."};
}

// A sealed value that was moved, changed or never sealed, or whose key is gone: nothing of it is shown, nothing is changed.
Error unreadable() {
  return {.kind = ErrorKind::kUnavailable,
          .code = "data.unreadable",
          .detail = "Something stored for this can't be opened with the server's keys.",
          .how_to_fix = "Ask the operator to run `postmypost keys check`."};
}

// What a person can do about a store that fails; nothing when it is a bug.
std::optional<Error> problem_of(storage::DatabaseError::Kind kind) {
  using Kind = storage::DatabaseError::Kind;
  Error error{.kind = ErrorKind::kUnavailable};
  switch (kind) {
    case Kind::kFull:
      error.code = "storage.full";
      error.detail = "The server's disk is full. Nothing was changed.";
      error.how_to_fix = "Ask the operator to free space, then try again.";
      return error;
    case Kind::kBusy:
    case Kind::kLost:
      error.code = kind == Kind::kBusy ? "storage.busy" : "storage.away";
      error.detail = kind == Kind::kBusy ? "The database is too busy. Nothing was changed."
                                         : "The database can't be reached. Nothing was changed.";
      error.how_to_fix = "Try again in a minute.";
      return error;
    case Kind::kUnknown:
      error.code = "storage.unknown";
      error.detail = "The database went away before it said whether it kept this change.";
      error.how_to_fix = "Load the page again and look before you repeat it.";
      return error;
    default:
      return std::nullopt;
  }
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

Routes all_routes() {
  Routes all;
  for (const auto part : {instance_routes, document_routes, people_routes, choice_routes, project_routes, account_routes,
                          file_routes, publication_routes, delivery_routes, privacy_routes, notice_routes,
                          ticket_routes, support_routes, register_routes, leaving_routes, cabinet_routes,
                          statistics_routes}) {
    for (Route& route : part()) all.push_back(std::move(route));
  }
  return all;
}

std::string session_cookie_name(const std::string& public_url) {
  return http::cookie_name(http::Cookie::kSession, public_url.starts_with("https://"));
}

Api::Api(Services services) : services_(std::move(services)), routes_(all_routes()) {}

std::size_t Api::body_limit(std::string_view method, std::string_view path) const {
  if (method == "PUT" && path.starts_with("/api/v1/me/imports/")) return static_cast<std::size_t>(cabinet::kPieceOfImport);
  return method == "POST" && path.ends_with("/files") ? kUploadLimit : kBodyLimit;
}

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
    if (is_unsafe(call.request)) TRY(check_same_site(call.request, settings.public_url, settings.set_up));
    return {};
  }
  if (!settings.set_up) return fail(not_set_up());
  const bool by_token = call.request.headers.get("Authorization").has_value();
  if (is_unsafe(call.request) && !by_token) TRY(check_same_site(call.request, settings.public_url, true));
  if (is_unsafe(call.request) && services_.database.is_full()) {
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
  if (!call.actor->has_acknowledged && !endpoint.before_reading) return fail(unread_texts());
  if (call.actor->is_leaving && is_unsafe(call.request) && !endpoint.before_reading) return fail(is_leaving());
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
  const bool reads = endpoint.access == Access::kMember && !is_unsafe(call.request);
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

// Counts for improvement are about people in their browser, and about who consented (clause 2.2.4).
void Api::note_use(const Call& call, std::string_view pattern) const {
  if (!call.actor || call.actor->session_id == 0) return;
  services_.improvement.note(call.actor->user_id, statistics::section_of(pattern), is_unsafe(call.request));
}

http::Response Api::respond(const http::Request& request) {
  Call call{.request = request, .with = services_};
  http::Parameters parameters;
  const Route* route = routes_.match(request.method, request.path, parameters);
  if (!route) {
    const auto methods = routes_.allowed_methods(request.path);
    if (methods.empty()) return problem_response(not_found("route").error(), request.id);
    std::string allow;
    for (const std::string_view method : methods) allow += (allow.empty() ? "" : ", ") + std::string(method);
    http::Response response = problem_response({.kind = ErrorKind::kInvalid,
                                                .code = "request.method",
                                                .detail = "This address does not take this method.",
                                                .rule = "method=" + allow,
                                                .how_to_fix = "Use one of: " + allow + "."},
                                               request.id);
    response.status = 405;
    response.headers.set("Allow", allow);
    return response;
  }
  for (const auto& [name, value] : parameters.all()) call.parameters[name] = value;
  try {
    // One snapshot for all that is looked up about who asks.
    const auto admitted = services_.database.read([&](storage::Transaction&) { return admit(call, route->payload); });
    if (!admitted) return problem_response(admitted.error(), request.id);
    note_use(call, route->path);
    return route->payload.run(call, route->payload.status);
  } catch (const vault::Unreadable& failure) {
    log::error("data.unreadable", {{"request", request.id}, {"why", failure.what()}});
    return problem_response(unreadable(), request.id);
  } catch (const storage::DatabaseError& failure) {
    auto problem = problem_of(failure.kind());
    if (!problem) throw;
    log::error(problem->code, {{"request", request.id}, {"why", failure.what()}});
    return problem_response(*problem, request.id);
  }
}

Result<json::value> body_of(const http::Request& request) {
  const auto type = request.headers.get("Content-Type");
  if (!type || !type->starts_with("application/json")) {
    return fail({.kind = ErrorKind::kMalformed,
                 .code = "request.content_type",
                 .detail = "The body must be JSON.",
                 .rule = "content_type=application/json",
                 .how_to_fix = "Send it with Content-Type: application/json."});
  }
  return json::parse(request.body);
}

http::Response json_response(Call& call, int status, const json::value& value) {
  http::Response response = http::Response::text(status, "application/json", json::serialize(value));
  response.headers.set("Cache-Control", "no-store");
  for (const auto& [name, text] : call.answer_headers.all()) response.headers.add(name, text);
  return response;
}

http::Response empty_response(Call& call, int status) {
  http::Response response{.status = status == 200 ? 204 : status};
  response.headers.set("Cache-Control", "no-store");
  for (const auto& [name, text] : call.answer_headers.all()) response.headers.add(name, text);
  return response;
}

}  // namespace postmypost::api::v1
