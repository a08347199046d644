#include "api/v1/api.hpp"

#include <array>

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

}  // namespace

Routes all_routes() {
  struct Part {
    Area area;
    Routes (*routes)();
  };
  constexpr auto kParts = std::to_array<Part>({
      {Area::kOperator, instance_routes},     {Area::kOpen, document_routes},        {Area::kCabinet, people_routes},
      {Area::kInPerson, token_routes},        {Area::kCabinet, letter_routes},       {Area::kCabinet, choice_routes},       {Area::kProjects, project_routes},
      {Area::kAccounts, account_routes},      {Area::kFiles, file_routes},           {Area::kPublications, publication_routes},
      {Area::kPublications, publication_list_routes}, {Area::kPublications, delivery_routes}, {Area::kPublications, event_routes},   {Area::kCabinet, privacy_routes},
      {Area::kCabinet, notice_routes},
      {Area::kCabinet, ticket_routes},        {Area::kOperator, support_routes},     {Area::kOperator, register_routes},
      {Area::kCabinet, leaving_routes},       {Area::kCabinet, cabinet_routes},      {Area::kOperator, statistics_routes},
  });
  Routes all;
  for (const Part& part : kParts) {
    for (Route& route : part.routes()) {
      Endpoint& e = route.payload;
      const bool is_open = e.access == Access::kSetUp || e.access == Access::kAnyone || e.access == Access::kAnonymous;
      if (!is_open && e.area == Area::kOpen) e.area = e.access == Access::kOperator ? Area::kOperator : part.area;
      all.push_back(std::move(route));
    }
  }
  return all;
}

std::string session_cookie_name(const std::string& public_url) {
  return http::cookie_name(http::Cookie::kSession, public_url.starts_with("https://"));
}

Api::Api(Services services, RateLimits& limits)
    : services_(std::move(services)),
      routes_(all_routes()),
      limits_(limits),
      answers_(services_.database, services_.vault, services_.clock) {}

std::size_t Api::body_limit(std::string_view method, std::string_view path) const {
  if (method == "PUT" && path.starts_with("/api/v1/me/imports/")) return static_cast<std::size_t>(cabinet::kPieceOfImport);
  return method == "POST" && path.ends_with("/files") ? kUploadLimit : kBodyLimit;
}

// Counts for improvement are about people in their browser, and about who consented (clause 2.2.4).
void Api::note_use(const Call& call, std::string_view pattern) const {
  if (!call.actor || call.actor->session_id == 0) return;
  services_.improvement.note(call.actor->user_id, statistics::section_of(pattern), is_unsafe(call.request.method));
}

http::Response Api::respond(const http::Request& request) {
  Call call{.request = request, .with = services_};
  http::Parameters parameters;
  const Route* route = routes_.match(request.method, request.path, parameters);
  if (!route) return no_route(request);
  for (const auto& [name, value] : parameters.all()) call.parameters[name] = value;
  try {
    // One snapshot for all that is looked up about who asks.
    const auto admitted = services_.database.read([&](storage::Transaction&) { return admit(call, route->payload); });
    if (!admitted) return problem_response(admitted.error(), request.id);
    if (const auto known = check_query(request, route->payload); !known) return problem_response(known.error(), request.id);
    const Rate rate = rate_of(request.method, route->payload);
    const RateLimits::Verdict verdict = count(call, rate);
    note_use(call, route->path);
    http::Response response = verdict.is_allowed ? run(call, *route) : problem_response(too_many(verdict), request.id);
    if (call.actor) tell(verdict, rate, response.headers);
    return response;
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

http::Response Api::no_route(const http::Request& request) const {
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

RateLimits::Verdict Api::count(const Call& call, Rate rate) {
  if (!call.actor) return {};
  return limits_.take({.token_id = call.actor->token_id,
                       .user_id = call.actor->user_id,
                       .project_id = call.admitted ? call.admitted->id : 0},
                      rate);
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
