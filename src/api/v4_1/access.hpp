// What a token may do.
#pragma once

#include <string_view>

#include "identity/actor.hpp"

namespace postmypost::api::v4_1 {

// True for a token without scopes, which may do whatever its person may.
bool has_scope(const identity::Actor& actor, std::string_view scope);

}  // namespace postmypost::api::v4_1
