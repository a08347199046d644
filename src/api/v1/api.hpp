// /api/v1: the route table, who may call what, and the way of one request through it.
#pragma once

#include "api/v1/endpoint.hpp"

namespace postmypost::api::v1 {

class Api {
 public:
  explicit Api(Services services);

  // For every path that begins with /api/v1/ or /files/.
  http::Response respond(const http::Request& request);

  const http::RouteTable<Endpoint>& routes() const { return routes_; }
  std::size_t body_limit(std::string_view method, std::string_view path) const;

 private:
  Result<> admit(Call& call, const Endpoint& endpoint) const;
  void note_use(const Call& call, std::string_view pattern) const;
  Result<> admit_to_project(Call& call, const Endpoint& endpoint) const;
  Result<projects::Project> look_for_support(Call& call, const Endpoint& endpoint) const;
  std::optional<identity::Actor> actor_of(const http::Request& request) const;

  Services services_;
  http::RouteTable<Endpoint> routes_;
};

// The OpenAPI 3.1 document of the table.
json::object openapi_document();

// "__Host-session" behind https, "session" otherwise.
std::string session_cookie_name(const std::string& public_url);

}  // namespace postmypost::api::v1
