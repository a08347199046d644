// Compares a database with its sent-journal.
#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "publishing/adoption.hpp"
#include "publishing/stories.hpp"

namespace postmypost::publishing {
namespace {

using journal::Entry;
using journal::Head;
using journal::Kind;
using storage::Transaction;

constexpr auto kOrigins = std::to_array<std::pair<Origin, std::string_view>>({{Origin::kGenuine, "genuine"},
                                                                              {Origin::kOlder, "older"},
                                                                              {Origin::kCopied, "copied"},
                                                                              {Origin::kJournalLost, "journal_lost"},
                                                                              {Origin::kFailedOver, "failed_over"}});
constexpr auto kAdoptions = std::to_array<std::pair<AdoptAs, std::string_view>>(
    {{AdoptAs::kMoved, "moved"}, {AdoptAs::kRestored, "restored"}, {AdoptAs::kClone, "clone"}});

// The database wrote it before the journal did, so it knows it unless it is older than the journal.
bool is_known(Transaction& tx, const Entry& entry) {
  const std::string gated = entry.kind == Kind::kGate ? " and a.gate_at is not null" : "";
  return tx
      .value<std::int64_t>("select a.id from attempt a join delivery d on d.id=a.delivery_id where d.uid=$1 and "
                           "a.generation=$2 and a.epoch=$3 and a.step=$4" + gated + " limit 1",
                           entry.uid, entry.generation, entry.epoch, entry.step)
      .has_value();
}

// What the journal tells behind the last head that the database knows.
Origin compare_tail(Transaction& tx, const journal::Journal& journal, const Beat& known) {
  Origin origin = Origin::kGenuine;
  bool is_same_chain = known.head.number == 0;
  journal.replay(known.head.number, [&](const Entry& entry, const Head& head) {
    if (head.number == known.head.number) is_same_chain = head.hash == known.head.hash;
    if (head.number <= known.head.number || origin != Origin::kGenuine) return;
    const bool newer = entry.kind == Kind::kBeat ? entry.beat > known.number
                                                 : (entry.kind == Kind::kIntent || entry.kind == Kind::kGate) && !is_known(tx, entry);
    if (newer) origin = Origin::kOlder;
  });
  return is_same_chain ? origin : Origin::kJournalLost;
}

}  // namespace

bool tells_everything(storage::Database& database, const journal::Journal& journal) {
  return journal.is_original() && database.read([&](Transaction& tx) {
    const auto known = last_beat(tx, journal.id());
    return known && compare_tail(tx, journal, *known) != Origin::kJournalLost;
  });
}

std::string incarnation_in(Transaction& tx) {
  return tx.value<std::string>("select incarnation from engine where id=1").value_or("");
}

std::string_view to_string(Origin origin) {
  return std::ranges::find(kOrigins, origin, &std::pair<Origin, std::string_view>::first)->second;
}

std::optional<AdoptAs> parse_adopt_as(std::string_view text) {
  const auto found = std::ranges::find(kAdoptions, text, &std::pair<AdoptAs, std::string_view>::second);
  return found == kAdoptions.end() ? std::nullopt : std::optional(found->first);
}

std::string incarnation_of(storage::Database& database, Random& random) {
  const std::string made = hex(random.bytes(16));
  return database.write([&](Transaction& tx) {
    tx.execute("insert into engine (id, incarnation, timeline) values (1, $1, $2) on conflict (id) do nothing", made, timeline_of(tx));
    return incarnation_in(tx);
  });
}

Origin examine(storage::Database& database, const journal::Journal& journal, bool is_alone) {
  return database.read([&](Transaction& tx) {
    const bool is_new_journal = journal.head().number <= 1;
    const std::optional<Beat> known = last_beat(tx, journal.id());
    if (!known && !is_new_journal) return Origin::kOlder;
    if (!known) return is_alone && last_sign_of_life(tx) ? Origin::kJournalLost : Origin::kGenuine;
    if (journal.incarnation() != incarnation_in(tx)) return Origin::kOlder;
    if (journal.head().number < known->head.number) return Origin::kJournalLost;
    const Origin tail = compare_tail(tx, journal, *known);
    if (tail != Origin::kGenuine) return tail;
    return journal.is_original() ? Origin::kGenuine : Origin::kCopied;
  });
}

}  // namespace postmypost::publishing
