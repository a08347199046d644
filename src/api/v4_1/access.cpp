#include "api/v4_1/access.hpp"

#include <algorithm>

namespace postmypost::api::v4_1 {

bool has_scope(const identity::Actor& actor, std::string_view scope) {
  if (scope.empty() || actor.scopes.empty()) return true;
  for (std::string_view rest = actor.scopes; !rest.empty();) {
    const std::string_view one = rest.substr(0, rest.find(' '));
    if (one == scope) return true;
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
  }
  return false;
}

}  // namespace postmypost::api::v4_1
