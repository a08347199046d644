// Support (clauses 5 and 3.2.4): questions of people, answers of operators, and access to a project that a person opens for one
// question.
//
// A question has ten days; a later word of its person starts them anew. Access is given by an owner of the project, for reading
// only, for some days, under one ticket: it ends by its time, by its giver, by the end of the ownership and with the ticket. Each
// day that an operator looks is a row of the ledger, written before anything is shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "projects/projects.hpp"
#include "storage/database.hpp"
#include "vault/ledger.hpp"
#include "vault/vault.hpp"

namespace postmypost::care {

inline constexpr Duration kAnswerWithin = days(10);
inline constexpr std::int64_t kLongestAccessDays = 14;

enum class Side { kPerson, kSupport };
std::string_view to_string(Side side);

struct NewTicket {
  std::string topic;  // "policy", "data", "account", "fault", "other"
  std::optional<std::string> clause;
  std::string text;
};

struct Ticket {
  std::int64_t id = 0, user_id = 0;
  std::string topic;
  std::optional<std::string> clause;
  std::string state;  // "open": waits for an answer; "answered", "closed"
  Instant opened_at, due_at;
  std::optional<Instant> answered_at, closed_at;

  bool is_overdue(Instant now) const { return state == "open" && due_at < now; }
};

struct Message {
  Side side = Side::kPerson;
  std::string text;
  Instant at;
};

struct ProjectAccess {
  std::int64_t id = 0, project_id = 0;
  Instant given_at, expires_at;
  std::optional<Instant> ended_at;
};

struct Visit {
  std::int64_t project_id = 0;
  std::string day;  // "2026-11-26", UTC
};

// Everything about one ticket, for one of its two sides.
struct TicketStory {
  Ticket ticket;
  std::vector<Message> messages;
  std::vector<ProjectAccess> access;
  std::vector<Visit> visits;
};

// Who answers for the server, as the ledger names them.
struct Recipient {
  std::string host, name;
};

class Tickets {
 public:
  Tickets(vault::Vault& vault, const Clock& clock, const projects::Projects& projects)
      : vault_(vault), clock_(clock), projects_(projects) {}

  // -- A person
  // Errors: `ticket.topic`, `ticket.clause`, `ticket.text_empty`, `ticket.text_too_long`, `ticket.too_many` (20 open ones).
  Result<Ticket> open(storage::Transaction& tx, std::int64_t user, const NewTicket& ticket) const;
  std::vector<Ticket> of_user(storage::Transaction& tx, std::int64_t user) const;  // newest first
  // `ticket.not_found` also for another person's.
  Result<TicketStory> story(storage::Transaction& tx, std::int64_t user, std::int64_t ticket) const;
  // Errors: those of texts, `ticket.closed`.
  Result<> ask(storage::Transaction& tx, std::int64_t user, std::int64_t ticket, const std::string& text) const;
  Result<> close(storage::Transaction& tx, std::int64_t user, std::int64_t ticket) const;
  // Errors: `ticket.closed`, `project.not_found`, `right.owner`, `ticket.access_days`.
  Result<> give_access(storage::Transaction& tx, std::int64_t user, std::int64_t ticket, std::int64_t project,
                       std::int64_t for_days) const;
  Result<> end_access(storage::Transaction& tx, std::int64_t user, std::int64_t ticket, std::int64_t access) const;

  // -- Support
  std::vector<Ticket> queue(storage::Transaction& tx) const;  // not closed; the nearest deadline first
  Result<TicketStory> story_for_support(storage::Transaction& tx, std::int64_t ticket) const;
  // Errors: those of texts, `ticket.closed`.
  Result<> answer(storage::Transaction& tx, std::int64_t by, std::int64_t ticket, const std::string& text) const;
  Result<> close_by_support(storage::Transaction& tx, std::int64_t ticket) const;

  // Whether this project may be read under this ticket now.
  bool may_look(storage::Transaction& tx, std::int64_t ticket, std::int64_t project) const;
  // Writes the day's ledger row if it is not there. Errors: `project.not_found` when it may not be read.
  Result<> look(storage::Transaction& tx, std::int64_t ticket, std::int64_t project, const Recipient& recipient) const;

 private:
  Result<Ticket> load(storage::Transaction& tx, std::int64_t ticket) const;
  Result<Ticket> own(storage::Transaction& tx, std::int64_t user, std::int64_t ticket) const;
  template <Purpose P>
  TicketStory told(storage::Transaction& tx, Ticket ticket) const;
  void write(storage::Transaction& tx, const Ticket& ticket, Side side, std::int64_t author, const std::string& text) const;
  void end(storage::Transaction& tx, std::int64_t ticket) const;

  vault::Vault& vault_;
  const Clock& clock_;
  const projects::Projects& projects_;
};

}  // namespace postmypost::care
