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

// What the vendor's API and integrations plan besides: rubrics, stages before a promise, an end over there, and what single
// networks are told. `gone_at`: every post of it was deleted over there, its record stays. A publication is listed while it has
// neither `deleted_at` nor `gone_at`; how many a project lists stands in `publication_count`, over slots by the publication's
// number, so that people who write at once don't wait for one row.
inline constexpr std::string_view kStagesSchema = R"sql(
create table rubric (
  id bigint primary key,
  project_id bigint not null,
  name blob not null,
  created_at bigint not null
);
create index rubric_of_project on rubric (project_id, id);

alter table publication add column stage text not null default 'draft' check (stage in ('draft', 'template', 'workflow', 'approval'));
alter table publication add column rubric_id bigint;
alter table publication add column delete_at bigint;
alter table publication add column ending_at bigint;
alter table publication add column gone_at bigint;
create index publication_to_end on publication (delete_at) where delete_at is not null and ending_at is null;
create index publication_of_rubric on publication (rubric_id) where rubric_id is not null;
create index publication_listed on publication (project_id, coalesce(instant, created_at), id) where deleted_at is null and gone_at is null;
create index publication_listed_by_creation on publication (project_id, created_at, id) where deleted_at is null and gone_at is null;

alter table detail add column kind text not null default 'post' check (kind in ('post', 'story', 'reels'));
alter table detail add column link blob;
alter table detail add column title blob;
alter table detail add column first_comment blob;
alter table detail add column options blob;

create table publication_count (
  project_id bigint not null,
  slot bigint not null,
  listed bigint not null,
  primary key (project_id, slot)
);
insert into publication_count (project_id, slot, listed)
  select project_id, 0, count(*) from publication where deleted_at is null group by project_id;
)sql";

}  // namespace postmypost::publications
