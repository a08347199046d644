#include "http/oauth.hpp"

#include "base/encoding.hpp"

namespace postmypost::http {

Pkce make_pkce(Random& random) {
  Pkce pkce{.verifier = random.token(32), .challenge = {}};
  pkce.challenge = base64url(sha256(pkce.verifier));
  return pkce;
}

std::string make_state(Random& random) { return random.token(32); }

std::string form_encoded(const Pairs& pairs) {
  std::string out;
  for (const auto& [name, value] : pairs) {
    if (!out.empty()) out += '&';
    out.append(percent_encoded(name)).append("=").append(percent_encoded(value));
  }
  return out;
}

std::string with_query(std::string_view endpoint, const Pairs& pairs) {
  std::string url(endpoint);
  if (!pairs.empty()) url += (url.find('?') == std::string::npos ? '?' : '&') + form_encoded(pairs);
  return url;
}

std::string authorization_url(const AuthorizationRequest& request) {
  Pairs pairs{{"response_type", "code"},
              {"client_id", request.client_id},
              {"redirect_uri", request.redirect_uri},
              {"scope", request.scope},
              {"state", request.state}};
  if (!request.challenge.empty()) {
    pairs.emplace_back("code_challenge", request.challenge);
    pairs.emplace_back("code_challenge_method", "S256");
  }
  pairs.insert(pairs.end(), request.extra.begin(), request.extra.end());
  return with_query(request.endpoint, pairs);
}

}  // namespace postmypost::http
