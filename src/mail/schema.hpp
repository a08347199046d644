// Tables of the room: letters on their way, and the one-time links in them. Addresses and links are sealed with the key of the
// person the letter is for; of a link only its hash stays.
#pragma once

#include <string_view>

namespace postmypost::mail {

// A letter is `waiting`, `sending` (a process works on it until `next_at`), `sent`, `refused` by the relay, or `given_up`. At its end
// address and secret are emptied, as the address of a link is when it was used. `letter_notice` has a row for whoever
// wants notices by letter as well. `letter_day` counts what was asked for without a session, whoever the address belongs to.
inline constexpr std::string_view kSchema = R"sql(
create table letter (
  id bigint primary key,
  user_id bigint not null,
  kind text not null check (kind in ('confirm', 'email', 'email_changed', 'taken', 'password', 'notices', 'test')),
  locale text not null,
  address blob,
  secret blob,
  about text,
  message_id text not null,
  state text not null check (state in ('waiting', 'sending', 'sent', 'refused', 'given_up')),
  problem text,
  tries bigint not null,
  disclosure_id bigint,
  tried_at bigint,
  made_at bigint not null,
  next_at bigint not null,
  ended_at bigint
);
create index letter_due on letter (next_at, id) where state in ('waiting', 'sending');
create index letter_of_user on letter (user_id, made_at);
create index letter_by_end on letter (ended_at) where ended_at is not null;

create table letter_link (
  id bigint primary key,
  user_id bigint not null,
  kind text not null check (kind in ('confirm', 'email', 'password')),
  token_hash blob not null unique,
  address blob,
  made_at bigint not null,
  expires_at bigint not null,
  used_at bigint
);
create index letter_link_of_user on letter_link (user_id, kind);

create table letter_notice (
  user_id bigint primary key,
  token_hash blob not null unique,
  since bigint not null,
  told_until bigint not null
);

create table letter_day (
  day text primary key,
  asked bigint not null
);
)sql";

}  // namespace postmypost::mail
