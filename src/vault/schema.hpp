// The disclosure ledger's tables. Rows are only added; the result of a disclosure is a row of its own.
#pragma once

#include <string_view>

namespace postmypost::vault {

inline constexpr std::string_view kSchema = R"sql(
create table disclosure (
  id bigint primary key,
  at bigint not null,
  recipient_host text not null,
  recipient text not null,
  country text not null,
  what text not null,
  purpose text not null,
  clause text not null,
  user_id bigint,
  project_id bigint,
  account_id bigint,
  publication_id bigint,
  evidence text not null
);
create index disclosure_of_publication on disclosure (publication_id) where publication_id is not null;
create index disclosure_of_project on disclosure (project_id, id);

create table disclosure_result (
  id bigint primary key,
  disclosure_id bigint not null references disclosure (id),
  outcome text not null check (outcome in ('delivered', 'not_sent', 'unknown')),
  at bigint not null
);
create index disclosure_result_of on disclosure_result (disclosure_id, id);
)sql";

// Lists of a person go by time; ids of several processes don't. A row of a publish has no person and adds to one index only, as before.
inline constexpr std::string_view kPeopleSchema = R"sql(
drop index disclosure_of_project;
create index disclosure_of_project on disclosure (project_id, at, id);
create index disclosure_of_user on disclosure (user_id, at, id) where user_id is not null;
)sql";

}  // namespace postmypost::vault
