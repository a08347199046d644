// Tables of the room. Answers are sealed with the key of whoever asked.
#pragma once

#include <string_view>

namespace postmypost::api {

// `request_key` is a hash of who asked, for what, and their Idempotency-Key. `status` is null while a request that reaches
// outside is under way, or was when its process ended.
inline constexpr std::string_view kSchema = R"sql(
create table stored_answer (
  id bigint primary key,
  user_id bigint not null,
  request_key blob not null unique,
  request_digest blob not null,
  status integer,
  answer blob not null,
  at bigint not null
);
create index stored_answer_of_user on stored_answer (user_id);
create index stored_answer_by_time on stored_answer (at);

drop table publication_request;
)sql";

}  // namespace postmypost::api
