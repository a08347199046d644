#include "api/v4_1/publication_input.hpp"

#include <algorithm>

#include "api/invalid.hpp"
#include "api/v1/account_views.hpp"
#include "api/v4_1/date_time.hpp"
#include "base/text.hpp"
#include "base/zones.hpp"
#include "identity/identity.hpp"
#include "publications/preflight.hpp"

namespace postmypost::api::v4_1 {
namespace {

using publications::Detail;
using publications::PostKind;
using publications::Publication;
using publications::Stage;
using publications::Timing;

constexpr Duration kFarthest = days(366 * 5);

std::string at(std::string_view list, std::size_t i) { return "/" + std::string(list) + "/" + std::to_string(i); }

Result<> read_status(std::int64_t status, Publication& p) {
  switch (status) {
    case 4: p.stage = Stage::kDraft; break;
    case 5: p.timing = Timing::kAt; break;
    case 10: p.stage = Stage::kTemplate; break;
    case 11: p.stage = Stage::kWorkflow; break;
    case 12: p.stage = Stage::kApproval; break;
    default: return fail(json::not_in_enum("/publication_status", "4, 5, 10, 11, 12"));
  }
  return {};
}

// A time that is over, or this one, is published at once.
Result<> read_times(const PublicationBody& body, Instant now, Publication& p) {
  TRY_ASSIGN(Instant post_at, parse_date_time(body.post_at, p.zone, "/post_at"));
  if (p.timing == Timing::kAt && post_at <= now) {
    p.timing = Timing::kNow;
    post_at = now;
  } else {
    p.wall_time = to_wall(post_at, p.zone);
  }
  if (post_at > now + kFarthest) {
    return fail(invalid("time.too_far", "This is more than five years ahead.", "/post_at", "max_years=5", "Choose an earlier time."));
  }
  p.instant = post_at;
  if (!body.delete_at) return {};
  TRY_ASSIGN(p.delete_at, parse_date_time(*body.delete_at, p.zone, "/delete_at"));
  if (*p.delete_at > post_at) return {};
  return fail(invalid("time.delete_before_post", "It would be deleted before it is published.", "/delete_at", "after=post_at",
                      "Choose a time after post_at."));
}

template <class E>
Result<> read_choice(const std::optional<std::int64_t>& code, std::optional<E>& to, const std::string& field) {
  if (!code) return {};
  if (*code < 1 || *code > 3) return fail(json::not_in_enum(field, "1, 2, 3"));
  to = static_cast<E>(*code - 1);  // in the order of the vendor's numbers
  return {};
}

Result<> read_options(const DetailBody& body, const std::string& field, publications::NetworkOptions& options) {
  options.tiktok_comment = body.tiktok_comment;
  options.tiktok_duet = body.tiktok_duet;
  options.tiktok_stitch = body.tiktok_stitch;
  options.instagram_share_to_feed = body.instagram_share_to_feed;
  options.nsfw = body.nsfw;
  TRY(read_choice(body.tiktok_privacy_status, options.tiktok_privacy, field + "/tiktok_privacy_status"));
  TRY(read_choice(body.youtube_privacy_status, options.youtube_privacy, field + "/youtube_privacy_status"));
  return read_choice(body.x_reply_settings, options.x_reply_settings, field + "/x_reply_settings");
}

Result<PostKind> kind_of(std::int64_t type, const std::string& field) {
  switch (type) {
    case 1: return PostKind::kPost;
    case 2: return PostKind::kStory;
    case 4: return PostKind::kReels;
    default: return fail(json::not_in_enum(field + "/publication_type", "1, 2, 4"));
  }
}

std::optional<std::string> tidied(const std::optional<std::string>& text) {
  return text ? std::optional(tidy(*text)) : std::nullopt;
}

bool is_link(std::string_view text) {
  const bool has_scheme = text.starts_with("https://") || text.starts_with("http://");
  return has_scheme && std::ranges::none_of(text, [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
}

Result<> read_files(const Call& call, storage::Transaction& tx, const DetailBody& body, const std::string& field, Detail& detail,
                    std::int64_t project, std::vector<media::File>& files) {
  if (!body.file_ids) return {};
  for (std::size_t i = 0; i < body.file_ids->size(); ++i) {
    const std::int64_t id = (*body.file_ids)[i];
    const std::string here = field + "/file_ids/" + std::to_string(i);
    if (id >= media::kFirstUpload) {
      return fail(invalid("file.is_upload", "This is the id of an upload, not of a file.", here, "file_id",
                          "Send the file_id that /upload/status gives when its status is 1."));
    }
    auto file = call.services().files.find(tx, project, id);
    if (!file) return fail(named_in_body(std::move(file).error(), here));
    if (std::ranges::find(detail.pictures, id, &publications::Picture::file_id) != detail.pictures.end()) {
      return fail(invalid("file.twice", "This file is attached twice.", here, "unique", "Name it once."));
    }
    detail.pictures.push_back({id, ""});
    files.push_back(std::move(*file));
  }
  return {};
}

Result<> read_detail(const DetailBody& body, const std::string& field, const PublicationBody& whole, const Publication& p, Detail& detail) {
  detail.account_id = body.account_id;
  if (body.account_id && std::ranges::find(whole.account_ids, *body.account_id) == whole.account_ids.end()) {
    return fail(invalid("detail.account", "This account is not among account_ids.", field + "/account_id", "chosen",
                        "Add it there, or remove this detail."));
  }
  if (body.account_id && std::ranges::find(p.details, body.account_id, &Detail::account_id) != p.details.end()) {
    return fail(invalid("detail.account", "There is a detail for this account already.", field + "/account_id", "unique", "Remove one."));
  }
  TRY_ASSIGN(detail.kind, kind_of(body.publication_type, field));
  detail.text = tidy(body.content.value_or(""));
  detail.title = tidied(body.title);
  detail.first_comment = tidied(body.comment);
  detail.link = tidied(body.link);
  if (detail.link && !detail.link->empty() && !is_link(*detail.link)) {
    return fail(invalid("link.form", "This is no address of the web.", field + "/link", "url", "Begin it with https://."));
  }
  return read_options(body, field, detail.options);
}

Result<std::vector<publications::CheckedAccount>> read_accounts(const Call& call, storage::Transaction& tx, const PublicationBody& body,
                                                                PlannedPublication& planned) {
  std::vector<publications::CheckedAccount> checked;
  Publication& p = planned.publication;
  for (std::size_t i = 0; i < body.account_ids.size(); ++i) {
    const std::int64_t id = body.account_ids[i];
    if (std::ranges::find(p.account_ids, id) != p.account_ids.end()) continue;
    auto row = call.services().account_rows.find(tx, p.project_id, id);
    if (!row) return fail(named_in_body(std::move(row).error(), at("account_ids", i)));
    if (!p.has_detail_for(id)) {
      return fail(invalid("detail.missing", "There is no detail for this account, and none without an account_id.", at("account_ids", i),
                          "has_detail", "Add a detail for it, or one for all."));
    }
    const networks::Network* network = call.services().catalogue.find(row->channel);
    if (!network) throw std::logic_error("an account of a channel that this program does not have: " + row->channel);
    checked.push_back({.id = row->id,
                       .title = row->title,
                       .connected = row->state == projects::AccountState::kConnected,
                       .capabilities = network->capabilities(v1::facts_of(*row)),
                       .channel = row->channel});
    p.account_ids.push_back(id);
    planned.accounts.push_back(std::move(*row));
  }
  return checked;
}

Result<> must_pass(const publications::Preflight& preflight) {
  for (const auto& finding : preflight.findings) {
    if (finding.severity != publications::Severity::kError) continue;
    return fail({.code = finding.code, .detail = finding.detail, .field = finding.field, .rule = finding.rule,
                 .how_to_fix = finding.how_to_fix, .params = finding.params});
  }
  return {};
}

}  // namespace

Result<PlannedPublication> read_publication(const Call& call, storage::Transaction& tx, const projects::Project& project,
                                            const PublicationBody& body) {
  PlannedPublication planned;
  Publication& p = planned.publication;
  p.project_id = project.id;
  p.author_id = call.actor.user_id;
  p.zone = project.zone;
  p.language = call.actor.locale;
  TRY(read_status(body.publication_status, p));
  TRY(read_times(body, call.services().clock.now(), p));
  if (body.rubric_id) {
    if (auto rubric = call.with.rubrics.find(tx, project.id, *body.rubric_id); !rubric) {
      return fail(named_in_body(std::move(rubric).error(), "/rubric_id"));
    }
    p.rubric_id = body.rubric_id;
  }
  std::vector<media::File> files;
  for (std::size_t i = 0; i < body.details.size(); ++i) {
    Detail detail;
    TRY(read_detail(body.details[i], at("details", i), body, p, detail));
    TRY(read_files(call, tx, body.details[i], at("details", i), detail, project.id, files));
    p.details.push_back(std::move(detail));
  }
  TRY_ASSIGN(const auto checked, read_accounts(call, tx, body, planned));
  if (p.timing != Timing::kDraft) TRY(must_pass(publications::check(p, checked, files)));
  return planned;
}

}  // namespace postmypost::api::v4_1
