#include "care/tickets.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "base/zones.hpp"

namespace postmypost::care {
namespace {

using storage::Transaction;
using vault::KeyScope;

constexpr std::size_t kLongestText = 10'000;
constexpr std::int64_t kMostOpen = 20;
constexpr auto kTopics = std::to_array<std::string_view>({"policy", "data", "account", "fault", "other"});

// Sealed with the key of who asked, whoever wrote it: it goes with them.
vault::Place text_place(std::int64_t message, std::int64_t user) {
  return {"ticket_message", "text", message, KeyScope::kUser, user};
}

Error broken(std::string code, std::string detail, std::string field, std::string rule, std::string fix) {
  return {.code = std::move(code), .detail = std::move(detail), .field = std::move(field), .rule = std::move(rule),
          .how_to_fix = std::move(fix)};
}

Result<std::string> checked_text(const std::string& given) {
  std::string text = tidy(given);
  if (text.empty()) return fail(broken("ticket.text_empty", "There is no text.", "/text", "required", "Write what it is about."));
  if (count_graphemes(text) > kLongestText) {
    return fail(broken("ticket.text_too_long", "The text has more than 10,000 characters.", "/text", "max_grapheme=10000",
                       "Shorten it, or send a second message."));
  }
  return text;
}

// "3.2.4", or "preamble".
bool is_clause(const std::string& text) {
  if (text == "preamble") return true;
  return !text.empty() && text.size() <= 8 && text.front() != '.' && text.back() != '.' &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

Result<> check(const NewTicket& ticket) {
  if (std::ranges::find(kTopics, ticket.topic) == kTopics.end()) {
    return fail(broken("ticket.topic", "There is no such topic.", "/topic", "enum=policy,data,account,fault,other",
                       "Choose one from the list."));
  }
  if (ticket.clause && !is_clause(*ticket.clause)) {
    return fail(broken("ticket.clause", "This is no clause of the policy.", "/clause", "clause", "Write it as 3.2.4."));
  }
  return {};
}

Result<> still_open(const Ticket& ticket) {
  if (ticket.state != "closed") return {};
  return fail({.kind = ErrorKind::kConflict,
               .code = "ticket.closed",
               .detail = "This ticket is closed.",
               .how_to_fix = "Open a new one."});
}

constexpr std::string_view kColumns = "select id, user_id, topic, clause, state, opened_at, due_at, answered_at, closed_at from ticket ";

std::vector<Ticket> select(Transaction& tx, std::string_view tail, const std::vector<storage::Parameter>& parameters) {
  std::vector<Ticket> all;
  tx.each(std::string(kColumns) + std::string(tail), parameters, [&](const storage::Row& row) {
    all.push_back({.id = row.integer(0),
                   .user_id = row.integer(1),
                   .topic = row.text(2),
                   .clause = row.get<std::optional<std::string>>(3),
                   .state = row.text(4),
                   .opened_at = row.get<Instant>(5),
                   .due_at = row.get<Instant>(6),
                   .answered_at = row.get<std::optional<Instant>>(7),
                   .closed_at = row.get<std::optional<Instant>>(8)});
  });
  return all;
}

std::string day_of(Instant at) { return to_rfc3339(at).substr(0, 10); }

}  // namespace

std::string_view to_string(Side side) { return side == Side::kPerson ? "person" : "support"; }

Result<Ticket> Tickets::load(Transaction& tx, std::int64_t ticket) const {
  auto found = select(tx, "where id=$1", {ticket});
  if (found.empty()) return not_found("ticket");
  return std::move(found.front());
}

Result<Ticket> Tickets::own(Transaction& tx, std::int64_t user, std::int64_t ticket) const {
  TRY_ASSIGN(Ticket found, load(tx, ticket));
  if (found.user_id != user) return not_found("ticket");
  return found;
}

Result<Ticket> Tickets::open(Transaction& tx, std::int64_t user, const NewTicket& given) const {
  TRY(check(given));
  TRY_ASSIGN(const std::string text, checked_text(given.text));
  const auto waiting = tx.value<std::int64_t>("select count(*) from ticket where user_id=$1 and state<>'closed'", user);
  if (waiting.value_or(0) >= kMostOpen) {
    return fail({.kind = ErrorKind::kTooMany,
                 .code = "ticket.too_many",
                 .detail = "Twenty tickets of this person are not closed.",
                 .how_to_fix = "Write into one of them, or close what is settled."});
  }
  const Instant now = clock_.now();
  Ticket ticket{.id = tx.next_id("ticket"),
                .user_id = user,
                .topic = given.topic,
                .clause = given.clause,
                .state = "open",
                .opened_at = now,
                .due_at = now + kAnswerWithin};
  tx.execute("insert into ticket (id, user_id, topic, clause, state, opened_at, due_at) values ($1,$2,$3,$4,'open',$5,$6)",
             ticket.id, user, ticket.topic, ticket.clause, ticket.opened_at, ticket.due_at);
  write(tx, ticket, Side::kPerson, user, text);
  return ticket;
}

void Tickets::write(Transaction& tx, const Ticket& ticket, Side side, std::int64_t author, const std::string& text) const {
  const auto last =
      tx.value<std::optional<std::int64_t>>("select max(number) from ticket_message where ticket_id=$1", ticket.id);
  const std::int64_t id = tx.next_id("ticket_message");
  const auto sealed = vault_.seal<Category::kQuestion>(text_place(id, ticket.user_id), text);
  tx.execute("insert into ticket_message (id, ticket_id, number, side, author_id, text, at) values ($1,$2,$3,$4,$5,$6,$7)", id,
             ticket.id, last.value_or(std::nullopt).value_or(0) + 1, to_string(side), author, storage::Blob{sealed.bytes},
             clock_.now());
}

std::vector<Ticket> Tickets::of_user(Transaction& tx, std::int64_t user) const {
  return select(tx, "where user_id=$1 order by opened_at desc, id desc", {user});
}

std::vector<Ticket> Tickets::queue(Transaction& tx) const {
  return select(tx, "where state<>'closed' order by case when state='open' then 0 else 1 end, due_at, id", {});
}

template <Purpose P>
TicketStory Tickets::told(Transaction& tx, Ticket ticket) const {
  TicketStory story{.ticket = std::move(ticket), .messages = {}, .access = {}, .visits = {}};
  const std::int64_t id = story.ticket.id, user = story.ticket.user_id;
  tx.each("select id, side, text, at from ticket_message where ticket_id=$1 order by number", {id},
          [&](const storage::Row& row) {
            story.messages.push_back({.side = row.text(1) == "person" ? Side::kPerson : Side::kSupport,
                                      .text = vault_.open<P>(text_place(row.integer(0), user),
                                                             vault::Sealed<Category::kQuestion>{row.blob(2)}),
                                      .at = row.get<Instant>(3)});
          });
  tx.each("select id, project_id, given_at, expires_at, ended_at from ticket_access where ticket_id=$1 order by given_at, id",
          {id}, [&](const storage::Row& row) {
            story.access.push_back({.id = row.integer(0),
                                    .project_id = row.integer(1),
                                    .given_at = row.get<Instant>(2),
                                    .expires_at = row.get<Instant>(3),
                                    .ended_at = row.get<std::optional<Instant>>(4)});
          });
  tx.each("select project_id, day from ticket_visit where ticket_id=$1 order by day, project_id", {id},
          [&](const storage::Row& row) { story.visits.push_back({row.integer(0), row.text(1)}); });
  return story;
}

Result<TicketStory> Tickets::story(Transaction& tx, std::int64_t user, std::int64_t ticket) const {
  TRY_ASSIGN(Ticket found, own(tx, user, ticket));
  return told<Purpose::kCabinet>(tx, std::move(found));
}

Result<TicketStory> Tickets::story_for_support(Transaction& tx, std::int64_t ticket) const {
  TRY_ASSIGN(Ticket found, load(tx, ticket));
  return told<Purpose::kContact>(tx, std::move(found));
}

Result<> Tickets::ask(Transaction& tx, std::int64_t user, std::int64_t ticket, const std::string& given) const {
  TRY_ASSIGN(const Ticket found, own(tx, user, ticket));
  TRY(still_open(found));
  TRY_ASSIGN(const std::string text, checked_text(given));
  write(tx, found, Side::kPerson, user, text);
  // What waits already keeps its deadline: more words do not put an answer off.
  tx.execute("update ticket set state='open', due_at=$2 where id=$1 and state='answered'", ticket, clock_.now() + kAnswerWithin);
  return {};
}

Result<> Tickets::answer(Transaction& tx, std::int64_t by, std::int64_t ticket, const std::string& given) const {
  TRY_ASSIGN(const Ticket found, load(tx, ticket));
  TRY(still_open(found));
  TRY_ASSIGN(const std::string text, checked_text(given));
  write(tx, found, Side::kSupport, by, text);
  tx.execute("update ticket set state='answered', answered_at=$2 where id=$1", ticket, clock_.now());
  return {};
}

void Tickets::end(Transaction& tx, std::int64_t ticket) const {
  const Instant now = clock_.now();
  tx.execute("update ticket set state='closed', closed_at=$2 where id=$1 and state<>'closed'", ticket, now);
  tx.execute("update ticket_access set ended_at=$2 where ticket_id=$1 and ended_at is null", ticket, now);
}

Result<> Tickets::close(Transaction& tx, std::int64_t user, std::int64_t ticket) const {
  TRY(own(tx, user, ticket));
  end(tx, ticket);
  return {};
}

Result<> Tickets::close_by_support(Transaction& tx, std::int64_t ticket) const {
  TRY(load(tx, ticket));
  end(tx, ticket);
  return {};
}

Result<> Tickets::give_access(Transaction& tx, std::int64_t user, std::int64_t ticket, std::int64_t project,
                              std::int64_t for_days) const {
  TRY_ASSIGN(const Ticket found, own(tx, user, ticket));
  TRY(still_open(found));
  TRY_ASSIGN(const projects::Project wanted, projects_.find(tx, user, project));
  if (wanted.right != projects::Right::kOwner) {
    return fail({.kind = ErrorKind::kForbidden,
                 .code = "right.owner",
                 .detail = "Only an owner of the project may do this.",
                 .how_to_fix = "Ask an owner of the project."});
  }
  if (for_days < 1 || for_days > kLongestAccessDays) {
    return fail(broken("ticket.access_days", "Access is given for 1 to 14 days.", "/days", "range=1..14", "Choose a number of days."));
  }
  const Instant now = clock_.now();
  tx.execute("update ticket_access set ended_at=$3 where ticket_id=$1 and project_id=$2 and ended_at is null", ticket, project, now);
  tx.execute("insert into ticket_access (id, ticket_id, project_id, given_at, expires_at) values ($1,$2,$3,$4,$5)",
             tx.next_id("ticket_access"), ticket, project, now, now + days(for_days));
  return {};
}

Result<> Tickets::end_access(Transaction& tx, std::int64_t user, std::int64_t ticket, std::int64_t access) const {
  TRY(own(tx, user, ticket));
  const auto ended = tx.execute("update ticket_access set ended_at=$3 where id=$1 and ticket_id=$2 and ended_at is null", access,
                                ticket, clock_.now());
  if (ended == 0) return not_found("access");
  return {};
}

bool Tickets::may_look(Transaction& tx, std::int64_t ticket, std::int64_t project) const {
  return tx
      .value<std::int64_t>(
          "select 1 from ticket t join ticket_access a on a.ticket_id=t.id join member m on m.user_id=t.user_id and "
          "m.project_id=a.project_id where t.id=$1 and a.project_id=$2 and t.state<>'closed' and a.ended_at is null and "
          "a.expires_at > $3 and m.access='owner' limit 1",
          ticket, project, clock_.now())
      .has_value();
}

Result<> Tickets::look(Transaction& tx, std::int64_t ticket, std::int64_t project, const Recipient& recipient) const {
  if (!may_look(tx, ticket, project)) return not_found("project");
  const Instant now = clock_.now();
  const std::string day = day_of(now);
  if (tx.value<std::int64_t>("select 1 from ticket_visit where ticket_id=$1 and project_id=$2 and day=$3", ticket, project, day)) {
    return {};
  }
  TRY_ASSIGN(const Ticket found, load(tx, ticket));
  const auto row = vault::Ledger::record(tx,
                                         {.recipient_host = recipient.host,
                                          .recipient = recipient.name,
                                          .what = {"text", "pictures", "alt_text", "profile"},
                                          .purpose = Purpose::kContact,
                                          .clause = "3.2.4",
                                          .user_id = found.user_id,
                                          .project_id = project,
                                          .evidence = "ticket:" + std::to_string(ticket)},
                                         now);
  vault::Ledger::record_outcome(tx, row.id(), vault::DisclosureOutcome::kDelivered, now);
  tx.execute("insert into ticket_visit (id, ticket_id, project_id, day, disclosure_id) values ($1,$2,$3,$4,$5)",
             tx.next_id("ticket_visit"), ticket, project, day, row.id());
  return {};
}

}  // namespace postmypost::care
