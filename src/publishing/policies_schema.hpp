// Tables of the policies around the machine. All but `zone_rules` and the indexes are empty while nothing is wrong.
#pragma once

#include <string_view>

namespace postmypost::publishing {

inline constexpr std::string_view kPoliciesSchema = R"sql(
create table breaker (
  key text primary key,
  failures bigint not null,
  why text not null,
  opened_at bigint not null,
  open_until bigint not null
);

create table lane_wait (
  account_id bigint primary key,
  until bigint not null,
  code text not null,
  params text not null
);

create table engine_pause (
  worker bigint primary key,
  code text not null,
  since bigint not null
);

create table delivery_crash (
  delivery_id bigint primary key references delivery (id),
  crashes bigint not null
);

create index delivery_sent on delivery (account_id, sent_at) where sent_at is not null;

create table zone_rules (
  zone text primary key,
  digest text not null
);
create index publication_by_zone on publication (zone, instant)
  where kind = 'at' and wall_time is not null and deleted_at is null;
)sql";

}  // namespace postmypost::publishing
