// Posts that are to be deleted over there before their account is disconnected. A row ends with its account.
#pragma once

#include <string_view>

namespace postmypost::leaving {

inline constexpr std::string_view kSchema = R"sql(
create table withdrawal (
  delivery_id bigint primary key,
  account_id bigint not null,
  user_id bigint not null,
  state text not null check (state in ('waiting', 'gone', 'refused')),
  tries bigint not null default 0,
  next_at bigint not null,
  problem text
);
create index withdrawal_of_account on withdrawal (account_id, state, next_at);
)sql";

// Posts that are to be deleted over there while their account stays (removing.hpp).
inline constexpr std::string_view kRemovalSchema = R"sql(
create table removal (
  delivery_id bigint primary key,
  publication_id bigint not null,
  project_id bigint not null,
  account_id bigint not null,
  user_id bigint not null,
  scope text not null check (scope in ('there', 'everywhere')),
  state text not null check (state in ('waiting', 'gone', 'refused')),
  tries bigint not null default 0,
  next_at bigint,
  problem text,
  asked_at bigint not null
);
create index removal_due on removal (next_at) where next_at is not null;
create index removal_of_publication on removal (publication_id);
create index removal_of_person on removal (user_id);
)sql";

}  // namespace postmypost::leaving
