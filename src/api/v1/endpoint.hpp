// From a handler to a row of the route table: the handler's type says what comes in and what goes out.
//
// A handler is `Result<Out> f(Call&)`, `Result<Out> f(Call&, const In&)` with described structs, or returns a plain
// http::Response. Out = void answers without a body. Parsing, checking, schemas and problems are done here once.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "api/rate_limits.hpp"
#include "api/scopes.hpp"
#include "api/v1/call.hpp"
#include "api/v1/problem.hpp"
#include "base/json.hpp"
#include "http/router.hpp"

namespace postmypost::api::v1 {

// Who may call: checked before the handler runs (access.cpp).
enum class Access : std::uint8_t {
  kSetUp,      // only while the instance is not set up
  kAnyone,     // also before set-up and without a session
  kAnonymous,  // after set-up, without a session
  kSession,    // signed in, or an access token
  kMember,     // and a member of {project}
  kOwner,      // and its owner
  kOperator,
};

// What a call changes. A request that changes only the database is one write when it has an Idempotency-Key, an If-Match or
// asks for a dry run; one that reaches outside (a network, files, keys, a password's hash) takes time, or leaves traces that
// no rollback removes.
enum class Reach : std::uint8_t { kDatabase, kOutside };

// A parameter behind the `?`; others than an endpoint's are refused.
struct QueryParameter {
  std::string_view name, type;  // type: of JSON schema, or "date"
  std::string_view description;
};

// A row of the table but its method, path and handler. The rest of what is checked follows from these: the scope a token needs
// from the area and the method, the class of the rate from the method, and every unsafe method by cookie must come from our own
// pages (access.cpp). `postmypost routes` prints the whole, and tests make every refusal from it.
struct Endpoint {
  Access access = Access::kSession;
  Area area = Area::kOpen;
  int status = 200;  // of success
  int later = 0;     // of success that takes effect later, where there is one: the handler says when
  std::string_view summary;
  http::Response (*run)(Call&, int status) = nullptr;
  json::object (*input)() = nullptr;   // schema of the body; null: none
  json::object (*output)() = nullptr;  // schema of the answer; null: none
  bool before_reading = false;         // answers also whoever has not acknowledged the current policy and terms, or leaves
  Reach reach = Reach::kDatabase;
  bool only_reads = false;             // although it is a POST: nothing is stored
  bool is_upload = false;
  std::span<const QueryParameter> query = {};
  std::string_view secret = {};        // the member of the answer that is shown once and never stored
};

inline bool is_unsafe(std::string_view method) { return method != "GET" && method != "HEAD"; }
inline bool writes(std::string_view method, const Endpoint& endpoint) { return is_unsafe(method) && !endpoint.only_reads; }
// The endpoint's own and those that every endpoint of its kind has.
std::vector<QueryParameter> query_of(std::string_view method, const Endpoint& endpoint);
inline Rate rate_of(std::string_view method, const Endpoint& endpoint) {
  if (endpoint.is_upload) return Rate::kUpload;
  return writes(method, endpoint) ? Rate::kWrite : Rate::kRead;
}

// The JSON body of a request. Errors: `request.content_type`, and those of parsing.
Result<json::value> body_of(const http::Request& request);
http::Response json_response(Call& call, int status, const json::value& value);
http::Response empty_response(Call& call, int status);

template <class T>
struct HandlerTypes;
template <class Out>
struct HandlerTypes<Result<Out> (*)(Call&)> {
  using Input = void;
  using Output = Out;
};
template <class Out, class In>
struct HandlerTypes<Result<Out> (*)(Call&, const In&)> {
  using Input = In;
  using Output = Out;
};
template <>
struct HandlerTypes<http::Response (*)(Call&)> {
  using Input = void;
  using Output = http::Response;
};

template <auto Handler>
auto call_handler(Call& call) {
  using Input = typename HandlerTypes<decltype(Handler)>::Input;
  if constexpr (std::is_void_v<Input>) {
    return Handler(call);
  } else {
    using R = decltype(Handler(call, std::declval<const Input&>()));
    auto body = body_of(call.request);
    if (!body) return R(std::unexpected(std::move(body).error()));
    auto input = json::read<Input>(*body);
    if (!input) return R(std::unexpected(std::move(input).error()));
    return Handler(call, *input);
  }
}

template <auto Handler>
http::Response run_handler(Call& call, int status) {
  using Output = typename HandlerTypes<decltype(Handler)>::Output;
  if constexpr (std::is_same_v<Output, http::Response>) {
    return Handler(call);
  } else {
    auto result = call_handler<Handler>(call);
    if (!result) return problem_response(result.error(), call.request.id);
    if (call.status != 0) status = call.status;
    if constexpr (std::is_void_v<Output>) {
      return empty_response(call, status);
    } else {
      return json_response(call, status, json::write(*result));
    }
  }
}

template <auto Handler>
constexpr Endpoint endpoint(Access access, int status, std::string_view summary) {
  using Types = HandlerTypes<decltype(Handler)>;
  Endpoint made{.access = access, .status = status, .summary = summary, .run = run_handler<Handler>};
  if constexpr (!std::is_void_v<typename Types::Input>) {
    made.input = [] { return json::schema<typename Types::Input>(); };
  }
  if constexpr (!std::is_void_v<typename Types::Output> && !std::is_same_v<typename Types::Output, http::Response>) {
    made.output = [] { return json::schema<typename Types::Output>(); };
  }
  return made;
}

// Reading the texts, acknowledging them, the session, taking one's data and leaving need no acknowledgement.
constexpr Endpoint before_reading(Endpoint endpoint) {
  endpoint.before_reading = true;
  return endpoint;
}

constexpr Endpoint reaching_out(Endpoint endpoint) {
  endpoint.reach = Reach::kOutside;
  return endpoint;
}
constexpr Endpoint only_reading(Endpoint endpoint) {
  endpoint.only_reads = true;
  return endpoint;
}
constexpr Endpoint uploading(Endpoint endpoint) {
  endpoint.reach = Reach::kOutside;
  endpoint.is_upload = true;
  return endpoint;
}
constexpr Endpoint showing_once(std::string_view secret, Endpoint endpoint) {
  endpoint.secret = secret;
  return endpoint;
}
constexpr Endpoint asking(std::span<const QueryParameter> query, Endpoint endpoint) {
  endpoint.query = query;
  return endpoint;
}
constexpr Endpoint perhaps_later(Endpoint endpoint) {
  endpoint.later = 202;
  return endpoint;
}
constexpr Endpoint in_person(Endpoint endpoint) {
  endpoint.area = Area::kInPerson;
  return endpoint;
}

using Route = http::Route<Endpoint>;
using Routes = std::vector<Route>;

// The whole table, and the areas' parts of it.
Routes all_routes();
Routes instance_routes();
Routes people_routes();
Routes token_routes();
Routes event_routes();
Routes letter_routes();
Routes project_routes();
Routes account_routes();
Routes file_routes();
Routes publication_routes();
Routes publication_list_routes();
Routes delivery_routes();
Routes privacy_routes();
Routes leaving_routes();
Routes statistics_routes();
Routes cabinet_routes();
Routes choice_routes();
Routes document_routes();
Routes notice_routes();
Routes ticket_routes();
Routes support_routes();
Routes register_routes();

}  // namespace postmypost::api::v1
