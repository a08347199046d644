// What an access token may reach: an area of the API, to read or to write.
//
// A token's scopes are words like `publications:write`, apart by spaces; without any it may whatever its person may through
// tokens. What only the person in a browser may do (passwords, tokens, leaving) is no area: no token reaches it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace postmypost::api {

enum class Area : std::uint8_t {
  kOpen,      // everybody's: no scope
  kInPerson,  // signed in in a browser
  kCabinet,
  kProjects,
  kAccounts,
  kFiles,
  kPublications,
  kAnalytics,
  kOperator,
};

// "publications:write"; empty for areas that no token needs or reaches.
std::string scope_of(Area area, bool writes);
// Every scope there is, in order.
const std::vector<std::string>& all_scopes();
// The words of a new token, in order, each once. Errors: `token.scope`.
Result<std::string> checked_scopes(std::string_view words);

// Whether a token's scopes cover one; what may be written may be read. Without any they cover all.
bool covers(std::string_view scopes, std::string_view scope);

// Whether a token with `scopes` may.
// Errors: `token.scope_missing`, which names the scope, `token.in_person`.
Result<> token_may(std::string_view scopes, Area area, bool writes);

}  // namespace postmypost::api
