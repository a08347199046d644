// What one network is told about a post and others know nothing of. Kept sealed with its version and given back as it came.
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string_view>

namespace postmypost::publications {

enum class TiktokPrivacy { kPublic, kFriends, kPrivate };
BOOST_DESCRIBE_ENUM(TiktokPrivacy, kPublic, kFriends, kPrivate)
enum class YoutubePrivacy { kPublic, kUnlisted, kPrivate };
BOOST_DESCRIBE_ENUM(YoutubePrivacy, kPublic, kUnlisted, kPrivate)
enum class ReplySettings { kEveryone, kFollowing, kMentionedUsers };
BOOST_DESCRIBE_ENUM(ReplySettings, kEveryone, kFollowing, kMentionedUsers)

struct NetworkOptions {
  std::optional<bool> tiktok_comment = {}, tiktok_duet = {}, tiktok_stitch = {};
  std::optional<TiktokPrivacy> tiktok_privacy = {};
  std::optional<YoutubePrivacy> youtube_privacy = {};
  std::optional<ReplySettings> x_reply_settings = {};
  std::optional<bool> instagram_share_to_feed = {};
  std::optional<bool> nsfw = {};  // of every network that can warn of what is shown

  bool any() const {
    return tiktok_comment || tiktok_duet || tiktok_stitch || tiktok_privacy || youtube_privacy || x_reply_settings ||
           instagram_share_to_feed || nsfw;
  }
};
BOOST_DESCRIBE_STRUCT(NetworkOptions, (),
                      (tiktok_comment, tiktok_duet, tiktok_stitch, tiktok_privacy, youtube_privacy, x_reply_settings,
                       instagram_share_to_feed, nsfw))

}  // namespace postmypost::publications
