// Tables of the room.
#pragma once

#include <string_view>

namespace postmypost::media {

inline constexpr std::string_view kSchema = R"sql(
create table file (
  id bigint primary key,
  project_id bigint not null,
  name blob not null,
  mime text not null,
  width bigint not null,
  height bigint not null,
  bytes bigint not null,
  original_blob text not null,
  thumbnail_blob text not null,
  removed text not null,
  created_at bigint not null,
  deleted_at bigint
);
create index file_of_project on file (project_id, id) where deleted_at is null;
)sql";

// Uploads in steps: announced, received or fetched, made a file. `next_at` is when the work (upload_work.hpp) looks again. The numbers of
// uploads begin far behind those of files, so that nobody takes one for the other.
inline constexpr std::string_view kUploadsSchema = R"sql(
create table upload (
  id bigint primary key,
  project_id bigint not null,
  user_id bigint not null,
  state text not null check (state in ('waiting', 'fetching', 'received', 'processing', 'done', 'failed')),
  form_key text,
  name blob not null,
  source blob,
  announced bigint not null,
  file_id bigint,
  problem text,
  tries bigint not null default 0,
  next_at bigint,
  created_at bigint not null,
  expires_at bigint not null,
  ended_at bigint
);
create unique index upload_by_key on upload (form_key) where form_key is not null;
create index upload_due on upload (next_at) where next_at is not null;
create index upload_of_project on upload (project_id, id);
create index upload_open on upload (expires_at) where ended_at is null;
create index upload_ended on upload (ended_at) where ended_at is not null;
insert into id_block (name, next) values ('upload', 8000000000001);
)sql";

}  // namespace postmypost::media
