#include "statistics/personal_data.hpp"

namespace postmypost::statistics {
namespace {

using enum Reason;

constexpr auto kDeclared = std::to_array<Declared>({
    columns("count_run", "*", kMeasure, "how many people were counted on a day"),
    columns("count_bin", "*", kMeasure, "how many people fell into a bin: numbers without a link to a person"),
    items(Medium::kFile, "statistics.sqlite statistics.sqlite-wal statistics.sqlite-shm", kHolds, "the counts: count_run, count_bin"),
});

}  // namespace

constinit const PersonalData kPersonalData{"statistics", kDeclared};

}  // namespace postmypost::statistics
