// What is counted (policy clauses 2.2.4, 2.2.6): fixed questions with bins fixed in advance. Each person falls into one bin of
// a histogram, so nobody weighs more than another.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/purposes.hpp"

namespace postmypost::statistics {

// Bins of a number: "0", "1-2", "30+", by where each begins.
struct NumberHistogram {
  std::string_view code;
  Purpose purpose;
  std::array<std::int64_t, 5> begins;
};
inline constexpr NumberHistogram kPostsOfWeek{"posts_of_week", Purpose::kStatistics, {0, 1, 3, 10, 30}};
inline constexpr NumberHistogram kAccounts{"accounts", Purpose::kStatistics, {0, 1, 2, 4, 10}};
inline constexpr NumberHistogram kActionsOfDay{"actions_of_day", Purpose::kImprove, {0, 1, 10, 50, 200}};
// Bins that are words of this program.
inline constexpr std::string_view kNetworkOfWeek = "network_of_week";  // the channel that most of one's posts went to, or "none"
inline constexpr std::string_view kSectionOfDay = "section_of_day";    // where one asked for most, or "none"

std::string bin_of(const NumberHistogram& histogram, std::int64_t number);

// How many people, by histogram and bin. There is no way to say who.
using Counts = std::map<std::pair<std::string, std::string>, std::int64_t>;

}  // namespace postmypost::statistics
