// One request through its handler: at most once under an Idempotency-Key, only if unchanged with If-Match, without a trace as
// a dry run.
//
// What changes only the database is then one write (Database::as_one): the change, the stored answer and the comparison stand
// or fall together. Without any of the three the handler's own transactions are enough.
#include "api/invalid.hpp"
#include "api/v1/api.hpp"
#include "api/v1/shaping.hpp"
#include "base/fault_point.hpp"

namespace postmypost::api::v1 {

struct Wishes {
  std::optional<NamedRequest> request;
  std::optional<std::string> if_match;
  bool is_dry_run = false;
};

namespace {

bool succeeded(const http::Response& response) { return response.status < 300; }

Result<Wishes> wishes_of(const Call& call, const Endpoint& endpoint) {
  Wishes wishes;
  const http::Request& request = call.request;
  if (const auto dry = request.query_value("dry_run"); dry && *dry != "false") {
    if (*dry != "true") return fail(invalid("request.dry_run", "dry_run is true or false.", "?dry_run", "true, false", "Send dry_run=true."));
    wishes.is_dry_run = true;
  }
  if (const auto tag = request.headers.get("If-Match"); tag && *tag != "*") wishes.if_match = std::string(*tag);
  if (call.actor && request.headers.get("Idempotency-Key")) {
    TRY_ASSIGN(wishes.request, named(request, call.actor->user_id, call.actor->token_id));
  }
  if (endpoint.reach == Reach::kDatabase || (!wishes.is_dry_run && !wishes.if_match)) return wishes;
  return fail(invalid("request.reaches_outside", "This request reaches outside the database, so it can't be tried or be made conditional.",
                      wishes.is_dry_run ? "?dry_run" : "", "database_only", "Send it without dry_run and If-Match."));
}

StoredAnswer to_store(const http::Response& response, const Endpoint& endpoint) {
  if (endpoint.secret.empty()) return {.status = response.status, .body = response.body};
  json::object body = json::parse(response.body).value().as_object();
  body[endpoint.secret] = nullptr;
  return {.status = 200, .body = json::serialize(body)};
}

http::Response replayed(const StoredAnswer& answer) {
  http::Response response{.status = answer.status};
  if (!answer.body.empty()) response = http::Response::text(answer.status, "application/json", answer.body);
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Idempotency-Replayed", "true");
  return response;
}

Error changed_meanwhile() {
  return {.kind = ErrorKind::kStale,
          .code = "request.changed",
          .detail = "This is not what it was when you read it.",
          .rule = "If-Match",
          .how_to_fix = "Read it again, then send your change with the new ETag."};
}

}  // namespace

// A refused or tried write comes back as the error of the whole, so that nothing of it stays.
http::Response Api::run_as_one(const Call& call, const Route& route, const Wishes& wishes) {
  const std::string& id = call.request.id;
  using Outcome = std::expected<http::Response, http::Response>;
  const auto work = [&]() -> Outcome {
    if (wishes.request) {
      auto before = services_.database.read([&](storage::Transaction& tx) { return answers_.find(tx, *wishes.request); });
      if (!before) return std::unexpected(problem_response(before.error(), id));
      if (*before) return std::unexpected(replayed(**before));
    }
    if (wishes.if_match && etag_now(call) != wishes.if_match) return std::unexpected(problem_response(changed_meanwhile(), id));
    Call fresh = call;  // a write may run again
    http::Response response = route.payload.run(fresh, route.payload.status);
    if (!succeeded(response)) return std::unexpected(std::move(response));
    if (wishes.is_dry_run) {
      response.headers.set("Dry-Run", "true");
      return std::unexpected(std::move(response));
    }
    if (wishes.request) {
      services_.database.write(
          [&](storage::Transaction& tx) { answers_.store(tx, *wishes.request, to_store(response, route.payload)); });
    }
    return response;
  };
  Outcome outcome = services_.database.as_one(work);
  FAULT_POINT("api.committed");
  if (!outcome) return std::move(outcome).error();
  services_.wake_engine();  // the handler did before anything was there to see
  return std::move(*outcome);
}

http::Response Api::run_claimed(Call& call, const Route& route, const NamedRequest& request) {
  auto before = answers_.claim(request);
  if (!before) return problem_response(before.error(), call.request.id);
  if (*before) return replayed(**before);
  http::Response response;
  try {
    response = route.payload.run(call, route.payload.status);
  } catch (...) {
    answers_.abandon(request);
    throw;
  }
  FAULT_POINT("api.took_effect");
  if (succeeded(response)) answers_.finish(request, to_store(response, route.payload));
  else answers_.give_up(request);
  return response;
}

http::Response Api::run(Call& call, const Route& route) {
  const Endpoint& endpoint = route.payload;
  if (!writes(call.request.method, endpoint)) return shaped(call, endpoint, endpoint.run(call, endpoint.status));
  auto wishes = wishes_of(call, endpoint);
  if (!wishes) return problem_response(wishes.error(), call.request.id);
  if (!wishes->request && !wishes->is_dry_run && !wishes->if_match) return endpoint.run(call, endpoint.status);
  if (endpoint.reach == Reach::kOutside) return run_claimed(call, route, *wishes->request);
  try {
    return run_as_one(call, route, *wishes);
  } catch (const storage::DatabaseError& failure) {
    // Two requests with one key at once: the second one now finds what the first one stored.
    if (failure.kind() != storage::DatabaseError::Kind::kUnique || !wishes->request) throw;
    return run_as_one(call, route, *wishes);
  }
}

// The tag of what GET shows at this address now, as this caller sees it; empty when it shows nothing.
std::string Api::etag_now(const Call& call) const {
  http::Parameters parameters;
  const Route* route = routes_.match("GET", call.request.path, parameters);
  if (!route) return {};
  Call reading = call;
  const http::Response shown = route->payload.run(reading, route->payload.status);
  return succeeded(shown) ? etag_of(shown.body) : std::string();
}

}  // namespace postmypost::api::v1
