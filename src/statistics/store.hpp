// Where counts are kept: a database of its own, statistics.sqlite, that holds no number of a person and that nothing personal
// can be reached from. Thread-safe; several processes may share the file.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/purposes.hpp"
#include "statistics/histograms.hpp"
#include "storage/database.hpp"

namespace postmypost::statistics {

// Shown only where more people than this were counted.
inline constexpr std::int64_t kTooFew = 200;

struct Run {
  std::string day;  // "2026-11-26", UTC
  std::int64_t people = 0;
  Instant at;
};

struct Shown {
  Run run;
  Counts counts;  // empty when too few were counted
  bool is_too_few = true;
};

class Store {
 public:
  explicit Store(const std::filesystem::path& folder, Instant now);

  bool has(Purpose purpose, const std::string& day) const;
  // False when another process was first: a day is counted once for a purpose.
  bool add(Purpose purpose, const Run& run, const Counts& counts);
  // The newest day that may be shown, or that was counted; empty before the first.
  std::optional<Shown> newest(Purpose purpose) const;
  std::vector<Run> runs(Purpose purpose, std::int64_t most) const;  // the log, newest first

  storage::Database& database() { return *database_; }

 private:
  std::unique_ptr<storage::Database> database_;
};

}  // namespace postmypost::statistics
