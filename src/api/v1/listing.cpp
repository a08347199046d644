// The route table as others see it: every row with all that is checked about it.
#include <array>

#include "api/v1/api.hpp"

namespace postmypost::api::v1 {
namespace {

constexpr QueryParameter kFields{"fields", "string", "Only these members, apart by commas; of a list those of its items; a.b for a member of a member"};
constexpr QueryParameter kTicket{"ticket", "integer", "Of the operator: the ticket whose owner opened this project to support"};
constexpr QueryParameter kDryRun{"dry_run", "boolean", "true: answers as if it were done, and changes nothing"};

std::string_view name_of(Access access) {
  switch (access) {
    case Access::kSetUp: return "set_up";
    case Access::kAnyone: return "anyone";
    case Access::kAnonymous: return "anonymous";
    case Access::kSession: return "session";
    case Access::kMember: return "member";
    case Access::kOwner: return "owner";
    case Access::kOperator: return "operator";
  }
  return {};
}

}  // namespace

std::vector<QueryParameter> query_of(std::string_view method, const Endpoint& endpoint) {
  std::vector<QueryParameter> all(endpoint.query.begin(), endpoint.query.end());
  if (!is_unsafe(method) && endpoint.output) all.push_back(kFields);
  if (!is_unsafe(method) && endpoint.access == Access::kMember) all.push_back(kTicket);
  if (writes(method, endpoint) && endpoint.area != Area::kOpen && endpoint.reach == Reach::kDatabase) all.push_back(kDryRun);
  return all;
}

json::array route_listing() {
  json::array all;
  for (const Route& route : all_routes()) {
    const Endpoint& e = route.payload;
    json::array query;
    for (const QueryParameter& one : query_of(route.method, e)) query.push_back(json::value(one.name));
    all.push_back(json::object{{"method", route.method},
                               {"path", route.path},
                               {"right", name_of(e.access)},
                               {"scope", scope_of(e.area, writes(route.method, e))},
                               {"in_person", e.area == Area::kInPerson},
                               {"rate", to_string(rate_of(route.method, e))},
                               {"same_site", is_unsafe(route.method)},
                               {"secret", e.secret},
                               {"one_write", writes(route.method, e) && e.reach == Reach::kDatabase},
                               {"before_reading", e.before_reading},
                               {"status", e.status},
                               {"query", std::move(query)},
                               {"has_body", e.input != nullptr}});
  }
  return all;
}

}  // namespace postmypost::api::v1
