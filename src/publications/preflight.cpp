#include "publications/preflight.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace postmypost::publications {
namespace {

constexpr std::size_t kMostPictures = 10;
constexpr Duration kFarthest = days(366 * 5);

using Findings = std::vector<Finding>;

std::string number(std::size_t n) { return std::to_string(n); }

std::size_t index_of_detail(const Publication& p, std::int64_t account) {
  const Detail* wanted = &p.detail_for(account);
  return static_cast<std::size_t>(wanted - p.details.data());
}

void check_text(const CheckedAccount& account, const Detail& detail, const std::string& field, Findings& out,
                std::vector<Count>& counts) {
  const networks::TextRule& rule = account.capabilities.text;
  const std::string text = text_of(detail);
  const std::size_t used = networks::count_text(text, rule);
  const bool pictured = !detail.pictures.empty();
  const auto limit = pictured && rule.limit_with_pictures ? rule.limit_with_pictures : rule.limit;
  counts.push_back({account.id, used, limit});
  const std::string unit(networks::to_string(rule.unit));
  if (limit && used > *limit) {
    out.push_back({.code = "text.too_long",
                   .account_id = account.id,
                   .field = field + "/text",
                   .rule = fmt::format("max_{}={}", unit, *limit),
                   .detail = fmt::format("{}: the text is {} too long ({} of {}).", account.title, used - *limit, used,
                                         *limit),
                   .how_to_fix = "Shorten the text, or give this account its own version.",
                   .params = {{"limit", number(*limit)}, {"used", number(used)}, {"over", number(used - *limit)}}});
  } else if (rule.max_bytes && text.size() > *rule.max_bytes) {
    out.push_back({.code = "text.too_many_bytes",
                   .account_id = account.id,
                   .field = field + "/text",
                   .rule = fmt::format("max_byte={}", *rule.max_bytes),
                   .detail = fmt::format("{}: the text takes {} bytes of at most {}.", account.title,
                                         text.size(), *rule.max_bytes),
                   .how_to_fix = "Shorten the text, or use fewer emoji and combined characters.",
                   .params = {{"limit", number(*rule.max_bytes)}, {"used", number(text.size())}}});
  }
  if (text.empty() && !pictured) {
    out.push_back({.code = "text.empty",
                   .account_id = account.id,
                   .field = field + "/text",
                   .rule = "required",
                   .detail = account.title + ": there is neither text nor a picture.",
                   .how_to_fix = "Write something, or add a picture."});
  }
}

void check_pictures(const CheckedAccount& account, const Detail& detail, const std::string& field,
                    std::span<const media::File> files, Findings& out) {
  const networks::PictureRule& rule = account.capabilities.pictures;
  const std::size_t most = std::min(rule.max, kMostPictures);
  if (detail.pictures.size() > most) {
    out.push_back({.code = "pictures.too_many",
                   .account_id = account.id,
                   .field = field + "/pictures",
                   .rule = fmt::format("max_items={}", most),
                   .detail = fmt::format("{}: {} pictures, the network takes {}.", account.title,
                                         detail.pictures.size(), most),
                   .how_to_fix = "Remove pictures, or give this account its own version.",
                   .params = {{"limit", number(most)}, {"used", number(detail.pictures.size())}}});
  }
  for (std::size_t i = 0; i < detail.pictures.size(); ++i) {
    const Picture& picture = detail.pictures[i];
    const std::string at = fmt::format("{}/pictures/{}", field, i);
    const auto file = std::ranges::find(files, picture.file_id, &media::File::id);
    if (file == files.end()) {
      out.push_back({.code = "picture.not_found",
                     .account_id = account.id,
                     .field = at + "/file_id",
                     .rule = "exists",
                     .detail = "This picture is not in the project any more.",
                     .how_to_fix = "Upload it again."});
      continue;
    }
    if (std::ranges::find(rule.formats, file->mime) == rule.formats.end()) {
      out.push_back({.code = "picture.format",
                     .account_id = account.id,
                     .field = at,
                     .rule = "format",
                     .detail = fmt::format("{} does not take {}.", account.title, file->mime),
                     .how_to_fix = "Save the picture as JPEG or PNG and upload it again.",
                     .params = {{"format", file->mime}}});
    }
    if (rule.max_bytes && static_cast<std::size_t>(file->bytes) > *rule.max_bytes) {
      out.push_back({.code = "picture.too_heavy",
                     .account_id = account.id,
                     .field = at,
                     .rule = fmt::format("max_bytes={}", *rule.max_bytes),
                     .detail = fmt::format("{}: picture {} has {} bytes, the network takes {}.", account.title, i + 1,
                                           file->bytes, *rule.max_bytes),
                     .how_to_fix = "Make the picture smaller and upload it again.",
                     .params = {{"limit", number(*rule.max_bytes)}, {"used", std::to_string(file->bytes)}}});
    }
    const std::size_t alt = count_graphemes(picture.alt);
    if (rule.alt_max && *rule.alt_max > 0 && alt > *rule.alt_max) {
      out.push_back({.code = "alt.too_long",
                     .account_id = account.id,
                     .field = at + "/alt",
                     .rule = fmt::format("max_grapheme={}", *rule.alt_max),
                     .detail = fmt::format("{}: the description of picture {} is too long.", account.title, i + 1),
                     .how_to_fix = "Shorten the description.",
                     .params = {{"limit", number(*rule.alt_max)}, {"used", number(alt)}}});
    }
  }
}

// One reminder per picture of a detail, not one per account.
void remind_of_alt_texts(const Publication& p, Findings& out) {
  for (std::size_t d = 0; d < p.details.size(); ++d) {
    for (std::size_t i = 0; i < p.details[d].pictures.size(); ++i) {
      if (!p.details[d].pictures[i].alt.empty()) continue;
      out.push_back({.severity = Severity::kWarning,
                     .code = "alt.missing",
                     .account_id = p.details[d].account_id,
                     .field = fmt::format("/details/{}/pictures/{}/alt", d, i),
                     .rule = "recommended",
                     .detail = fmt::format("Picture {} has no description: people who can't see it won't know what is "
                                           "on it.",
                                           i + 1),
                     .how_to_fix = "Describe the picture in a sentence.",
                     .params = {{"picture", number(i + 1)}}});
    }
  }
}

Finding time_finding(const Error& error) {
  return {.code = error.code,
          .account_id = {},
          .field = "/when/wall_time",
          .rule = error.rule,
          .detail = error.detail,
          .how_to_fix = error.how_to_fix,
          .params = error.params};
}

}  // namespace

bool Preflight::passes() const {
  return std::ranges::none_of(findings, [](const Finding& f) { return f.severity == Severity::kError; });
}

Preflight check(const Publication& p, std::span<const CheckedAccount> accounts,
                std::span<const media::File> files) {
  Preflight result;
  if (accounts.empty()) {
    result.findings.push_back({.code = "accounts.none",
                               .account_id = {},
                               .field = "/account_ids",
                               .rule = "min_items=1",
                               .detail = "No account is chosen.",
                               .how_to_fix = "Choose where to publish."});
  }
  for (const CheckedAccount& account : accounts) {
    if (!account.connected) {
      result.findings.push_back({.code = "account.not_connected",
                                 .account_id = account.id,
                                 .field = "/account_ids",
                                 .rule = "connected",
                                 .detail = account.title + " must be connected again before it can publish.",
                                 .how_to_fix = "Open Accounts and reconnect it, or leave it out."});
    }
    const Detail& detail = p.detail_for(account.id);
    const std::string field = fmt::format("/details/{}", index_of_detail(p, account.id));
    check_text(account, detail, field, result.findings, result.counts);
    check_pictures(account, detail, field, files, result.findings);
  }
  check_extras(p, accounts, result.findings);
  remind_of_alt_texts(p, result.findings);
  return result;
}

ResolvedTime resolve_time(Timing timing, const std::optional<WallTime>& wall, std::string_view zone, Fold fold,
                          Instant now) {
  if (timing == Timing::kNow) return {.instant = now, .finding = {}};
  if (!wall) {
    if (timing == Timing::kDraft) return {};
    return {.instant = {},
            .finding = time_finding({.code = "time.missing",
                                     .detail = "There is no time to publish at.",
                                     .rule = "required",
                                     .how_to_fix = "Choose a day and a time, or publish now."})};
  }
  // A draft only pencils a time in: which of two equal wall times is meant is asked when it is promised.
  const auto instant = to_instant(*wall, zone, timing == Timing::kDraft ? Fold::kEarlier : fold);
  if (!instant) return {.instant = {}, .finding = time_finding(instant.error())};
  if (timing == Timing::kAt && *instant < now - minutes(1)) {
    return {.instant = {},
            .finding = time_finding({.code = "time.past",
                                     .detail = "This time is over.",
                                     .rule = "after=now",
                                     .how_to_fix = "Choose a later time, or publish now.",
                                     .params = {{"now", to_rfc3339(now, zone)}}})};
  }
  if (*instant > now + kFarthest) {
    return {.instant = {},
            .finding = time_finding({.code = "time.too_far",
                                     .detail = "This is more than five years ahead.",
                                     .rule = "max_years=5",
                                     .how_to_fix = "Choose an earlier time."})};
  }
  return {.instant = *instant, .finding = {}};
}

}  // namespace postmypost::publications
