#include "app/token_command.hpp"

#include "api/scopes.hpp"
#include "identity/identity.hpp"

namespace postmypost::app {

Result<std::string> make_token(identity::Identity& people, const boost::json::object& body) {
  const auto text = [&](std::string_view name) {
    const boost::json::value* member = body.if_contains(name);
    return member && member->is_string() ? std::string(member->as_string()) : std::string();
  };
  const auto user = people.find_by_email(text("email"));
  if (!user) return not_found("person");
  TRY_ASSIGN(const std::string scopes, api::checked_scopes(text("scopes")));
  std::optional<std::int64_t> life_days;
  if (const std::string days = text("days"); !days.empty()) life_days = std::stoll(days);
  TRY_ASSIGN(const auto made, people.create_token(*user, text("label"), scopes, life_days));
  return made.token;
}

}  // namespace postmypost::app
