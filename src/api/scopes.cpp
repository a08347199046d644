#include "api/scopes.hpp"

#include <algorithm>
#include <array>

#include "base/personal_data.hpp"

namespace postmypost::api {
namespace {

struct AreaFacts {
  Area area;
  std::string_view name;
  bool is_written;
};
constexpr auto kAreas = std::to_array<AreaFacts>({
    {Area::kCabinet, "cabinet", true},
    {Area::kProjects, "projects", true},
    {Area::kAccounts, "accounts", true},
    {Area::kFiles, "files", true},
    {Area::kPublications, "publications", true},
    {Area::kAnalytics, "analytics", false},
    {Area::kOperator, "operator", true},
});

bool has(std::string_view words, std::string_view wanted) {
  bool found = false;
  each_word(words, [&](std::string_view word) { found = found || word == wanted; });
  return found;
}

}  // namespace

std::string scope_of(Area area, bool writes) {
  const auto* facts = std::ranges::find(kAreas, area, &AreaFacts::area);
  return facts == kAreas.end() ? "" : std::string(facts->name) + (writes ? ":write" : ":read");
}

const std::vector<std::string>& all_scopes() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> scopes;
    for (const AreaFacts& facts : kAreas) {
      scopes.push_back(scope_of(facts.area, false));
      if (facts.is_written) scopes.push_back(scope_of(facts.area, true));
    }
    return scopes;
  }();
  return all;
}

Result<std::string> checked_scopes(std::string_view words) {
  std::string unknown, scopes;
  each_word(words, [&](std::string_view word) {
    if (unknown.empty() && std::ranges::find(all_scopes(), word) == all_scopes().end()) unknown = word;
  });
  for (const std::string& scope : all_scopes()) {
    if (has(words, scope)) scopes += (scopes.empty() ? "" : " ") + scope;
  }
  if (unknown.empty()) return scopes;
  std::string known;
  for (const std::string& scope : all_scopes()) known += (known.empty() ? "" : ", ") + scope;
  return fail({.code = "token.scope",
               .detail = "There is no such scope.",
               .field = "/scopes",
               .rule = "enum=" + known,
               .how_to_fix = "Use scopes of the list, apart by spaces, or none for everything.",
               .params = {{"scopes", known}}});
}

bool covers(std::string_view scopes, std::string_view scope) {
  if (scopes.empty() || has(scopes, scope)) return true;
  constexpr std::string_view kRead = ":read";
  return scope.ends_with(kRead) && has(scopes, std::string(scope.substr(0, scope.size() - kRead.size())) + ":write");
}

Result<> token_may(std::string_view scopes, Area area, bool writes) {
  if (area == Area::kOpen) return {};
  if (area == Area::kInPerson) {
    return fail({.kind = ErrorKind::kForbidden,
                 .code = "token.in_person",
                 .detail = "No access token may do this.",
                 .how_to_fix = "Sign in in a browser and do it there."});
  }
  const std::string needed = scope_of(area, writes);
  if (covers(scopes, needed)) return {};
  return fail({.kind = ErrorKind::kForbidden,
               .code = "token.scope_missing",
               .detail = "This access token has not the scope " + needed + ".",
               .rule = "scope=" + needed,
               .how_to_fix = "Make a token with this scope in your cabinet.",
               .params = {{"scope", needed}}});
}

}  // namespace postmypost::api
