// Tables of the room: exports and imports of a person. Keys of their files are sealed with the person's own.
#pragma once

#include <string_view>

namespace postmypost::cabinet {

inline constexpr std::string_view kSchema = R"sql(
create table person_export (
  id bigint primary key,
  user_id bigint not null,
  state text not null check (state in ('waiting', 'making', 'ready', 'sending', 'fetched', 'failed', 'over')),
  file text,
  file_key blob,
  bytes bigint,
  problem text,
  requested_at bigint not null,
  touched_at bigint,
  ready_at bigint,
  ended_at bigint
);
create index person_export_of on person_export (user_id, id);

create table person_import (
  id bigint primary key,
  user_id bigint not null,
  state text not null check (state in ('receiving', 'waiting', 'reading', 'done', 'failed', 'over')),
  file text not null,
  file_key blob,
  bytes bigint not null,
  pieces bigint not null default 0,
  received bigint not null default 0,
  problem text,
  taken text,
  requested_at bigint not null,
  touched_at bigint,
  ended_at bigint
);
create index person_import_of on person_import (user_id, id);
)sql";

}  // namespace postmypost::cabinet
