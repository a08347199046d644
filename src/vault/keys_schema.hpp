// Tables of the keys' database. A row without `wrapped` is a key that was destroyed: the tombstone of its owner, which goes
// with the current keys, never with a backup of the data, so a restore of old data finds it.
#pragma once

#include <array>

#include "storage/database.hpp"

namespace postmypost::vault {

inline constexpr auto kKeyMigrations = std::to_array<storage::Migration>({
    {1, "vault", R"sql(
create table if not exists data_key (
  scope text not null,
  owner bigint not null,
  wrapped blob not null,
  primary key (scope, owner)
);
create table if not exists key_check (
  id bigint primary key,
  value blob not null
);
)sql"},
    {2, "vault", R"sql(
alter table data_key rename to data_key_before;
create table data_key (
  scope text not null,
  owner bigint not null,
  version bigint not null,
  wrapped blob,
  made_at bigint not null,
  drained_at bigint,
  destroyed_at bigint,
  primary key (scope, owner, version)
);
insert into data_key (scope, owner, version, wrapped, made_at) select scope, owner, 1, wrapped, 0 from data_key_before;
drop table data_key_before;
create index data_key_destroyed on data_key (destroyed_at) where destroyed_at is not null;
)sql"},
});

}  // namespace postmypost::vault
