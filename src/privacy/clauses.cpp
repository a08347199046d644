#include "privacy/clauses.hpp"

#include <boost/json.hpp>

#include "embedded/policy_clauses.hpp"

namespace postmypost::privacy {

std::optional<ClauseState> state_of_clause(std::string_view number, Language language) {
  static const boost::json::array all = boost::json::parse(embedded::policy_clauses).as_array();
  for (const boost::json::value& one : all) {
    if (one.at("clause").as_string() != number) continue;
    ClauseState state;
    if (const auto* where = one.at("where").if_string()) state.where = std::string(*where);
    if (const auto* missing = one.as_object().if_contains("missing")) {
      state.missing = std::string(missing->at(language == Language::kRussian ? "ru" : "en").as_string());
    }
    return state;
  }
  return std::nullopt;
}

}  // namespace postmypost::privacy
