// Who is asking: the outcome of checking a session cookie or an access token.
#pragma once

#include <cstdint>
#include <string>

namespace postmypost::identity {

enum class Role { kOperator, kUser };

struct Actor {
  std::int64_t user_id = 0;
  Role role = Role::kUser;
  std::int64_t session_id = 0;  // 0 for an access token
  std::int64_t token_id = 0;    // 0 for a session
  std::string scopes;           // of an access token; empty: everything the person may
  std::string locale = "en";
  bool is_leaving = false;        // they asked to be erased, and may still take it back
  bool has_acknowledged = false;  // the current versions of the policy and of the terms
};

}  // namespace postmypost::identity
