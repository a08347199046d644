// Tables of the room. What a redirect must remember and what was registered at an instance are secrets, so sealed.
#pragma once

#include <string_view>

namespace postmypost::accounts {

inline constexpr std::string_view kSchema = R"sql(
create table pending_connect (
  id bigint primary key,
  state_hash blob not null unique,
  user_id bigint not null,
  session_id bigint not null,
  project_id bigint not null,
  account_id bigint,
  channel text not null,
  remembered blob not null,
  expires_at bigint not null
);

create table network_app (
  id bigint primary key,
  channel text not null,
  host text not null,
  registered blob not null,
  created_at bigint not null,
  unique (channel, host)
);
)sql";

}  // namespace postmypost::accounts
