#include "api/v4_1/publication_view.hpp"

#include <algorithm>

#include "base/zones.hpp"

namespace postmypost::api::v4_1 {
namespace {

using publications::Detail;
using publications::Publication;
using publishing::Delivery;
using publishing::State;

template <class T>
json::value value_of(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

template <class E>
json::value code_of(const std::optional<E>& choice) {
  return choice ? json::value(static_cast<std::int64_t>(*choice) + 1) : json::value(nullptr);
}

json::value time_of(const std::optional<Instant>& at, std::string_view zone) {
  return at ? json::value(to_rfc3339(*at, zone)) : json::value(nullptr);
}

int type_of(publications::PostKind kind) {
  switch (kind) {
    case publications::PostKind::kPost: return 1;
    case publications::PostKind::kStory: return 2;
    case publications::PostKind::kReels: return 4;
  }
  return 1;
}

json::object detail_view(const Call& call, storage::Transaction& tx, const Detail& detail) {
  json::array files;
  for (const auto& picture : detail.pictures) {
    json::object file{{"id", picture.file_id}};
    if (const auto stored = call.services().files.load(tx, picture.file_id)) file["original"] = original_url(call, *stored);
    files.push_back(std::move(file));
  }
  const publications::NetworkOptions& o = detail.options;
  return {{"account_id", value_of(detail.account_id)},
          {"publication_type", type_of(detail.kind)},
          {"content", detail.text},
          {"comment", value_of(detail.first_comment)},
          {"link", value_of(detail.link)},
          {"title", value_of(detail.title)},
          {"tiktok_comment", value_of(o.tiktok_comment)},
          {"tiktok_duet", value_of(o.tiktok_duet)},
          {"tiktok_stitch", value_of(o.tiktok_stitch)},
          {"tiktok_privacy_status", code_of(o.tiktok_privacy)},
          {"youtube_privacy_status", code_of(o.youtube_privacy)},
          {"x_reply_settings", code_of(o.x_reply_settings)},
          {"instagram_share_to_feed", value_of(o.instagram_share_to_feed)},
          {"nsfw", value_of(o.nsfw)},
          {"files", std::move(files)}};
}

std::optional<std::string> error_of(const Delivery& delivery, const leaving::Removal* removal) {
  if (removal && removal->state == leaving::RemovalState::kRefused) {
    if (!removal->problem) return "The network did not delete it.";
    return removal->problem->detail + " " + removal->problem->how_to_fix;
  }
  if (publishing::is_undecided(delivery)) {
    return "May already be published: its network gave no answer. Look there, then decide in Postmypost.";
  }
  const bool failed = delivery.state == State::kHeld || delivery.state == State::kFailed || delivery.state == State::kExpired;
  if (!failed) return std::nullopt;
  if (delivery.reason == publishing::reason::kMissed || delivery.state == State::kExpired) {
    return "It was not published: its time had passed while this server or its network was away.";
  }
  if (delivery.last_error) return delivery.last_error->detail + " " + delivery.last_error->how_to_fix;
  return "It was not published (" + delivery.reason.value_or("failed") + ").";
}

json::object post_view(std::int64_t account, PublicationStatus status, const Delivery* delivery, const leaving::Removal* removal) {
  return {{"account_id", account},
          {"post_status", static_cast<int>(status)},
          {"url", delivery ? value_of(delivery->permalink) : json::value(nullptr)},
          {"external_id", delivery ? value_of(delivery->remote_id) : json::value(nullptr)},
          {"error", delivery ? value_of(error_of(*delivery, removal)) : json::value(nullptr)}};
}

struct Posts {
  json::array views;
  std::vector<PublicationStatus> statuses;
};

// An account may have several deliveries when it was taken off the plan and planned anew: the last one counts.
Posts posts_of(storage::Transaction& tx, const Publication& p) {
  Posts posts;
  const auto deliveries = publishing::deliveries_of(tx, p.id);
  const bool any_out = std::ranges::any_of(deliveries, [](const Delivery& one) { return one.state == State::kPublished; });
  const auto removals = any_out ? leaving::Removing::of(tx, p.id) : std::map<std::int64_t, leaving::Removal>();
  for (const std::int64_t account : p.account_ids) {
    const Delivery* newest = nullptr;
    for (const Delivery& one : deliveries) {
      if (one.account_id == account && (!newest || one.id > newest->id)) newest = &one;
    }
    const auto removal = newest ? removals.find(newest->id) : removals.end();
    const leaving::Removal* removed = removal == removals.end() ? nullptr : &removal->second;
    const bool is_draft = p.timing == publications::Timing::kDraft || !newest;
    const PublicationStatus status = is_draft ? status_of(p.stage) : status_of(*newest, removed);
    posts.statuses.push_back(status);
    posts.views.push_back(post_view(account, status, is_draft ? nullptr : newest, removed));
  }
  return posts;
}

}  // namespace

std::string original_url(const Call& call, const media::File& file) {
  return call.base_url + "/files/" + std::to_string(file.project_id) + "/" + std::to_string(file.id) +
         (file.mime == "image/png" ? "/original.png" : "/original.jpg");
}

std::string thumbnail_url(const Call& call, const media::File& file) {
  return call.base_url + "/files/" + std::to_string(file.project_id) + "/" + std::to_string(file.id) + "/thumbnail.webp";
}

PublicationStatus status_of(publications::Stage stage) {
  switch (stage) {
    case publications::Stage::kDraft: return PublicationStatus::kDraft;
    case publications::Stage::kTemplate: return PublicationStatus::kTemplate;
    case publications::Stage::kWorkflow: return PublicationStatus::kWorkflowStage;
    case publications::Stage::kApproval: return PublicationStatus::kApproval;
  }
  return PublicationStatus::kDraft;
}

PublicationStatus status_of(const Delivery& delivery, const leaving::Removal* removal) {
  switch (delivery.state) {
    case State::kScheduled: return PublicationStatus::kPending;
    case State::kClaimed:
    case State::kPrepared:
    case State::kSending:
    case State::kRetryWait:
    case State::kUnknown:
    case State::kReconciling: return PublicationStatus::kPublishing;
    case State::kPublished:
      if (removal && removal->state == leaving::RemovalState::kGone) return PublicationStatus::kDeleted;
      if (removal && removal->state == leaving::RemovalState::kRefused) return PublicationStatus::kNotDeleted;
      return PublicationStatus::kPublished;
    case State::kFailed:
    case State::kHeld:
    case State::kExpired: return PublicationStatus::kError;
    case State::kCancelled: return PublicationStatus::kDraft;  // it stands here and is not planned any more
  }
  return PublicationStatus::kError;
}

PublicationStatus status_of(std::span<const PublicationStatus> posts) {
  using enum PublicationStatus;
  const auto has = [&](PublicationStatus status) { return std::ranges::find(posts, status) != posts.end(); };
  const auto are_all = [&](PublicationStatus status) { return std::ranges::all_of(posts, [&](PublicationStatus s) { return s == status; }); };
  if (posts.empty() || are_all(kDeleted)) return kDeleted;
  if (are_all(kPending)) return kPending;
  if (has(kPublishing)) return kPublishing;
  // Some are still to go out: with others out or ended it is under way.
  if (has(kPending)) return has(kPublished) || has(kError) ? kPublishing : kPending;
  for (const PublicationStatus status : {kError, kNotDeleted, kPublished}) {
    if (has(status)) return status;
  }
  return *std::ranges::find_if(posts, [](PublicationStatus s) { return s != kDeleted; });
}

json::object publication_view(const Call& call, storage::Transaction& tx, const Publication& p, std::string_view zone) {
  Posts posts = posts_of(tx, p);
  const PublicationStatus status = p.deleted_at ? PublicationStatus::kDeleted : status_of(posts.statuses);
  json::array accounts, details;
  for (const std::int64_t account : p.account_ids) accounts.emplace_back(account);
  for (const Detail& detail : p.details) details.emplace_back(detail_view(call, tx, detail));
  return {{"id", p.id},
          {"post_at", to_rfc3339(p.instant.value_or(p.created_at), zone)},
          {"delete_at", time_of(p.delete_at, zone)},
          {"rubric_id", value_of(p.rubric_id)},
          {"account_ids", std::move(accounts)},
          {"details", std::move(details)},
          {"publication_status", static_cast<int>(status)},
          {"posts", std::move(posts.views)}};
}

}  // namespace postmypost::api::v4_1
