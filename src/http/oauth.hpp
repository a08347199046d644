// Mechanics of an OAuth 2 client: state, PKCE (RFC 7636, S256 only) and the address a person is
// sent to.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.hpp"

namespace postmypost::http {

struct Pkce {
  std::string verifier;   // secret; kept sealed until the code is exchanged
  std::string challenge;  // base64url(SHA-256(verifier)), sent with code_challenge_method=S256
};

Pkce make_pkce(Random& random);
std::string make_state(Random& random);  // 256 bits; single use and its binding are the caller's

using Pairs = std::vector<std::pair<std::string, std::string>>;

// application/x-www-form-urlencoded: "a=1&b=two%20words".
std::string form_encoded(const Pairs& pairs);
// Appends a query to an endpoint, which may have one already.
std::string with_query(std::string_view endpoint, const Pairs& pairs);

struct AuthorizationRequest {
  std::string endpoint, client_id, redirect_uri, scope, state;
  std::string challenge = {};  // none where the server does not offer PKCE
  Pairs extra = {};
};
std::string authorization_url(const AuthorizationRequest& request);

}  // namespace postmypost::http
