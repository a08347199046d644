// /api/v1: the route table, who may call what, and the way of one request through it.
#pragma once

#include "api/answers.hpp"
#include "api/v1/endpoint.hpp"

namespace postmypost::api::v1 {

struct Wishes;  // of a client about a write: once.cpp

class Api {
 public:
  Api(Services services, RateLimits& limits);

  // For every path that begins with /api/v1/ or /files/.
  http::Response respond(const http::Request& request);

  const http::RouteTable<Endpoint>& routes() const { return routes_; }
  std::size_t body_limit(std::string_view method, std::string_view path) const;

 private:
  http::Response no_route(const http::Request& request) const;
  RateLimits::Verdict count(const Call& call, Rate rate);
  http::Response run(Call& call, const Route& route);              // once.cpp, as are these
  http::Response run_as_one(const Call& call, const Route& route, const Wishes& wishes);
  http::Response run_claimed(Call& call, const Route& route, const NamedRequest& request);
  static Result<> check_query(const http::Request& request, const Endpoint& endpoint);
  std::string etag_now(const Call& call) const;
  Result<> admit(Call& call, const Endpoint& endpoint) const;      // access.cpp, as are these
  void note_use(const Call& call, std::string_view pattern) const;
  Result<> admit_to_project(Call& call, const Endpoint& endpoint) const;
  Result<projects::Project> look_for_support(Call& call, const Endpoint& endpoint) const;
  std::optional<identity::Actor> actor_of(const http::Request& request) const;

  Services services_;
  http::RouteTable<Endpoint> routes_;
  RateLimits& limits_;
  Answers answers_;
};

// The OpenAPI 3.1 document of the table.
json::object openapi_document();

// The table itself, for people and tests (`postmypost routes`).
json::array route_listing();

// "__Host-session" behind https, "session" otherwise.
std::string session_cookie_name(const std::string& public_url);

}  // namespace postmypost::api::v1
