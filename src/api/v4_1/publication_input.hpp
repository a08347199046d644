// What a client sends for a publication, checked and made one of ours.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/v4_1/call.hpp"

namespace postmypost::api::v4_1 {

struct DetailBody {
  std::optional<std::int64_t> account_id;
  std::int64_t publication_type = 0;
  std::optional<std::string> content, comment, link, title;
  std::optional<bool> tiktok_comment, tiktok_duet, tiktok_stitch;
  std::optional<std::int64_t> tiktok_privacy_status, youtube_privacy_status, x_reply_settings;
  std::optional<bool> instagram_share_to_feed, nsfw;
  std::optional<std::vector<std::int64_t>> file_ids;
};
BOOST_DESCRIBE_STRUCT(DetailBody, (),
                      (account_id, publication_type, content, comment, link, title, tiktok_comment, tiktok_duet, tiktok_stitch,
                       tiktok_privacy_status, youtube_privacy_status, x_reply_settings, instagram_share_to_feed, nsfw, file_ids))

// Of PUT; POST has the project besides.
struct PublicationBody {
  std::string post_at;
  std::optional<std::string> delete_at;
  std::optional<std::int64_t> rubric_id;
  std::vector<std::int64_t> account_ids;
  std::int64_t publication_status = 0;
  std::vector<DetailBody> details;
};
BOOST_DESCRIBE_STRUCT(PublicationBody, (), (post_at, delete_at, rubric_id, account_ids, publication_status, details))

struct PlannedPublication {
  publications::Publication publication;  // without id, version and author
  std::vector<projects::AccountRow> accounts;
};

// Checks everything that can be wrong whatever becomes of it, and for status 5 also all that a network would refuse. In one
// transaction with what saves it. Errors: 422 each, with the field's pointer.
Result<PlannedPublication> read_publication(const Call& call, storage::Transaction& tx, const projects::Project& project,
                                            const PublicationBody& body);

}  // namespace postmypost::api::v4_1

namespace postmypost::json {

template <>
constexpr Rules rules<api::v4_1::PublicationBody>(std::string_view member) {
  if (member == "account_ids") return {.min_items = 1, .max_items = 100};
  if (member == "details") return {.min_items = 1, .max_items = 101};
  return {};
}
template <>
constexpr Rules rules<api::v4_1::DetailBody>(std::string_view member) {
  if (member == "content") return {.max_length = 200'000};
  if (member == "comment") return {.max_length = 20'000};
  if (member == "link") return {.max_length = 4'000};
  if (member == "title") return {.max_length = 1'000};
  if (member == "file_ids") return {.max_items = 10};
  return {};
}

}  // namespace postmypost::json
