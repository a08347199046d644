// Whether this database and this sent-journal are what the engine left behind, and what to do when they are not.
//
// A database can be an old backup, a copy of one that still runs elsewhere, or a folder that moved. Sending from it what the
// world has already seen would double it, so the engine examines both before it claims anything:
//
//   kOlder        the journal knows of beats, INTENTs or GATEs that the database lost, or belongs to a later incarnation of it
//   kCopied       the journal's files are copies: another inode or birth time than its first entry says
//   kJournalLost  the database has worked before, but not with this journal, or with more of it
//   kFailedOver   the PostgreSQL server is another one than before, and not every worker has compared its journal with it yet
//
// Each waits for the operator, who alone knows: `postmypost adopt --moved | --restored | --clone` (docs/publishing.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "journal/journal.hpp"
#include "publishing/claims.hpp"
#include "publishing/workers.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::publishing {

struct Surroundings;

enum class Origin { kGenuine, kOlder, kCopied, kJournalLost, kFailedOver };
std::string_view to_string(Origin origin);  // "genuine", "older", "copied", "journal_lost", "failed_over"

enum class AdoptAs {
  kMoved,     // the folder is all there is, the original is gone
  kRestored,  // an older state was brought back: what fell due since then may be live
  kClone,     // the original goes on elsewhere: this one must not send for it
};
std::optional<AdoptAs> parse_adopt_as(std::string_view text);  // "moved", "restored", "clone"

struct Adoption {
  std::int64_t published = 0;  // the journal knew the post: adopted
  std::int64_t doubted = 0;    // may be live: read back, or held for a person
  std::int64_t accounts = 0;   // of a clone: they must be connected again
};

// `is_alone`: this journal is the only one that ever wrote for this database. `incarnation` names the database; journals made
// for another are not its own.
Origin examine(storage::Database& database, const journal::Journal& journal, bool is_alone);

// Makes database and journal one again. Nothing may be claiming. `force` restores what looks genuine: a disk image that was set
// back with database and journal can't be seen from inside. Errors: `engine.nothing_to_adopt`, `engine.wrong_adoption`.
Result<Adoption> adopt(const Surroundings& with, Origin origin, AdoptAs as, bool force, const QuietTime& quiet);

// What a store lost that several workers share is told by each worker's own journal: what it knows to be published is written
// down, what passed its gate is doubted. False when the journal can't tell everything: then the operator must.
bool believe_own_journal(const Surroundings& with, const QuietTime& quiet);

// How long after its GATE a delivery is looked for, by its account. `scale`: of tests.
QuietTime quiet_time_of(const Surroundings& with, double scale);

// The database's incarnation; made at the first call.
std::string incarnation_of(storage::Database& database, Random& random);

// What an outcome's journal entry keeps of the post, readable with the account's key only.
struct SentPost {
  std::string remote_id, permalink;
};
std::string seal_outcome(vault::Vault& vault, std::int64_t account_id, const SentPost& post);
// None when the key is gone or the bytes are not what was sealed.
std::optional<SentPost> open_outcome(const vault::Vault& vault, std::int64_t account_id, const std::string& sealed);

// Outcomes that reached the journal but not the database (a full disk, then a crash) are written down; call it before leases are
// recovered. Returns how many.
std::size_t settle_from_journal(const Surroundings& with);

}  // namespace postmypost::publishing
