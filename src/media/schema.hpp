// Tables of the room.
#pragma once

#include <string_view>

namespace postmypost::media {

inline constexpr std::string_view kSchema = R"sql(
create table file (
  id bigint primary key,
  project_id bigint not null,
  name blob not null,
  mime text not null,
  width bigint not null,
  height bigint not null,
  bytes bigint not null,
  original_blob text not null,
  thumbnail_blob text not null,
  removed text not null,
  created_at bigint not null,
  deleted_at bigint
);
create index file_of_project on file (project_id, id) where deleted_at is null;
)sql";

}  // namespace postmypost::media
