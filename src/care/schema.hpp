// Tables of the room: what a person has seen, tickets of support, the operator's registers. Texts of tickets are sealed with
// the key of the person who opened them, whoever wrote them.
#pragma once

#include <string_view>

namespace postmypost::care {

// Notices themselves are not stored: they are read from what the other tables say (notices.hpp).
inline constexpr std::string_view kNoticesSchema = R"sql(
create table notice_seen (
  user_id bigint primary key,
  until bigint not null
);

create index delivery_event_for_person on delivery_event (at, id) where to_state in ('failed', 'held', 'expired');
)sql";

// A ticket waits for an answer (`open`), was answered, or is closed; access to a project hangs on it (tickets.hpp).
inline constexpr std::string_view kTicketsSchema = R"sql(
create table ticket (
  id bigint primary key,
  user_id bigint not null,
  topic text not null check (topic in ('policy', 'data', 'account', 'fault', 'other')),
  clause text,
  state text not null check (state in ('open', 'answered', 'closed')),
  opened_at bigint not null,
  due_at bigint not null,
  answered_at bigint,
  closed_at bigint
);
create index ticket_of_user on ticket (user_id, id);
create index ticket_by_deadline on ticket (due_at) where state = 'open';

create table ticket_message (
  id bigint primary key,
  ticket_id bigint not null references ticket (id),
  number bigint not null,
  side text not null check (side in ('person', 'support')),
  author_id bigint not null,
  text blob not null,
  at bigint not null
);
create unique index ticket_message_of on ticket_message (ticket_id, number);
create index ticket_message_by_time on ticket_message (at, id);

create table ticket_access (
  id bigint primary key,
  ticket_id bigint not null references ticket (id),
  project_id bigint not null,
  given_at bigint not null,
  expires_at bigint not null,
  ended_at bigint
);
create index ticket_access_of on ticket_access (ticket_id, project_id);

create table ticket_visit (
  id bigint primary key,
  ticket_id bigint not null references ticket (id),
  project_id bigint not null,
  day text not null,
  disclosure_id bigint not null
);
create unique index ticket_visit_of on ticket_visit (ticket_id, project_id, day);
)sql";

// The operator's registers. Rows are only added: a request, its approvals, what was given, how it ended; an incident and each step
// that was taken.
inline constexpr std::string_view kRegistersSchema = R"sql(
create table legal_request (
  id bigint primary key,
  authority text not null,
  act_number text not null,
  norm text not null,
  scope text not null,
  subject_id bigint not null,
  gag_until bigint,
  registered_by bigint not null,
  registered_at bigint not null
);
create index legal_request_by_time on legal_request (registered_at, id);

create table legal_approval (
  id bigint primary key,
  request_id bigint not null references legal_request (id),
  approved_by bigint not null,
  at bigint not null
);
create unique index legal_approval_of on legal_approval (request_id, approved_by);

create table legal_output (
  id bigint primary key,
  request_id bigint not null references legal_request (id),
  given_by bigint not null,
  given text not null,
  disclosure_id bigint not null,
  at bigint not null
);
create index legal_output_of on legal_output (request_id);

create table legal_end (
  id bigint primary key,
  request_id bigint not null unique references legal_request (id),
  ended_by bigint not null,
  how text not null check (how in ('fulfilled', 'refused')),
  at bigint not null
);

create table incident (
  id bigint primary key,
  what text not null,
  kinds text not null,
  noticed_at bigint not null,
  expires_at bigint not null,
  registered_by bigint not null,
  registered_at bigint not null
);

create table incident_step (
  id bigint primary key,
  incident_id bigint not null references incident (id),
  step text not null check (step in ('authority_first', 'authority_result', 'persons_told', 'closed')),
  taken_by bigint not null,
  at bigint not null
);
create unique index incident_step_of on incident_step (incident_id, step);
)sql";

}  // namespace postmypost::care
