#include "statistics/improvement.hpp"

#include <algorithm>

namespace postmypost::statistics {
namespace {

constexpr std::chrono::seconds kBelieved{1};
constexpr std::string_view kRoot = "/api/v1/", kOfProject = "projects/{project}/";

}  // namespace

std::string_view section_of(std::string_view pattern) {
  if (pattern.starts_with(kRoot)) pattern.remove_prefix(kRoot.size());
  if (pattern.starts_with(kOfProject)) pattern.remove_prefix(kOfProject.size());
  return pattern.substr(0, pattern.find('/'));
}

bool Improvement::has_consent(std::int64_t person) {
  const auto now = std::chrono::steady_clock::now();
  Consent& known = known_[person];
  if (known.asked_at == std::chrono::steady_clock::time_point() || now - known.asked_at >= kBelieved) {
    known = {consents_(person), now};
    if (!known.is_given) days_.erase(person);
  }
  return known.is_given;
}

void Improvement::note(std::int64_t person, std::string_view section, bool is_action) {
  const std::lock_guard lock(mutex_);
  if (!has_consent(person)) return;
  Day& day = days_[person];
  const auto found = day.sections.find(section);
  if (found == day.sections.end()) day.sections.emplace(section, 1);
  else ++found->second;
  if (is_action) ++day.actions;
}

void Improvement::end_day(Store& store, const std::string& day, Instant now) {
  std::map<std::int64_t, Day> people;
  {
    const std::lock_guard lock(mutex_);
    people.swap(days_);
    known_.clear();
  }
  Run run{.day = day, .people = 0, .at = now};
  Counts counts;
  for (const auto& [person, used] : people) {
    if (!consents_(person)) continue;
    const auto most = std::ranges::max_element(used.sections, {}, [](const auto& one) { return one.second; });
    ++counts[{std::string(kSectionOfDay), most == used.sections.end() ? "none" : most->first}];
    ++counts[{std::string(kActionsOfDay.code), bin_of(kActionsOfDay, used.actions)}];
    ++run.people;
  }
  if (run.people > 0) store.add(Purpose::kImprove, run, counts);
}

}  // namespace postmypost::statistics
