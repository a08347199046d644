// The check before a promise: what would a network refuse, said with the rule, the number and the fix.
//
// Pure: a publication, the accounts' rules, the files and the time go in, findings come out. Errors block
// scheduling, warnings don't; the engine runs the same check again before it claims.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "media/files.hpp"
#include "networks/capabilities.hpp"
#include "publications/publications.hpp"

namespace postmypost::publications {

enum class Severity { kError, kWarning };

struct Finding {
  Severity severity = Severity::kError;
  std::string code;                        // "text.too_long"
  std::optional<std::int64_t> account_id;  // none: the whole publication
  std::string field;                       // JSON pointer into PublicationInput
  std::string rule;                        // "max_grapheme=300"
  std::string detail;
  std::string how_to_fix;
  std::map<std::string, std::string> params = {};
};

struct CheckedAccount {
  std::int64_t id = 0;
  std::string title;     // for sentences
  bool connected = true;
  networks::Capabilities capabilities;
  std::string channel = {};  // whose options it takes: "tiktok"
};

struct Count {
  std::int64_t account_id = 0;
  std::size_t used = 0;
  std::optional<std::size_t> limit;
};

// What the account's network can't do of what its version asks for: kinds of posts, titles, first comments, warnings. And options of
// a network that none of the accounts belongs to: they would say nothing to anybody.
void check_extras(const Publication& publication, std::span<const CheckedAccount> accounts, std::vector<Finding>& findings);

struct Preflight {
  std::vector<Finding> findings;
  std::vector<Count> counts;
  bool passes() const;  // no errors
};

Preflight check(const Publication& publication, std::span<const CheckedAccount> accounts,
                std::span<const media::File> files);

// The instant of "now" or of a wall time in the project's zone, or the finding that says why there is none:
// `time.gap`, `time.overlap`, `time.past`, `time.too_far`, `time.missing`. A minute that has already begun still
// counts as now, so that nobody is refused for typing slowly.
struct ResolvedTime {
  std::optional<Instant> instant;
  std::optional<Finding> finding;
};
ResolvedTime resolve_time(Timing timing, const std::optional<WallTime>& wall, std::string_view zone, Fold fold,
                          Instant now);

}  // namespace postmypost::publications
