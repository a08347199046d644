// The processes that work on one store: each shows by beats that it lives, and holds its leases under its own row.
//
// Nobody compares clocks: a worker is dead when its beat has not moved for a while of the watcher's own boot time. One declared
// dead while it only slept finds its row ended at its next beat and signs on anew; what it still sends loses at the gate.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "journal/journal.hpp"
#include "storage/database.hpp"

namespace postmypost::publishing {

struct Beat {
  std::int64_t number = 0;
  journal::Head head = {};  // of the sent-journal, as durable before this beat
};

// Makes the row of a worker that writes the sent-journal `journal`; its first beat is `beat`. Earlier workers with this journal
// are dead: a journal has one writer.
std::int64_t sign_on(storage::Transaction& tx, const std::string& name, const std::string& journal, const Beat& beat,
                     Instant now);
// False: the row has been ended by another, or the database has lost its last beat.
bool show_beat(storage::Transaction& tx, std::int64_t worker, const Beat& beat, Instant now);
void sign_off(storage::Transaction& tx, std::int64_t worker, Instant now);

// The newest beat that this database knows of a journal.
std::optional<Beat> last_beat(storage::Transaction& tx, const std::string& journal);
// When any worker last showed that it lives.
std::optional<Instant> last_sign_of_life(storage::Transaction& tx);
// A stretch in which no worker lived, from the last beat of one to the start of the next.
struct Silence {
  Instant from, until;
};
// Those since `since`, the one that ends now among them; none before the first worker of all.
std::vector<Silence> silences(storage::Transaction& tx, Instant since, Instant now);
// Rows not ended: everybody who may hold leases.
std::vector<std::pair<std::int64_t, std::int64_t>> living(storage::Transaction& tx);  // id, beat
// Ended rows are kept for a while: `last_beat` needs the newest of each journal.
void forget_ended(storage::Transaction& tx, Instant before);

// ---- Which history of the store this is. A PostgreSQL standby that was promoted, or a backup brought back, may have lost what
// workers did last; only their sent-journals know. So a new timeline is not claimed from until every worker that the store
// believes alive has compared its journal with it.

// Of the server behind `tx`: system and timeline; empty on SQLite, which has only its journal to tell.
std::string timeline_of(storage::Transaction& tx);
bool is_on_its_timeline(storage::Transaction& tx);
// A server that others have already left behind: an old primary that came back.
bool is_behind(std::string_view timeline, std::string_view known);
// `worker` has compared its journal with the present timeline. True when nobody else has to any more: the store may be
// claimed from.
bool accept_timeline(storage::Transaction& tx, std::int64_t worker);

// Who has stopped beating, as seen from here.
class Watch {
 public:
  // Feed it what `living` says; returns those whose beat has not moved for `presumed_dead`.
  std::vector<std::int64_t> dead(const std::vector<std::pair<std::int64_t, std::int64_t>>& living, Duration since_boot,
                                 Duration presumed_dead);

 private:
  struct Seen {
    std::int64_t beat = 0;
    Duration at;
  };
  std::map<std::int64_t, Seen> seen_;
};

}  // namespace postmypost::publishing
