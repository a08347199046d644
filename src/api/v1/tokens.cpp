// Access tokens, which a person makes for programs.
#include "api/v1/endpoint.hpp"
#include "base/zones.hpp"
#include "identity/identity.hpp"

namespace postmypost::api::v1 {

struct NewTokenInput {
  std::string label;
  std::optional<std::string> scopes;
  std::optional<std::int64_t> days;
};
BOOST_DESCRIBE_STRUCT(NewTokenInput, (), (label, scopes, days))
struct TokenView {
  std::int64_t id = 0;
  std::string label, scopes, created_at;
  std::optional<std::string> expires_at, last_used_at;
};
BOOST_DESCRIBE_STRUCT(TokenView, (), (id, label, scopes, created_at, expires_at, last_used_at))
struct TokenCreated : TokenView {
  std::optional<std::string> token;  // null when the request was repeated: revoke this one and make another
};
BOOST_DESCRIBE_STRUCT(TokenCreated, (TokenView), (token))
struct TokenList {
  std::vector<TokenView> items;
  std::vector<std::string> scopes;  // that there are
};
BOOST_DESCRIBE_STRUCT(TokenList, (), (items, scopes))

namespace {

TokenView view_of(const identity::TokenRow& row) {
  const auto shown = [](const std::optional<Instant>& at) { return at ? std::optional(to_rfc3339(*at)) : std::nullopt; };
  return {.id = row.id,
          .label = row.label,
          .scopes = row.scopes,
          .created_at = to_rfc3339(row.created_at),
          .expires_at = shown(row.expires_at),
          .last_used_at = shown(row.last_used_at)};
}

Result<TokenList> list_tokens(Call& call) {
  TokenList list{.items = {}, .scopes = all_scopes()};
  for (const auto& row : call.with.identity.tokens(call.me().user_id)) list.items.push_back(view_of(row));
  return list;
}

Result<TokenCreated> create_token(Call& call, const NewTokenInput& in) {
  TRY_ASSIGN(const std::string scopes, checked_scopes(in.scopes.value_or("")));
  TRY_ASSIGN(const auto made, call.with.identity.create_token(call.me().user_id, in.label, scopes, in.days));
  TokenCreated view;
  static_cast<TokenView&>(view) = view_of(made.row);
  view.token = made.token;
  return view;
}

Result<> revoke_token(Call& call) { return call.with.identity.revoke_token(call.me().user_id, call.id("access_token")); }

}  // namespace

Routes token_routes() {
  return {
      {"GET", "/api/v1/me/tokens", endpoint<list_tokens>(Access::kSession, 200, "One's access tokens")},
      {"POST", "/api/v1/me/tokens",
       showing_once("token", endpoint<create_token>(Access::kSession, 201, "Make an access token; it is shown once"))},
      {"DELETE", "/api/v1/me/tokens/{access_token}",
       endpoint<revoke_token>(Access::kSession, 204, "Revoke an access token, at once and everywhere")},
  };
}

}  // namespace postmypost::api::v1
