// The app.bsky.feed.post record of a delivery: the same bytes for every attempt.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "networks/network.hpp"

namespace postmypost::networks::bluesky {

// A TID (atproto.com/specs/tid): 13 characters from the planned second and thirty bits of the idempotency key, so it is known
// before anything is sent, the same for every attempt, and the same again after an old backup was brought back.
std::string record_key(const Content& content);

// `progress` brings uploaded blobs ("blob_0") and resolved mentions ("mention:name").
boost::json::object post_record(const Content& content, const Progress& progress);

// Links, mentions and hashtags by UTF-8 byte offsets.
boost::json::array facets(std::string_view text, const Progress& progress);

}  // namespace postmypost::networks::bluesky
