// The own page as HTML with microformats (h-feed, h-entry), Atom (RFC 4287) and JSON Feed 1.1. Pure functions: what a page
// holds and where it is served go in, a document comes out. No scripts, no foreign addresses.
#pragma once

#include <string>
#include <vector>

#include "pages/pages.hpp"

namespace postmypost::pages {

std::string escaped(std::string_view text);            // for HTML and XML, in text and in double-quoted attributes
std::string first_words(std::string_view text, std::size_t graphemes = 80);  // a title for entries that have none

std::string page_html(const Page& page, const std::vector<Entry>& entries, bool has_older, const std::string& public_url);
std::string entry_html(const Page& page, const Entry& entry, const std::string& public_url);
// 404 and 410, in the page's language.
std::string nothing_html(const std::string& language, bool gone);

std::string atom(const Page& page, const std::vector<Entry>& entries, const std::string& public_url);
std::string json_feed(const Page& page, const std::vector<Entry>& entries, const std::string& public_url);

}  // namespace postmypost::pages
