#include "care/notices.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <tuple>

#include "publishing/states.hpp"

namespace postmypost::care {
namespace {

using storage::Transaction;

constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

// Strictly before this place in the order of all notices: newest first, then by source, then the newer row.
struct Place {
  std::int64_t at = kLast;
  int source = 0;
  std::int64_t id = kLast;
};

Error bad_cursor() {
  return {.code = "notices.cursor",
          .detail = "This is no place in the list of notices.",
          .field = "/cursor",
          .rule = "cursor",
          .how_to_fix = "Send what the list itself answered, or nothing."};
}

Result<Place> place_of(const std::string& cursor) {
  std::array<std::int64_t, 3> parts{};
  const char* at = cursor.data();
  const char* const end = at + cursor.size();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto [next, failure] = std::from_chars(at, end, parts[i]);
    const bool last = i + 1 == parts.size();
    if (failure != std::errc() || (last ? next != end : next == end || *next != '.')) return fail(bad_cursor());
    at = next + (last ? 0 : 1);
  }
  if (parts[1] < 0 || parts[1] > 9) return fail(bad_cursor());
  return Place{.at = parts[0], .source = static_cast<int>(parts[1]), .id = parts[2]};
}

// What of a source lies before the place: rows older than `at`, or of that instant with an id below `id`.
struct Bound {
  std::int64_t at, id;
  std::int64_t since;  // and newer than this
};
Bound bound_of(const Place& place, int source, Instant since) {
  if (source < place.source) return {place.at, std::numeric_limits<std::int64_t>::min(), since.us};
  return {place.at, source == place.source ? place.id : kLast, since.us};
}

using Notices = std::vector<Notice>;
using Source = void (*)(Transaction&, std::int64_t user, const Bound&, std::int64_t limit, int source, Notices&);

// Doubt is what a person has to decide: so the delivery says now, or the event said then.
std::string kind_of(const std::string& code, const std::string& state, const std::optional<std::string>& reason) {
  if (code == "account_lost") return "account_lost";
  const bool open = state == "held" && (reason == publishing::reason::kUndecided || reason == publishing::reason::kRestored);
  return open || code == "undecided" ? "doubt" : "failure";
}

void of_deliveries(Transaction& tx, std::int64_t user, const Bound& before, std::int64_t limit, int source, Notices& out) {
  tx.each(
      "select e.id, e.at, e.code, d.state, d.reason, d.project_id, d.publication_id, d.account_id from delivery_event e "
      "join delivery d on d.id=e.delivery_id join member m on m.project_id=d.project_id "
      "where m.user_id=$1 and e.to_state in ('failed', 'held', 'expired') and e.at >= m.created_at "
      "and (e.at < $2 or (e.at = $2 and e.id < $3)) and e.at > $5 order by e.at desc, e.id desc limit $4",
      {user, before.at, before.id, limit, before.since}, [&](const storage::Row& row) {
        out.push_back({.kind = kind_of(row.text(2), row.text(3), row.get<std::optional<std::string>>(4)),
                       .code = row.text(2),
                       .at = row.get<Instant>(1),
                       .project_id = row.integer(5),
                       .publication_id = row.integer(6),
                       .account_id = row.integer(7),
                       .source = source,
                       .id = row.integer(0)});
      });
}

// The first version a person read is no change.
void of_texts(Transaction& tx, std::int64_t user, const Bound& before, std::int64_t limit, int source, Notices& out) {
  tx.each(
      "select a.id, a.at, a.document, a.version from acknowledgement a where a.user_id=$1 and exists (select 1 from "
      "acknowledgement o where o.user_id=a.user_id and o.document=a.document and o.version < a.version) "
      "and (a.at < $2 or (a.at = $2 and a.id < $3)) and a.at > $5 order by a.at desc, a.id desc limit $4",
      {user, before.at, before.id, limit, before.since}, [&](const storage::Row& row) {
        out.push_back({.kind = "policy_changed",
                       .code = row.text(2),
                       .at = row.get<Instant>(1),
                       .version = row.integer(3),
                       .source = source,
                       .id = row.integer(0)});
      });
}

void of_tickets(Transaction& tx, std::int64_t user, const Bound& before, std::int64_t limit, int source, Notices& out) {
  tx.each(
      "select m.id, m.at, t.id, t.topic from ticket_message m join ticket t on t.id=m.ticket_id where t.user_id=$1 and "
      "m.side='support' and (m.at < $2 or (m.at = $2 and m.id < $3)) and m.at > $5 order by m.at desc, m.id desc limit $4",
      {user, before.at, before.id, limit, before.since}, [&](const storage::Row& row) {
        out.push_back({.kind = "ticket_answered",
                       .code = row.text(3),
                       .at = row.get<Instant>(1),
                       .ticket_id = row.integer(2),
                       .source = source,
                       .id = row.integer(0)});
      });
}

// For whoever answers them.
void of_questions(Transaction& tx, std::int64_t user, const Bound& before, std::int64_t limit, int source, Notices& out) {
  tx.each(
      "select m.id, m.at, t.id, t.topic from ticket_message m join ticket t on t.id=m.ticket_id where m.side='person' and "
      "exists (select 1 from person where id=$1 and role='operator') and (m.at < $2 or (m.at = $2 and m.id < $3)) "
      "and m.at > $5 order by m.at desc, m.id desc limit $4",
      {user, before.at, before.id, limit, before.since}, [&](const storage::Row& row) {
        out.push_back({.kind = "ticket_opened",
                       .code = row.text(3),
                       .at = row.get<Instant>(1),
                       .ticket_id = row.integer(2),
                       .source = source,
                       .id = row.integer(0)});
      });
}

// For operators: the demand itself is the notice to oneself, with which its day of rest begins.
void of_legal_requests(Transaction& tx, std::int64_t user, const Bound& before, std::int64_t limit, int source, Notices& out) {
  tx.each(
      "select id, registered_at from legal_request where exists (select 1 from person p where p.id=$1 and p.role='operator') "
      "and (registered_at < $2 or (registered_at = $2 and id < $3)) and registered_at > $5 order by registered_at desc, id desc limit $4",
      {user, before.at, before.id, limit, before.since}, [&](const storage::Row& row) {
        out.push_back(
            {.kind = "legal_waits", .code = "legal", .at = row.get<Instant>(1), .source = source, .id = row.integer(0)});
      });
}

constexpr std::array<Source, 5> kSources{of_deliveries, of_texts, of_tickets, of_questions, of_legal_requests};

constexpr Instant kEver{std::numeric_limits<std::int64_t>::min()};

Notices before(Transaction& tx, std::int64_t user, const Place& place, std::int64_t limit, Instant since = kEver) {
  Notices all;
  for (int source = 0; source < static_cast<int>(kSources.size()); ++source) {
    kSources.at(static_cast<std::size_t>(source))(tx, user, bound_of(place, source, since), limit, source, all);
  }
  std::ranges::sort(all, {}, [](const Notice& n) { return std::tuple(-n.at.us, n.source, -n.id); });
  if (all.size() > static_cast<std::size_t>(limit)) all.resize(static_cast<std::size_t>(limit));
  return all;
}

Instant seen_until(Transaction& tx, std::int64_t user) {
  return tx.value<Instant>("select until from notice_seen where user_id=$1", user).value_or(Instant{0});
}

}  // namespace

std::string Notice::cursor() const {
  return std::to_string(at.us) + "." + std::to_string(source) + "." + std::to_string(id);
}

Result<NoticePage> notices_of(Transaction& tx, std::int64_t user, const std::optional<std::string>& cursor,
                              std::int64_t limit) {
  Place place;
  if (cursor) {
    TRY_ASSIGN(place, place_of(*cursor));
  }
  NoticePage page{.items = before(tx, user, place, limit + 1), .next_cursor = {}, .seen_until = seen_until(tx, user)};
  if (page.items.size() > static_cast<std::size_t>(limit)) {
    page.items.pop_back();
    page.next_cursor = page.items.back().cursor();
  }
  return page;
}

std::int64_t unseen_of(Transaction& tx, std::int64_t user) {
  return static_cast<std::int64_t>(before(tx, user, {}, kMostCounted, seen_until(tx, user)).size());
}

Result<> mark_seen(Transaction& tx, std::int64_t user, const std::string& cursor) {
  TRY_ASSIGN(const Place place, place_of(cursor));
  tx.execute(
      "insert into notice_seen (user_id, until) values ($1,$2) on conflict (user_id) do update set until=excluded.until "
      "where notice_seen.until < excluded.until",
      user, place.at);
  return {};
}

}  // namespace postmypost::care
