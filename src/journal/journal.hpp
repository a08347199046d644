// The sent-journal: what this node was about to send, let go and heard back, outside the database.
//
// A database can be restored from yesterday; the networks can't. So the engine writes each INTENT, GATE and outcome a second
// time into append-only files of its own, after the database committed it and before the byte it speaks of leaves: whatever
// the journal knows and the database does not is proof that the database is older than the world (docs/publishing.md).
//
// Entries name deliveries by uid, never by row id, and hold no text, name, token or answer; a remote id is sealed by the caller.
// Files are segments of about 16 MB, `journal-000001`, each beginning with a kStart entry that holds the file's own inode and
// birth time and the hash of the segment before it. Each entry is chained by hash to the one before it. Appends of many
// callers share one fdatasync. A reserve is preallocated beside the segments and given up when the disk is full, so that
// outcomes of what has been sent can still be written.
//
// All file access goes through SQLite's default VFS: the crash VFS of the tests tears the journal as it tears the database.
//
// Thread-safe. `durable` runs on the journal's thread: short, no throw.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace postmypost::journal {

enum class Kind : std::uint8_t { kStart = 1, kBeat = 2, kIntent = 3, kGate = 4, kOutcome = 5 };

struct Entry {
  Kind kind = Kind::kBeat;
  Instant at;
  // kIntent, kGate, kOutcome; of kStart: the journal's id
  std::string uid = {};
  std::int64_t generation = 0, epoch = 0;
  std::string step = {};     // of kBeat: the store's timeline
  std::string digest = {};   // of the request (kIntent)
  std::string outcome = {};  // "applied", "not_applied", "unknown" (kOutcome)
  std::string sealed = {};   // remote id and permalink, sealed with the account's key (kOutcome)
  // kStart, kBeat
  std::string incarnation = {};
  std::int64_t beat = 0;                           // the database's beat that was committed before this entry
  std::map<std::string, std::int64_t> marks = {};  // first id of each table that no block has given out (kBeat)
};

// A place in the chain.
struct Head {
  std::uint64_t number = 0;  // of the entry, from 1; 0: nothing was ever written
  std::string hash = {};     // 32 bytes
  friend bool operator==(const Head&, const Head&) = default;
};

struct Options {
  std::uint64_t segment_bytes = 16U << 20U;  // a start reads the newest one
  std::uint64_t reserve_bytes = 4U << 20U;
};

class Journal {
 public:
  virtual ~Journal() = default;  // writes what is queued

  // Queues `entry`; `durable` hears when it is on disk, or why it is not (DatabaseError: kFull, kIo).
  virtual void append(Entry entry, std::function<void(std::exception_ptr)> durable) = 0;
  // The same, waiting. Throws what `durable` would have got.
  void append(Entry entry);

  virtual Head head() const = 0;  // of the last durable entry
  // Random, given when the journal was made; stays through renewals.
  virtual std::string id() const = 0;
  // Of the database it was last renewed for, or made for.
  virtual std::string incarnation() const = 0;

  // True when the journal's files are the ones that it was written into: false after any copy of the folder (another inode or
  // birth time), true after a reboot. `renew` begins a new segment that continues the chain and belongs to the present files.
  virtual bool is_original() const = 0;
  virtual void renew(const std::string& incarnation, Instant now) = 0;

  // Reads the durable entries in order, with their places: all of the segments that hold entry `from` and later ones.
  virtual void replay(std::uint64_t from, const std::function<void(const Entry&, const Head&)>& use) const = 0;

  // Free space has fallen short of the reserve: no new work may be begun, outcomes are still taken.
  virtual bool is_short_of_space() const = 0;

  // Drops whole segments whose last entry is older than `before`, never the one being written.
  virtual void drop_before(Instant before) = 0;
};

// Opens or creates the journal in `folder` (made with mode 0700; files 0600); a new one gets the id `new_id`. A torn end, left by a power loss, is cut off:
// only an entry of a later sync proves that an earlier one had been durable.
// Errors: `journal.corrupt` (an entry in the middle does not verify: says which file and which backup to bring back).
Result<std::unique_ptr<Journal>> open_journal(const std::filesystem::path& folder, const std::string& incarnation,
                                              const std::string& new_id, Instant now, Options options = {});

}  // namespace postmypost::journal
