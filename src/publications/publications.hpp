// A publication: one moment in time, several accounts, one or more details.
//
// The base detail serves every account that has no version of its own. What becomes of a publication in each account
// is not stored here: the engine's deliveries say it (room publishing), and a publication's status is derived.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/zones.hpp"
#include "publications/options.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::publications {

struct Picture {
  std::int64_t file_id = 0;
  std::string alt;
  friend bool operator==(const Picture&, const Picture&) = default;
};

enum class PostKind { kPost, kStory, kReels };
std::string_view to_string(PostKind kind);  // "reels"
PostKind kind_of(std::string_view text);

struct Detail {
  std::optional<std::int64_t> account_id;  // none: the base
  std::string text;
  std::vector<Picture> pictures;
  PostKind kind = PostKind::kPost;
  std::optional<std::string> link = {}, title = {}, first_comment = {};
  NetworkOptions options = {};
};

NetworkOptions options_from(std::string_view json);  // as they are kept and exported; what can't be read is not there

// What goes out: the text, and the link behind it unless the text has it already.
std::string text_of(const Detail& detail);

enum class Timing { kDraft, kNow, kAt };
// Where a draft stands. Nothing of it is ever published before it is planned.
enum class Stage { kDraft, kTemplate, kWorkflow, kApproval };
std::string_view to_string(Stage stage);  // "workflow"
Stage stage_of(std::string_view text);
enum class LatePolicy { kHold, kSkip };
std::string_view to_string(Timing timing);
std::string_view to_string(LatePolicy policy);

struct Publication {
  std::int64_t id = 0;
  std::int64_t project_id = 0;
  std::int64_t author_id = 0;
  std::int64_t version = 1;
  Timing timing = Timing::kDraft;
  Stage stage = Stage::kDraft;        // of drafts
  std::optional<WallTime> wall_time;  // in `zone`; a draft may have one too
  std::string zone;                   // the project's, when it was planned
  std::optional<Instant> instant;     // of kNow and kAt, and of a draft with a time
  LatePolicy late_policy = LatePolicy::kHold;
  std::string language;               // of the author, BCP 47
  std::vector<std::int64_t> account_ids;
  std::vector<Detail> details;
  std::optional<std::int64_t> rubric_id = {};
  std::optional<Instant> delete_at = {};  // then its posts are deleted over there
  Instant created_at, updated_at;
  std::optional<Instant> gone_at = {}, deleted_at = {};  // its posts over there; the publication itself

  // The version of this publication that `account` gets: its own, or the first without an account.
  const Detail& detail_for(std::int64_t account) const;
  bool has_detail_for(std::int64_t account) const;
};

// What a change that can't name it leaves as it was: rubric, stage, end, and of each version all but its text and pictures.
void keep_unnamed(Publication& changed, const Publication& stored);

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
  // Every post of it is deleted over there; its record stays, and is listed no more.
  void mark_gone(storage::Transaction& tx, std::int64_t id) const;
  // The account and its own version leave the publication.
  void drop_account(storage::Transaction& tx, std::int64_t id, std::int64_t account) const;
  // Some publications of the project, deleted ones too.
  static std::vector<std::int64_t> some_of(storage::Transaction& tx, std::int64_t project_id, std::int64_t limit);
  bool uses_file(storage::Transaction& tx, std::int64_t file_id) const;  // not of deleted publications

 private:
  Publication loaded(storage::Transaction& tx, std::int64_t id) const;
  void load_details(storage::Transaction& tx, Publication& publication) const;
  void insert_details(storage::Transaction& tx, const Publication& publication) const;
  void insert_detail(storage::Transaction& tx, const Publication& publication, const Detail& detail) const;

  vault::Vault& vault_;
  const Clock& clock_;
};

}  // namespace postmypost::publications
