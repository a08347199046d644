// Tables of the room. Names, e-mail addresses and IP addresses are sealed with the user's own key; a user is found by a blind
// index of the normalised e-mail. Tokens are kept as SHA-256 only.
#pragma once

#include <string_view>

namespace postmypost::identity {

inline constexpr std::string_view kSchema = R"sql(
create table setting (
  name text primary key,
  value text not null
);

create table person (
  id bigint primary key,
  name blob not null,
  email blob not null,
  email_index blob not null unique,
  password_hash text not null,
  role text not null check (role in ('operator', 'user')),
  locale text not null,
  theme text not null,
  created_at bigint not null
);

create table session (
  id bigint primary key,
  token_hash blob not null unique,
  user_id bigint not null references person (id),
  device text not null,
  ip blob not null,
  created_at bigint not null,
  last_seen_at bigint not null,
  ended_at bigint
);
create index session_of_user on session (user_id);

create table access_token (
  id bigint primary key,
  token_hash blob not null unique,
  user_id bigint not null references person (id),
  label text not null,
  scopes text not null,
  created_at bigint not null,
  last_used_at bigint,
  expires_at bigint,
  revoked_at bigint
);

create table invitation (
  id bigint primary key,
  token_hash blob not null unique,
  project_id bigint,
  created_by bigint not null,
  created_at bigint not null,
  expires_at bigint not null,
  used_at bigint,
  revoked_at bigint
);

create table set_up_link (
  id bigint primary key,
  token_hash blob not null unique,
  expires_at bigint not null,
  used_at bigint
);

create table acknowledgement (
  id bigint primary key,
  user_id bigint not null references person (id),
  document text not null,
  version bigint not null,
  sha256 text not null,
  locale text not null,
  at bigint not null
);
create index acknowledgement_of_user on acknowledgement (user_id);
)sql";

// Who leaves, and when they said so; and the proof of what somebody acknowledged outlives its person, as a number.
inline constexpr std::string_view kLeavingSchema = R"sql(
alter table person add column leaving_at bigint;
create index person_leaving on person (leaving_at) where leaving_at is not null;

drop index acknowledgement_of_user;
alter table acknowledgement rename to acknowledgement_before;
create table acknowledgement (
  id bigint primary key,
  user_id bigint not null,
  document text not null,
  version bigint not null,
  sha256 text not null,
  locale text not null,
  at bigint not null
);
insert into acknowledgement (id, user_id, document, version, sha256, locale, at)
  select id, user_id, document, version, sha256, locale, at from acknowledgement_before;
drop table acknowledgement_before;
create index acknowledgement_of_user on acknowledgement (user_id);
)sql";

// What people decided (choices.hpp). Rows are only added; `number` counts them, because ids of several processes do not follow
// each other in time.
inline constexpr std::string_view kChoicesSchema = R"sql(
create table choice (
  id bigint primary key,
  user_id bigint not null,
  purpose text not null,
  number bigint not null,
  choice text not null check (choice in ('given', 'withdrawn', 'off', 'on', 'objected', 'taken_back')),
  version bigint not null,
  sha256 text not null,
  locale text not null,
  screen text not null,
  control text not null,
  policy_version bigint not null,
  at bigint not null,
  proof text not null
);
create unique index choice_of_user on choice (user_id, purpose, number);
)sql";

// Nothing of a person is published while `restricted_at` is set (article 18 of the GDPR; clause 4.1 leaves the rest to them). How an
// address was confirmed: "set_up", "invitation", "operator" (who entered it), "self" (nobody checked it), "unknown".
inline constexpr std::string_view kRestrictionSchema = R"sql(
alter table person add column restricted_at bigint;
alter table person add column email_confirmed_by text not null default 'unknown';
alter table person add column email_confirmed_at bigint;
)sql";

inline constexpr std::string_view kTokensSchema = R"sql(
create index access_token_of_user on access_token (user_id);
)sql";

}  // namespace postmypost::identity
