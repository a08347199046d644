// The plain text of a status as its author typed it, from the HTML that Mastodon renders; for comparing, not for showing.
#pragma once

#include <string>
#include <string_view>

namespace postmypost::networks::mastodon {

std::string plain_text(std::string_view html);
// White space collapsed and remote mentions shortened to @user, on both sides of a comparison.
std::string comparable(std::string_view text);

}  // namespace postmypost::networks::mastodon
