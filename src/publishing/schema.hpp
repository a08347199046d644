// Tables of the engine. `ready_at` is the one thing the engine waits for: when a delivery next needs it
// (null: never by itself). A lane's `next_due` is the least `ready_at` of its waiting deliveries, or `not_before` when that is
// later: the one instant that claims look at.
#pragma once

#include <string_view>

namespace postmypost::publishing {

inline constexpr std::string_view kSchema = R"sql(
create table lane (
  account_id bigint primary key,
  next_due bigint,
  not_before bigint not null default 0,
  in_flight bigint
);
create index lane_by_due on lane (next_due) where in_flight is null and next_due is not null;
create index lane_in_flight on lane (in_flight) where in_flight is not null;

create table delivery (
  id bigint primary key,
  project_id bigint not null,
  publication_id bigint not null,
  account_id bigint not null,
  channel text not null,
  uid text not null unique,
  state text not null,
  reason text,
  due bigint not null,
  late_policy text not null,
  ready_at bigint,
  generation bigint not null default 0,
  epoch bigint not null default 0,
  tries bigint not null default 0,
  absences bigint not null default 0,
  text_digest text not null,
  content_digest text,
  frozen_at bigint,
  progress text not null default '{}',
  last_error text,
  disclosure_id bigint,
  remote_id text,
  permalink text,
  sent_at bigint,
  created_at bigint not null
);
create index delivery_ready on delivery (account_id, ready_at, id) where ready_at is not null;
create index delivery_of_publication on delivery (publication_id);
create index delivery_of_project on delivery (project_id, state);
create unique index delivery_remote_id on delivery (account_id, remote_id) where remote_id is not null;

create table attempt (
  id bigint primary key,
  delivery_id bigint not null references delivery (id),
  generation bigint not null,
  epoch bigint not null,
  step text not null,
  request_digest text not null,
  phase text not null check (phase in ('intent', 'gate', 'closed')),
  outcome text,
  intent_at bigint not null,
  gate_at bigint,
  closed_at bigint
);
create unique index attempt_unresolved on attempt (delivery_id, generation, step) where phase <> 'closed';
create index attempt_of_delivery on attempt (delivery_id, id);

create table delivery_event (
  id bigint primary key,
  delivery_id bigint not null references delivery (id),
  at bigint not null,
  from_state text,
  to_state text not null,
  code text not null,
  params text not null
);
create index delivery_event_of_delivery on delivery_event (delivery_id, id);

create table outbox (
  id bigint primary key,
  topic text not null,
  project_id bigint not null,
  subject_id bigint not null,
  at bigint not null
);
)sql";

// Who works on the store, and since when this store is this store (adoption.hpp).
inline constexpr std::string_view kWorkersSchema = R"sql(
create table engine (
  id bigint primary key check (id = 1),
  incarnation text not null,
  timeline text not null
);

create table worker (
  id bigint primary key,
  name text not null,
  journal text not null,
  journal_number bigint not null,
  journal_hash text not null,
  beat bigint not null,
  timeline text not null,
  started_at bigint not null,
  beat_at bigint not null,
  ended_at bigint
);
create index worker_of_journal on worker (journal, beat);

alter table lane add column worker bigint;
create index lane_of_worker on lane (worker) where worker is not null;
drop index lane_in_flight;

-- Each move of a delivery used to change this one twice. What a project asks for is found by what seldom moves.
drop index delivery_of_project;
create index delivery_promised on delivery (project_id, due) where state = 'scheduled';
create index delivery_published on delivery (project_id, sent_at) where state = 'published';
create index delivery_same_text on delivery (account_id, text_digest);
create index delivery_for_person on delivery (project_id) where state in ('held', 'failed', 'expired');

update lane set next_due = not_before where next_due < not_before;
)sql";

inline constexpr std::string_view kEventsSchema = R"sql(
create index outbox_by_time on outbox (at);
)sql";

}  // namespace postmypost::publishing
