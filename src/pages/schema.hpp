// Tables of the room. What a page shows is public by its owner's word, so it is kept plain.
#pragma once

#include <string_view>

namespace postmypost::pages {

inline constexpr std::string_view kSchema = R"sql(
create table page (
  id bigint primary key,
  account_id bigint not null unique,
  handle text not null unique,
  title text not null,
  language text not null,
  visibility text not null check (visibility in ('public', 'private')),
  tag_authority text not null,
  created_at bigint not null,
  updated_at bigint not null
);

create table page_entry (
  id bigint primary key,
  page_id bigint not null references page (id),
  delivery_uid text not null unique,
  content text not null,
  published_at bigint not null
);
create index page_entry_latest on page_entry (page_id, id);

create table page_picture (
  entry_id bigint not null references page_entry (id),
  position bigint not null,
  original_blob text not null,
  thumbnail_blob text not null,
  mime text not null,
  width bigint not null,
  height bigint not null,
  bytes bigint not null,
  alt text not null,
  primary key (entry_id, position)
);
create index page_picture_blob on page_picture (original_blob);
create index page_picture_thumbnail on page_picture (thumbnail_blob);
)sql";

}  // namespace postmypost::pages
