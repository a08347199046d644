// Destruction acts: that somebody's data was destroyed, when, why and how much, without a value of it.
#pragma once

#include <string_view>

namespace postmypost::privacy {

inline constexpr std::string_view kSchema = R"sql(
create table destruction_act (
  id bigint primary key,
  subject text not null check (subject in ('person', 'project', 'account')),
  subject_id bigint not null,
  reason text not null check (reason in ('own_wish', 'after_restore')),
  begun_at bigint not null,
  ended_at bigint not null,
  ended_rows text not null,
  files bigint not null,
  keys bigint not null
);
)sql";

}  // namespace postmypost::privacy
