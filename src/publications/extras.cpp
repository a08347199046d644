// What only some networks can do (preflight.hpp).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "publications/preflight.hpp"

namespace postmypost::publications {
namespace {

std::string field_of(const Publication& p, const Detail& detail) {
  return fmt::format("/details/{}", &detail - p.details.data());
}

Finding cannot(const CheckedAccount& account, std::string field, std::string_view what) {
  return {.code = "extra.not_supported",
          .account_id = account.id,
          .field = std::move(field),
          .rule = fmt::format("network_can={}", what),
          .detail = fmt::format("{}: its network can't do this here: {}.", account.title, what),
          .how_to_fix = "Leave it out, or give this account its own version.",
          .params = {{"what", std::string(what)}}};
}

void check_account(const Publication& p, const CheckedAccount& account, std::vector<Finding>& findings) {
  const Detail& detail = p.detail_for(account.id);
  const networks::ExtraRule& can = account.capabilities.extras;
  const std::string field = field_of(p, detail);
  if (detail.kind == PostKind::kStory && !can.stories) findings.push_back(cannot(account, field + "/kind", "story"));
  if (detail.kind == PostKind::kReels && !can.reels) findings.push_back(cannot(account, field + "/kind", "reels"));
  if (detail.title && !detail.title->empty() && !can.title) findings.push_back(cannot(account, field + "/title", "title"));
  if (detail.first_comment && !detail.first_comment->empty() && !can.first_comment) {
    findings.push_back(cannot(account, field + "/first_comment", "first_comment"));
  }
  if (detail.options.nsfw.value_or(false) && !can.sensitive) findings.push_back(cannot(account, field + "/options/nsfw", "nsfw"));
}

struct Given {
  std::string_view network, option;
  bool is_given;
};

void check_options(const Publication& p, const Detail& detail, std::span<const CheckedAccount> accounts, std::vector<Finding>& findings) {
  const NetworkOptions& o = detail.options;
  const auto given = std::to_array<Given>({
      {"tiktok", "tiktok_comment", o.tiktok_comment.has_value()},
      {"tiktok", "tiktok_duet", o.tiktok_duet.has_value()},
      {"tiktok", "tiktok_stitch", o.tiktok_stitch.has_value()},
      {"tiktok", "tiktok_privacy", o.tiktok_privacy.has_value()},
      {"youtube", "youtube_privacy", o.youtube_privacy.has_value()},
      {"x", "x_reply_settings", o.x_reply_settings.has_value()},
      {"instagram", "instagram_share_to_feed", o.instagram_share_to_feed.has_value()},
  });
  for (const Given& one : given) {
    const bool has_taker = std::ranges::any_of(accounts, [&](const CheckedAccount& account) {
      return account.channel == one.network && &p.detail_for(account.id) == &detail;
    });
    if (!one.is_given || has_taker) continue;
    findings.push_back({.code = "extra.no_such_account",
                        .account_id = detail.account_id,
                        .field = fmt::format("{}/options/{}", field_of(p, detail), one.option),
                        .rule = fmt::format("network={}", one.network),
                        .detail = fmt::format("{} is for {} only, and this version goes to no such account.", one.option, one.network),
                        .how_to_fix = "Leave it out.",
                        .params = {{"option", std::string(one.option)}, {"network", std::string(one.network)}}});
  }
}

}  // namespace

void check_extras(const Publication& p, std::span<const CheckedAccount> accounts, std::vector<Finding>& findings) {
  for (const CheckedAccount& account : accounts) check_account(p, account, findings);
  if (accounts.empty()) return;
  for (const Detail& detail : p.details) check_options(p, detail, accounts, findings);
}

}  // namespace postmypost::publications
