// Tables of the room. Texts, alt texts are sealed with the project's key (category content).
#pragma once

#include <string_view>

namespace postmypost::publications {

inline constexpr std::string_view kSchema = R"sql(
create table publication (
  id bigint primary key,
  project_id bigint not null,
  author_id bigint not null,
  version bigint not null,
  kind text not null check (kind in ('draft', 'now', 'at')),
  wall_time text,
  zone text not null,
  instant bigint,
  late_policy text not null check (late_policy in ('hold', 'skip')),
  language text not null,
  created_at bigint not null,
  updated_at bigint not null,
  deleted_at bigint
);
create index publication_by_time on publication (project_id, instant) where deleted_at is null;

create table publication_account (
  publication_id bigint not null references publication (id),
  account_id bigint not null,
  position integer not null,
  primary key (publication_id, account_id)
);
create index publication_of_account on publication_account (account_id);

create table detail (
  id bigint primary key,
  project_id bigint not null,
  publication_id bigint not null references publication (id),
  account_id bigint,
  content blob not null
);
create index detail_of_publication on detail (publication_id);

create table detail_picture (
  detail_id bigint not null references detail (id),
  position integer not null,
  file_id bigint not null,
  alt blob not null,
  primary key (detail_id, position)
);
create index detail_picture_by_file on detail_picture (file_id);

create table publication_request (
  project_id bigint not null,
  request_key text not null,
  publication_id bigint not null references publication (id),
  request_digest text not null,
  at bigint not null,
  primary key (project_id, request_key)
);
)sql";

// All of a project, deleted ones too, in pieces.
inline constexpr std::string_view kErasureSchema = R"sql(
create index publication_of_project on publication (project_id, id);
create index publication_request_of on publication_request (publication_id);
)sql";

}  // namespace postmypost::publications
