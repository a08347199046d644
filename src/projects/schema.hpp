// Tables of the room. A project's name is sealed with its key; an account's profile and secrets with the account's own.
#pragma once

#include <string_view>

namespace postmypost::projects {

inline constexpr std::string_view kSchema = R"sql(
create table project (
  id bigint primary key,
  name blob not null,
  zone text not null,
  created_at bigint not null
);

create table member (
  project_id bigint not null references project (id),
  user_id bigint not null,
  access text not null check (access in ('owner', 'editor')),
  created_at bigint not null,
  primary key (project_id, user_id)
);
create index member_of_user on member (user_id);

create table account (
  id bigint primary key,
  project_id bigint not null references project (id),
  channel text not null,
  state text not null check (state in ('connected', 'needs_reconnect', 'disconnected')),
  profile blob,
  secrets blob,
  secrets_version bigint not null default 1,
  problem text,
  connected_at bigint not null,
  verified_at bigint not null,
  disconnected_at bigint
);
create index account_of_project on account (project_id);
)sql";

}  // namespace postmypost::projects
