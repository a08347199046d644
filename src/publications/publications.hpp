// A publication: one moment in time, several accounts, one or more details.
//
// The base detail serves every account that has no version of its own. What becomes of a publication in each account
// is not stored here: the engine's deliveries say it (room publishing), and a publication's status is derived.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/zones.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::publications {

struct Picture {
  std::int64_t file_id = 0;
  std::string alt;
  friend bool operator==(const Picture&, const Picture&) = default;
};

struct Detail {
  std::optional<std::int64_t> account_id;  // none: the base
  std::string text;
  std::vector<Picture> pictures;
};

enum class Timing { kDraft, kNow, kAt };
enum class LatePolicy { kHold, kSkip };
std::string_view to_string(Timing timing);
std::string_view to_string(LatePolicy policy);

struct Publication {
  std::int64_t id = 0;
  std::int64_t project_id = 0;
  std::int64_t author_id = 0;
  std::int64_t version = 1;
  Timing timing = Timing::kDraft;
  std::optional<WallTime> wall_time;  // in `zone`; a draft may have one too
  std::string zone;                   // the project's, when it was planned
  std::optional<Instant> instant;     // of kNow and kAt, and of a draft with a time
  LatePolicy late_policy = LatePolicy::kHold;
  std::string language;               // of the author, BCP 47
  std::vector<std::int64_t> account_ids;
  std::vector<Detail> details;
  Instant created_at, updated_at;

  // The version of this publication that `account` gets.
  const Detail& detail_for(std::int64_t account) const;
};

// Where a page ended. First come drafts without a time, which belong to no month, by id; then the others by instant and id.
struct Position {
  std::optional<Instant> instant;
  std::int64_t id = 0;
};
Position position_of(const Publication& publication);
std::string to_string(const Position& position);  // a cursor: opaque to clients
std::optional<Position> parse_position(std::string_view text);

struct Filter {
  std::optional<Instant> from, to;             // half open
  std::optional<std::int64_t> account_id;
  std::optional<Position> behind;              // page on
  std::size_t limit = 500;
};

// Whether one of its texts or descriptions has these words, which are folded (fold_case). Texts are sealed, so a search opens
// each: it is kept within one project.
bool says(const Publication& publication, std::string_view folded);

class Publications {
 public:
  Publications(vault::Vault& vault, const Clock& clock) : vault_(vault), clock_(clock) {}

  // Stores a new publication (id 0) or a new version of one. The caller has run preflight.
  // Errors: `publication.stale` when `version` is not the stored one, `publication.not_found`.
  Result<Publication> save(storage::Transaction& tx, Publication publication) const;
  Result<Publication> find(storage::Transaction& tx, std::int64_t project_id, std::int64_t id) const;
  std::optional<Publication> load(storage::Transaction& tx, std::int64_t id) const;  // for the engine
  // In the order of pages.
  std::vector<Publication> list(storage::Transaction& tx, std::int64_t project_id, const Filter& filter) const;
  void mark_deleted(storage::Transaction& tx, std::int64_t id) const;
  // Some publications of the project, deleted ones too.
  static std::vector<std::int64_t> some_of(storage::Transaction& tx, std::int64_t project_id, std::int64_t limit);
  bool uses_file(storage::Transaction& tx, std::int64_t file_id) const;  // not of deleted publications

  // A client's Idempotency-Key makes a create happen once. `remember` belongs in the creating transaction; it throws
  // storage::DatabaseError(kUnique) when two creates with one key race. The digest tells another body under the same key.
  struct Created {
    std::int64_t publication_id = 0;
    std::string request_digest;
  };
  std::optional<Created> created_by(storage::Transaction& tx, std::int64_t project_id, std::string_view key) const;
  void remember(storage::Transaction& tx, std::int64_t publication_id, std::int64_t project_id, std::string_view key,
                std::string_view request_digest) const;

 private:
  Publication loaded(storage::Transaction& tx, std::int64_t id) const;
  std::vector<Publication> loaded_each(storage::Transaction& tx, std::span<const std::int64_t> ids) const;
  void load_details(storage::Transaction& tx, std::span<const std::int64_t> ids,
                    const std::map<std::int64_t, Publication*>& by_id) const;
  void insert_details(storage::Transaction& tx, const Publication& publication) const;

  vault::Vault& vault_;
  const Clock& clock_;
};

}  // namespace postmypost::publications
