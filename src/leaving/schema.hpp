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

}  // namespace postmypost::leaving
