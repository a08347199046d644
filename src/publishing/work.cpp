#include "publishing/work.hpp"

#include <boost/json.hpp>

#include "base/encoding.hpp"
#include "identity/identity.hpp"
#include "vault/ledger.hpp"

namespace postmypost::publishing {
namespace {

Error lost(std::string code, std::string detail, std::string fix) {
  return {.kind = ErrorKind::kConflict, .code = std::move(code), .detail = std::move(detail), .how_to_fix = std::move(fix)};
}

Result<networks::Content> load_content(storage::Transaction& tx, const Surroundings& with, const Delivery& delivery,
                                       std::vector<pages::EntryPicture>& page_pictures) {
  const auto publication = with.publications.load(tx, delivery.publication_id);
  if (!publication) {
    return fail(lost("publication.gone", "The publication was deleted.", "Write it again if it is still wanted."));
  }
  if (!publication->has_detail_for(delivery.account_id)) {
    return fail(lost("publication.gone", "The account was taken out of the publication.", "Write it again if it is still wanted."));
  }
  const publications::Detail& detail = publication->detail_for(delivery.account_id);
  networks::Content content{
      .uid = delivery.uid,
      .idempotency_key = hex(with.vault.derived("delivery.key", delivery.uid + "|" + std::to_string(delivery.generation)))
                             .substr(0, 32),
      .text = publications::text_of(detail),
      .pictures = {},
      .planned = publication->instant.value_or(delivery.due),
      .frozen_at = delivery.frozen_at.value_or(delivery.due),
      .language = publication->language};
  for (const publications::Picture& picture : detail.pictures) {
    const auto file = with.files.load(tx, picture.file_id);
    if (!file) {
      return fail(lost("picture.gone", "A picture of this publication was deleted.",
                       "Duplicate the publication and add the picture again."));
    }
    content.pictures.push_back({.path = with.blobs.path(file->original_blob).string(),
                                .mime = file->mime,
                                .bytes = static_cast<std::uint64_t>(file->bytes),
                                .width = file->width,
                                .height = file->height,
                                .alt = picture.alt});
    page_pictures.push_back({.original_blob = file->original_blob,
                             .thumbnail_blob = file->thumbnail_blob,
                             .mime = file->mime,
                             .width = file->width,
                             .height = file->height,
                             .bytes = file->bytes,
                             .alt = picture.alt});
  }
  return content;
}

std::string digest_of(const networks::Content& content) {
  boost::json::array pictures;
  for (const auto& picture : content.pictures) {
    pictures.push_back(boost::json::object{{"path", picture.path}, {"bytes", picture.bytes}, {"alt", picture.alt}});
  }
  return hex(sha256(boost::json::serialize(
      boost::json::object{{"text", content.text}, {"pictures", std::move(pictures)}})));
}

// What earlier claims of this generation have tried.
void load_attempts(storage::Transaction& tx, Work& work) {
  const Delivery& delivery = work.delivery;
  for (const auto& [id, step, phase] : tx.rows<std::int64_t, std::string, std::string>(
           "select id, step, phase from attempt where delivery_id=$1 and generation=$2", delivery.id, delivery.generation)) {
    ++work.attempts[step];
    if (phase != "closed") work.open_attempt = id;
  }
}

}  // namespace

Loaded load_work(storage::Transaction& tx, const Surroundings& with, const Delivery& delivery) {
  Work work;
  work.delivery = delivery;
  work.network = with.catalogue.find(delivery.channel);
  const auto row = with.accounts.load(tx, delivery.account_id);
  if (!work.network || !row || row->state == projects::AccountState::kDisconnected) {
    return std::unexpected(
        NotSendable{lost("account.gone", "The account was disconnected.", "Connect it again and plan the post anew.")});
  }
  if (row->state == projects::AccountState::kNeedsReconnect) {
    return std::unexpected(NotSendable{
        .error = row->problem.value_or(
            lost("account.needs_reconnect", "The account must be connected again.", "Open Accounts and reconnect it.")),
        .needs_reconnect = true});
  }
  if (const auto author = tx.value<std::int64_t>("select author_id from publication where id=$1", delivery.publication_id)) {
    if (auto may = identity::Identity::may_publish(tx, *author); !may && delivery.state != State::kReconciling) {
      return std::unexpected(NotSendable{.error = std::move(may).error(), .is_restricted = true});
    }
  }
  work.account = {.facts = {.remote_id = row->remote_id,
                            .title = row->title,
                            .handle = row->handle,
                            .url = row->url,
                            .host = row->host,
                            .recipient = row->recipient,
                            .software = row->software,
                            .more = row->more},
                  .secrets = with.accounts.secrets(tx, delivery.account_id)};
  work.secrets_version = row->secrets_version;
  if (delivery.disclosure_id) work.disclosure = vault::Ledger::recorded(tx, *delivery.disclosure_id);
  if (delivery.epoch > 1) load_attempts(tx, work);
  work.capabilities = work.network->capabilities(work.account.facts);
  auto content = load_content(tx, with, delivery, work.page_pictures);
  if (!content) return std::unexpected(NotSendable{std::move(content.error())});
  work.content = std::move(*content);
  work.content_digest = digest_of(work.content);
  if (delivery.content_digest && *delivery.content_digest != work.content_digest) {
    return std::unexpected(NotSendable{lost("content.changed", "The text or a picture is not what was frozen for sending.",
                                            "Duplicate the publication and plan the copy.")});
  }
  return work;
}

std::string digest_of(const http::OutgoingRequest& request) {
  std::string all = request.method + "\n";
  std::string url = request.url;
  if (!request.keep_secret.empty()) {
    if (const auto at = url.find(request.keep_secret); at != std::string::npos) url.erase(at, request.keep_secret.size());
  }
  all += url + "\n";
  for (const http::BodyPiece& piece : request.body) {
    if (const auto* bytes = std::get_if<std::string>(&piece)) {
      all += sha256(*bytes);
    } else {
      const auto& file = std::get<http::FilePiece>(piece);
      all += file.path + ":" + std::to_string(file.size);
    }
  }
  return hex(sha256(all));
}

}  // namespace postmypost::publishing
