// How far each clause of the policy is executable: clauses.json, which the tests judge (packaging/clauses.mjs) and the policy's
// page shows, so that both say the same. A clause that fails its tests is not released.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "privacy/words.hpp"

namespace postmypost::privacy {

struct ClauseState {
  std::optional<std::string> where;    // path of the page where it lives
  std::optional<std::string> missing;  // in words; none: the clause passes
};

// Of "2.2.5", or of "preamble"; none for what is no clause of the policy.
std::optional<ClauseState> state_of_clause(std::string_view number, Language language);

}  // namespace postmypost::privacy
