// /v4.1: compatible to the letter with the vendor's public API, so that an integration moves here by its base URL.
//
// Made once by the app; every answer is 200 or an error of four fields (errors.hpp).
#pragma once

#include "api/v4_1/call.hpp"

namespace postmypost::api::v4_1 {

inline constexpr std::string_view kPrefix = "/v4.1";

bool is_ours(std::string_view path);  // also of a target with its query

class Api {
 public:
  explicit Api(Rooms rooms);

  http::Response respond(const http::Request& request);
  const http::RouteTable<Endpoint>& routes() const { return routes_; }
  static std::size_t body_limit(std::string_view path);

 private:
  Result<> admit(Call& call, const Endpoint& endpoint) const;
  http::Response run(Call& call, const Endpoint& endpoint) const;

  Rooms rooms_;
  http::RouteTable<Endpoint> routes_;
};

}  // namespace postmypost::api::v4_1
