// Links, mentions and hashtags in a text, by UTF-8 byte offsets: what Mastodon's counting and Bluesky's facets need.
//
// The rules are written down in text_rules.json ("about"), so that the browser finds the same spans.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postmypost::networks {

struct Span {
  std::size_t begin = 0, end = 0;  // bytes, half open
};

std::vector<Span> find_links(std::string_view text);            // with http:// or https://
std::vector<Span> find_remote_mentions(std::string_view text);  // "@name@host.tld"
std::vector<Span> find_handles(std::string_view text);          // "@name.tld", as Bluesky writes them
std::vector<Span> find_hashtags(std::string_view text);         // with the # sign; not digits only

}  // namespace postmypost::networks
