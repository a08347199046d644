// One call of /v4.1, the vendor's public API (docs/api/v4_1.md): who asks, for what, and a row of the route table.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/v1/call.hpp"
#include "base/json.hpp"
#include "http/router.hpp"
#include "leaving/removing.hpp"
#include "media/uploads.hpp"
#include "publications/rubrics.hpp"

namespace postmypost::api::v4_1 {

enum class RateClass { kReading, kWriting };  // kWriting: POST /publications and all of /upload

// What a caller has left of a class. Every answer carries it in X-Rate-Limit-* headers.
struct Allowance {
  bool is_allowed = true;
  std::int64_t limit = 0, remaining = 0;
  int reset_s = 0;  // until there is more
};
// The one place of a rate limiter. None, or nothing from it: no limit and no headers.
using RateLimiter = std::function<std::optional<Allowance>(const identity::Actor&, RateClass)>;

struct Rooms {
  Services& services;
  const media::Uploads& uploads;
  const publications::Rubrics& rubrics;
  const leaving::Removing& removing;
  std::function<std::string()> public_url;  // of this instance, without a slash at its end
  std::function<void()> wake_uploads, wake_removals;
  RateLimiter rate_limiter = {};
};

struct Call {
  const http::Request& request;
  const Rooms& with;
  identity::Actor actor = {};                           // of an access token; nobody for the form of an upload
  std::map<std::string, std::string> parameters = {};  // of the path
  std::string base_url = {};                            // Rooms::public_url, asked once: it reads the database

  Services& services() const { return with.services; }
  std::optional<std::string> query(std::string_view name) const;  // none when absent
  // A project of the caller's. Errors: `project.not_found`.
  Result<projects::Project> project(storage::Transaction& tx, std::int64_t id) const;
};

enum class Access {
  kToken,
  kForm,  // the form's own fields say who may
};

struct Endpoint {
  Access access = Access::kToken;
  std::string_view scope;  // that a token needs; empty: any token
  RateClass rate = RateClass::kReading;
  std::string_view summary;
  Result<json::value> (*run)(Call&) = nullptr;  // answered with 200, or with 204 when it is null
};
using Route = http::Route<Endpoint>;
using Routes = std::vector<Route>;

// The whole table, and the areas' parts of it. Paths are without the prefix /v4.1.
Routes all_routes();
Routes reference_routes();
Routes publication_routes();
Routes upload_routes();
Routes analytics_routes();

// The parsed body, an object. The content type is not looked at: clients differ. Errors: those of json::parse (400), `json.type`.
Result<json::object> body_of(const Call& call);

// A project, an account or a file that the body names and that is not there: 422, not 404.
Error named_in_body(Error error, std::string field);

}  // namespace postmypost::api::v4_1
