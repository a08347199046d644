#include "api/v4_1/api.hpp"

#include "api/scopes.hpp"
#include "api/v4_1/errors.hpp"
#include "base/log.hpp"
#include "identity/identity.hpp"

namespace postmypost::api::v4_1 {
namespace {

constexpr std::size_t kBodyLimit = 1U << 20U;
constexpr std::size_t kFormLimit = static_cast<std::size_t>(media::kLargestUpload) + (1U << 20U);

bool is_unsafe(const http::Request& request) { return request.method != "GET" && request.method != "HEAD"; }

// Behind the prefix; a client whose base address ends in a slash sends two.
std::string path_in(std::string_view path) {
  path.remove_prefix(kPrefix.size());
  while (path.starts_with("//")) path.remove_prefix(1);
  return std::string(path);
}

Error unavailable(std::string code, std::string detail) {
  return {.kind = ErrorKind::kUnavailable, .code = std::move(code), .detail = std::move(detail), .how_to_fix = "Try again in a minute.",
          .retry_after_s = 60};
}

std::optional<Error> problem_of(storage::DatabaseError::Kind kind) {
  using Kind = storage::DatabaseError::Kind;
  switch (kind) {
    case Kind::kFull: return unavailable("storage.full", "The server's disk is full. Nothing was changed.");
    case Kind::kBusy: return unavailable("storage.busy", "The database is too busy. Nothing was changed.");
    case Kind::kLost: return unavailable("storage.away", "The database can't be reached. Nothing was changed.");
    case Kind::kUnknown: return unavailable("storage.unknown", "The database went away before it said whether it kept this change.");
    default: return std::nullopt;
  }
}

void add_headers(http::Response& response, const Allowance& allowance) {
  response.headers.set("X-Rate-Limit-Limit", std::to_string(allowance.limit));
  response.headers.set("X-Rate-Limit-Remaining", std::to_string(allowance.remaining));
  response.headers.set("X-Rate-Limit-Reset", std::to_string(allowance.reset_s));
}

}  // namespace

bool is_ours(std::string_view path) {
  path = path.substr(0, path.find('?'));
  return path == kPrefix || path.starts_with(std::string(kPrefix) + "/");
}

std::optional<std::string> Call::query(std::string_view name) const {
  const auto value = request.query_value(name);
  return value ? std::optional(std::string(*value)) : std::nullopt;
}

Result<projects::Project> Call::project(storage::Transaction& tx, std::int64_t id) const {
  return services().projects.find(tx, actor.user_id, id);
}

Result<json::object> body_of(const Call& call) {
  TRY_ASSIGN(json::value body, json::parse(call.request.body));
  if (!body.is_object()) return fail(json::wrong_type("", "object"));
  return std::move(body.as_object());
}

Error named_in_body(Error error, std::string field) {
  error.kind = ErrorKind::kInvalid;
  error.field = std::move(field);
  error.rule = "exists";
  return error;
}

Routes all_routes() {
  Routes all;
  for (const auto part : {reference_routes, publication_routes, upload_routes, analytics_routes}) {
    for (Route& route : part()) all.push_back(std::move(route));
  }
  return all;
}

Api::Api(Rooms rooms) : rooms_(std::move(rooms)), routes_(all_routes()) {}

std::size_t Api::body_limit(std::string_view path) { return path_in(path) == "/upload/form" ? kFormLimit : kBodyLimit; }

Result<> Api::admit(Call& call, const Endpoint& endpoint) const {
  Services& with = rooms_.services;
  if (!with.identity.settings().set_up) return fail(unavailable("setup.needed", "This server has not been set up yet."));
  if (is_unsafe(call.request) && with.database.is_full()) {
    return fail(unavailable("storage.full", "The server's disk is nearly full, so nothing new is taken."));
  }
  if (endpoint.access == Access::kForm) return {};
  const auto header = call.request.headers.get("Authorization");
  const auto actor = header && header->starts_with("Bearer ") ? with.identity.bearer(header->substr(7)) : std::nullopt;
  if (!actor) {
    return fail({.kind = ErrorKind::kUnauthorized, .code = "token.unknown", .detail = "Your request was made with invalid credentials."});
  }
  call.actor = *actor;
  if (!call.actor.has_acknowledged) {
    return fail({.kind = ErrorKind::kUnread,
                 .code = "policy.acknowledge",
                 .detail = "There is a version of the policy or of the terms that this token's person has not acknowledged.",
                 .how_to_fix = "Sign in in a browser, read what is new and acknowledge it."});
  }
  if (endpoint.scope.empty() || covers(call.actor.scopes, endpoint.scope)) return {};
  return fail({.kind = ErrorKind::kForbidden,
               .code = "token.scope",
               .detail = "You are not allowed to perform this action.",
               .rule = "scope=" + std::string(endpoint.scope),
               .how_to_fix = "Use a token that has the scope " + std::string(endpoint.scope) + "."});
}

http::Response Api::run(Call& call, const Endpoint& endpoint) const {
  std::optional<Allowance> allowance;
  if (endpoint.access == Access::kToken && rooms_.rate_limiter) allowance = rooms_.rate_limiter(call.actor, endpoint.rate);
  http::Response response;
  if (allowance && !allowance->is_allowed) {
    response = error_response(Error{.kind = ErrorKind::kTooMany,
                                    .code = "rate.limited",
                                    .detail = "Rate limit exceeded.",
                                    .how_to_fix = "Wait as long as Retry-After says.",
                                    .retry_after_s = std::max(1, allowance->reset_s)});
  } else if (auto result = endpoint.run(call); !result) {
    response = error_response(result.error());
  } else if (result->is_null()) {
    response = {.status = 204};
  } else {
    response = http::Response::text(200, "application/json; charset=UTF-8", json::serialize(*result));
    response.headers.set("Cache-Control", "no-store");
  }
  if (allowance) add_headers(response, *allowance);
  return response;
}

http::Response Api::respond(const http::Request& request) {
  Call call{.request = request, .with = rooms_};
  http::Parameters parameters;
  const std::string path = path_in(request.path);
  const Route* route = routes_.match(request.method, path, parameters);
  if (!route) {
    const auto methods = routes_.allowed_methods(path);
    if (methods.empty()) return error_response(404, "Resource not found.");
    http::Response response = error_response(405, "This address does not take this method.");
    std::string allow;
    for (const std::string_view method : methods) allow += (allow.empty() ? "" : ", ") + std::string(method);
    response.headers.set("Allow", allow);
    return response;
  }
  for (const auto& [name, value] : parameters.all()) call.parameters[name] = value;
  try {
    if (const auto admitted = admit(call, route->payload); !admitted) return error_response(admitted.error());
    call.base_url = rooms_.public_url();
    return run(call, route->payload);
  } catch (const vault::Unreadable& failure) {
    log::error("data.unreadable", {{"request", request.id}, {"why", failure.what()}});
    return error_response(Error{.kind = ErrorKind::kUnavailable,
                                .code = "data.unreadable",
                                .detail = "Something stored for this can't be opened with the server's keys.",
                                .how_to_fix = "Ask the operator to run `postmypost keys check`."});
  } catch (const storage::DatabaseError& failure) {
    const auto problem = problem_of(failure.kind());
    if (!problem) throw;
    log::error(problem->code, {{"request", request.id}, {"why", failure.what()}});
    return error_response(*problem);
  }
}

}  // namespace postmypost::api::v4_1
