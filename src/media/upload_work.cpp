#include "media/upload_work.hpp"

#include <chrono>
#include <future>

#include "base/log.hpp"
#include "vault/ledger.hpp"

namespace postmypost::media {
namespace {

using http::Answer;
using storage::Transaction;

constexpr std::int64_t kAtOnce = 4, kMostTries = 4;
constexpr int kMostRedirects = 5;
constexpr Duration kLease = seconds(30);
constexpr std::chrono::seconds kRenewal{8};

Error fetch_error(std::string code, std::string detail, std::string fix = "Send the file itself instead.") {
  return {.kind = ErrorKind::kUpstream, .code = std::move(code), .detail = std::move(detail), .how_to_fix = std::move(fix)};
}

bool is_redirect(int status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

// An address from a Location field, seen from the one that gave it.
std::string seen_from(const http::UrlParts& base, std::string_view location) {
  location = location.substr(0, location.find('#'));
  const bool is_v6 = base.host.find(':') != std::string::npos;
  const std::string origin = base.scheme + "://" + (is_v6 ? "[" + base.host + "]" : base.host) + ":" + std::to_string(base.port);
  if (location.find("://") != location.npos) return std::string(location);
  if (location.starts_with("//")) return base.scheme + ":" + std::string(location);
  if (location.starts_with('/')) return origin + std::string(location);
  const std::string path = base.path.substr(0, base.path.find('?'));
  return origin + path.substr(0, path.rfind('/') + 1) + std::string(location);
}

vault::DisclosureOutcome outcome_of(const Answer& answer) {
  switch (answer.transport) {
    case Answer::Transport::kAnswered: return vault::DisclosureOutcome::kDelivered;
    case Answer::Transport::kNotConnected:
    case Answer::Transport::kRefusedByUs: return vault::DisclosureOutcome::kNotSent;
    default: return vault::DisclosureOutcome::kUnknown;
  }
}

// The other side may be better later; what it said for good, or we did, stays.
bool is_worth_another_try(const Error& error) { return error.code == "upload.unreachable" || error.code == "upload.server_error"; }

Result<std::string> body_of(Answer answer) {
  if (answer.transport == Answer::Transport::kRefusedByUs) return fail(fetch_error("upload.address_refused", answer.error));
  if (answer.transport != Answer::Transport::kAnswered) {
    return fail(fetch_error("upload.unreachable", "The address could not be read: " + answer.error));
  }
  if (answer.status >= 500 || answer.status == 429) {
    return fail(fetch_error("upload.server_error", "The address answered " + std::to_string(answer.status) + "."));
  }
  if (answer.status != 200) return fail(fetch_error("upload.answer", "The address answered " + std::to_string(answer.status) + "."));
  if (!answer.body_complete) {
    return fail(fetch_error("upload.too_large", "The answer has no end within " + std::to_string(kLargestUpload) +
                                                    " bytes and the time for it, or broke off."));
  }
  if (answer.body.empty()) return fail(fetch_error("upload.empty", "The address answered with nothing."));
  return std::move(answer.body);
}

}  // namespace

Result<File> store_picture(storage::Database& database, storage::Blobs& blobs, PictureCleaner& cleaner, const Files& files,
                           std::int64_t project_id, const std::string& name, const std::string& bytes,
                           const std::function<void(Transaction&, const File&)>& write) {
  TRY_ASSIGN(const CleanPicture picture, cleaner.clean(bytes));
  TRY_ASSIGN(const std::string original, blobs.put(picture.original));
  auto thumbnail = blobs.put(picture.thumbnail);
  if (!thumbnail) {
    blobs.remove(original);
    return fail(thumbnail.error());
  }
  const auto remove_both = [&] {
    blobs.remove(original);
    blobs.remove(*thumbnail);
  };
  try {
    return database.write([&](Transaction& tx) {
      File file = files.insert(tx, project_id, name, picture, original, *thumbnail);
      write(tx, file);
      return file;
    });
  } catch (const storage::DatabaseError& failure) {
    // When nobody knows whether the row is there, its picture must be.
    if (failure.kind() != storage::DatabaseError::Kind::kUnknown) remove_both();
    throw;
  } catch (...) {
    remove_both();
    throw;
  }
}

void UploadWork::work(const std::atomic<bool>& stop) {
  if (with_.is_alone && !has_released_) {
    with_.database.write([&](Transaction& tx) { with_.uploads.release_all(tx); });
    has_released_ = true;
  }
  while (!stop) {
    const auto claimed = with_.database.write([&](Transaction& tx) { return with_.uploads.claim(tx, kAtOnce, kLease); });
    if (claimed.empty()) break;
    std::vector<std::future<void>> running;
    for (const Upload& upload : claimed) running.push_back(std::async(std::launch::async, [this, upload] { work_on(upload); }));
    for (std::size_t i = 0; i < running.size();) {
      if (running[i].wait_for(kRenewal) == std::future_status::ready) ++i;
      else renew(std::span(claimed).subspan(i));
    }
  }
  with_.database.write([&](Transaction& tx) { return with_.uploads.tidy(tx, with_.files, with_.is_used); });
}

// One that ended meanwhile has no lease any more.
void UploadWork::renew(std::span<const Upload> uploads) const {
  try {
    with_.database.write([&](Transaction& tx) {
      for (const Upload& upload : uploads) with_.uploads.renew(tx, upload.id, kLease);
    });
  } catch (const storage::DatabaseError& failure) {
    log::warning("upload.lease", {{"what", failure.what()}});
  }
}

void UploadWork::work_on(const Upload& upload) const {
  try {
    if (upload.source) fetch(upload);
    else finish(upload);
  } catch (const std::exception& failure) {
    log::warning("upload.failed", {{"what", failure.what()}});  // its lease ends, and it is tried again
  }
}

// What the form brought was decoded when it came: it only becomes known now.
void UploadWork::finish(const Upload& upload) const {
  with_.database.write([&](Transaction& tx) {
    if (upload.file_id) with_.uploads.done(tx, upload.id, *upload.file_id);
    else with_.uploads.failed(tx, upload.id, upload.problem.value_or(not_found("file").error()));
  });
}

void UploadWork::fetch(const Upload& upload) const {
  const auto end = [&](const Error& why) {
    const bool again = is_worth_another_try(why) && upload.tries < kMostTries;
    with_.database.write([&](Transaction& tx) {
      if (again) with_.uploads.again(tx, upload.id, with_.clock.now() + seconds(5 * upload.tries));
      else with_.uploads.failed(tx, upload.id, why);
    });
  };
  const auto bytes = read_from(upload);
  if (!bytes) return end(bytes.error());
  with_.database.write([&](Transaction& tx) { with_.uploads.processing(tx, upload.id); });
  const auto file = store_picture(with_.database, with_.blobs, with_.cleaner, with_.files, upload.project_id, upload.name, *bytes,
                                  [&](Transaction& tx, const File& made) { with_.uploads.done(tx, upload.id, made.id); });
  if (!file) end(file.error());
}

Result<std::string> UploadWork::read_from(const Upload& upload) const {
  std::string url = *upload.source;
  for (int redirects = 0; redirects <= kMostRedirects; ++redirects) {
    const auto parts = http::parse_url(url);
    if (!parts) return fail(fetch_error("upload.address_refused", parts.error().detail));
    Answer answer = ask(upload, url, parts->host);
    if (answer.transport != Answer::Transport::kAnswered || !is_redirect(answer.status)) return body_of(std::move(answer));
    const std::string location = answer.header("Location");
    if (location.empty()) return fail(fetch_error("upload.answer", "The address redirects to nowhere."));
    url = as_requested(seen_from(*parts, location));
  }
  return fail(fetch_error("upload.redirects", "The address redirects more than five times."));
}

Answer UploadWork::ask(const Upload& upload, const std::string& url, const std::string& host) const {
  const auto row = with_.database.write([&](Transaction& tx) {
    return vault::Ledger::record(tx,
                                 {.recipient_host = host,
                                  .recipient = host,
                                  .what = {},
                                  .purpose = vault::Purpose::kPublish,
                                  .user_id = upload.user_id,
                                  .project_id = upload.project_id,
                                  .evidence = "fetch:" + std::to_string(upload.id)},
                                 with_.clock.now());
  });
  http::OutgoingRequest request{.url = url,
                                .headers = {{"Accept", "image/*,*/*;q=0.8"}, {"User-Agent", "Mozilla/5.0 (compatible; Postmypost)"}},
                                .timeout = with_.patience,
                                .max_answer = static_cast<std::size_t>(kLargestUpload)};
  Answer answer = with_.egress.perform(row, std::move(request));
  with_.database.write([&](Transaction& tx) { vault::Ledger::record_outcome(tx, row.id(), outcome_of(answer), with_.clock.now()); });
  return answer;
}

}  // namespace postmypost::media
