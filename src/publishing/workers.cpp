#include "publishing/workers.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace postmypost::publishing {

using storage::Transaction;

std::int64_t sign_on(Transaction& tx, const std::string& name, const std::string& journal, const Beat& beat, Instant now) {
  tx.execute("update worker set ended_at=$2 where journal=$1 and ended_at is null", journal, now);
  const std::int64_t id = tx.next_id("worker");
  tx.execute(
      "insert into worker (id, name, journal, journal_number, journal_hash, beat, timeline, started_at, beat_at) "
      "values ($1,$2,$3,$4,$5,$6,$7,$8,$8)",
      id, name, journal, beat.head.number, base64url(beat.head.hash), beat.number, timeline_of(tx), now);
  return id;
}

bool show_beat(Transaction& tx, std::int64_t worker, const Beat& beat, Instant now) {
  return tx.execute("update worker set beat=$2, journal_number=$3, journal_hash=$4, beat_at=$5 where id=$1 and beat=$6 and "
                    "ended_at is null",
                    worker, beat.number, beat.head.number, base64url(beat.head.hash), now, beat.number - 1) == 1;
}

void sign_off(Transaction& tx, std::int64_t worker, Instant now) {
  tx.execute("update worker set ended_at=$2 where id=$1 and ended_at is null", worker, now);
}

std::optional<Beat> last_beat(Transaction& tx, const std::string& journal) {
  const auto row = tx.row<std::int64_t, std::int64_t, std::string>(
      "select beat, journal_number, journal_hash from worker where journal=$1 order by beat desc limit 1", journal);
  if (!row) return std::nullopt;
  const auto& [beat, number, hash] = *row;
  return Beat{.number = beat, .head = {.number = static_cast<std::uint64_t>(number), .hash = from_base64url(hash).value_or("")}};
}

std::optional<Instant> last_sign_of_life(Transaction& tx) {
  return tx.value<std::optional<Instant>>("select max(beat_at) from worker").value_or(std::nullopt);
}

std::vector<Silence> silences(Transaction& tx, Instant since, Instant now) {
  std::vector<Silence> all;
  std::optional<Instant> alive_until;
  for (const auto& [started, beat] : tx.rows<Instant, Instant>(
           "select started_at, beat_at from worker where beat_at >= (select coalesce(max(beat_at), 0) from worker where beat_at < $1) "
           "order by started_at, id", since)) {
    if (alive_until && started > *alive_until) all.push_back({.from = *alive_until, .until = started});
    alive_until = std::max(alive_until.value_or(beat), beat);
  }
  if (alive_until) all.push_back({.from = *alive_until, .until = now});
  return all;
}

std::vector<std::pair<std::int64_t, std::int64_t>> living(Transaction& tx) {
  std::vector<std::pair<std::int64_t, std::int64_t>> all;
  for (const auto& [id, beat] : tx.rows<std::int64_t, std::int64_t>("select id, beat from worker where ended_at is null")) {
    all.emplace_back(id, beat);
  }
  return all;
}

void forget_ended(Transaction& tx, Instant before) {
  tx.execute("delete from worker where ended_at < $1 and exists (select 1 from worker w where w.journal=worker.journal and "
             "w.beat > worker.beat)",
             before);
}

std::string timeline_of(Transaction& tx) {
  if (tx.dialect() != storage::Dialect::kPostgresql) return "";
  return tx
      .value<std::string>("select system_identifier::text || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) from "
                          "pg_control_system()")
      .value_or("");
}

bool is_on_its_timeline(Transaction& tx) {
  return tx.value<std::string>("select timeline from engine where id=1") == timeline_of(tx);
}

bool is_behind(std::string_view timeline, std::string_view known) {
  const auto system = [](std::string_view text) { return text.substr(0, text.find('/')); };
  return system(timeline) == system(known) && timeline < known;  // timelines are hexadecimal, of one length
}

bool accept_timeline(Transaction& tx, std::int64_t worker) {
  const std::string timeline = timeline_of(tx);
  tx.execute("update worker set timeline=$2 where id=$1", worker, timeline);
  if (tx.value<std::int64_t>("select id from worker where ended_at is null and timeline<>$1 limit 1", timeline)) return false;
  tx.execute("update engine set timeline=$1 where id=1", timeline);
  return true;
}

std::vector<std::int64_t> Watch::dead(const std::vector<std::pair<std::int64_t, std::int64_t>>& living, Duration since_boot,
                                      Duration presumed_dead) {
  std::vector<std::int64_t> dead;
  std::map<std::int64_t, Seen> seen;
  for (const auto& [id, beat] : living) {
    const auto known = seen_.find(id);
    const bool moved = known == seen_.end() || known->second.beat != beat;
    const Seen now = moved ? Seen{beat, since_boot} : known->second;
    if (since_boot >= now.at + presumed_dead) dead.push_back(id);
    seen.emplace(id, now);
  }
  seen_ = std::move(seen);
  return dead;
}

}  // namespace postmypost::publishing
