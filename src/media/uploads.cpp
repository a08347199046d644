#include "media/uploads.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "base/error_json.hpp"
#include "base/text.hpp"
#include "http/egress.hpp"

namespace postmypost::media {
namespace {

using storage::Blob;
using storage::Transaction;
using vault::Category;
using vault::KeyScope;
using vault::Purpose;
using Sealed = vault::Sealed<Category::kContent>;

constexpr Duration kFormLife = hours(1), kUnaskedFor = days(1), kUnused = days(29);  // before the rule of retention ends the row
constexpr std::int64_t kTidiedAtOnce = 50;
constexpr auto kStates = std::to_array<UploadState>({UploadState::kWaiting, UploadState::kFetching, UploadState::kReceived,
                                                     UploadState::kProcessing, UploadState::kDone, UploadState::kFailed});
constexpr std::string_view kColumns =
    "id, project_id, user_id, state, form_key, name, source, announced, file_id, problem, tries, created_at, expires_at";

vault::Place place(std::string_view column, const Upload& upload) {
  return {"upload", column, upload.id, KeyScope::kProject, upload.project_id};
}

Error form_error(std::string code, std::string detail, std::string fix) {
  return {.kind = ErrorKind::kForbidden, .code = std::move(code), .detail = std::move(detail), .how_to_fix = std::move(fix)};
}

Error expired() {
  return {.kind = ErrorKind::kGone,
          .code = "upload.expired",
          .detail = "Nothing was sent in time, or it was sent and never asked for.",
          .how_to_fix = "Begin a new upload."};
}

// What stands behind the last slash of an address: a label for people.
std::string name_in(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const auto slash = url.rfind('/');
  std::string name(slash == url.npos ? url : url.substr(slash + 1));
  return name.empty() ? "picture" : first_graphemes(tidy(name), 200);
}

}  // namespace

std::string_view to_string(UploadState state) {
  switch (state) {
    case UploadState::kWaiting: return "waiting";
    case UploadState::kFetching: return "fetching";
    case UploadState::kReceived: return "received";
    case UploadState::kProcessing: return "processing";
    case UploadState::kDone: return "done";
    case UploadState::kFailed: return "failed";
  }
  return "failed";
}

// The host is left to the one parser of addresses.
std::string as_requested(std::string_view url) {
  const auto scheme = url.find("://");
  const auto begin = scheme == url.npos ? url.npos : url.find_first_of("/?", scheme + 3);
  if (begin == url.npos) return std::string(url);
  std::string out(url.substr(0, begin));
  for (const char c : url.substr(begin)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_kept = byte < 0x20 || byte == 0x7f || (byte > 0x20 && byte < 0x7f && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos);
    out += is_kept ? std::string(1, c) : percent_encoded(std::string_view(&c, 1));
  }
  return out;
}

Upload Uploads::inserted(Transaction& tx, Upload upload) const {
  upload.id = tx.next_id("upload");
  upload.created_at = clock_.now();
  upload.expires_at = upload.created_at + kFormLife;
  const Blob name{vault_.seal<Category::kContent>(place("name", upload), upload.name).bytes};
  std::optional<Blob> source;
  if (upload.source) source = Blob{vault_.seal<Category::kContent>(place("source", upload), *upload.source).bytes};
  std::optional<Instant> next_at;
  if (upload.source) next_at = upload.created_at;
  tx.execute(
      "insert into upload (id, project_id, user_id, state, form_key, name, source, announced, next_at, created_at, expires_at) values "
      "($1,$2,$3,'waiting',$4,$5,$6,$7,$8,$9,$10)",
      upload.id, upload.project_id, upload.user_id, upload.form_key, name, source, upload.announced, next_at, upload.created_at,
      upload.expires_at);
  return upload;
}

Result<Upload> Uploads::announce(Transaction& tx, std::int64_t project_id, std::int64_t user_id, std::string name, std::int64_t size) const {
  name = first_graphemes(postmypost::tidy(name), 200);
  if (name.empty()) {
    return fail({.code = "upload.name_empty", .detail = "The file needs a name.", .field = "/name", .rule = "required",
                 .how_to_fix = "Send the file's name."});
  }
  if (size < 1 || size > kLargestUpload) {
    return fail({.code = "upload.size",
                 .detail = "A file has 1 to " + std::to_string(kLargestUpload) + " bytes here.",
                 .field = "/size",
                 .rule = "range=1.." + std::to_string(kLargestUpload),
                 .how_to_fix = "Make the picture smaller.",
                 .params = {{"limit", std::to_string(kLargestUpload)}}});
  }
  return inserted(tx, {.project_id = project_id, .user_id = user_id, .form_key = random_.token(18), .name = std::move(name),
                       .source = {}, .announced = size, .file_id = {}, .problem = {}, .created_at = {}, .expires_at = {}});
}

Result<Upload> Uploads::fetch(Transaction& tx, std::int64_t project_id, std::int64_t user_id, std::string url) const {
  url = as_requested(url.substr(0, url.find('#')));
  if (auto parsed = http::parse_url(url); !parsed) {
    parsed.error().field = "/url";
    return fail(std::move(parsed).error());
  }
  return inserted(tx, {.project_id = project_id, .user_id = user_id, .form_key = {}, .name = name_in(url), .source = std::move(url),
                       .announced = 0, .file_id = {}, .problem = {}, .created_at = {}, .expires_at = {}});
}

std::optional<Upload> Uploads::load(Transaction& tx, std::int64_t id) const {
  std::optional<Upload> found;
  tx.each("select " + std::string(kColumns) + " from upload where id=$1", {id}, [&](const storage::Row& row) {
    Upload u{.id = row.integer(0), .project_id = row.integer(1), .user_id = row.integer(2), .form_key = {}, .name = {}, .source = {},
             .file_id = {}, .problem = {}, .created_at = {}, .expires_at = {}};
    u.state = *std::ranges::find(kStates, row.text(3), [](UploadState state) { return std::string(to_string(state)); });
    u.form_key = row.get<std::optional<std::string>>(4);
    u.name = vault_.open<Purpose::kCabinet>(place("name", u), Sealed{row.blob(5)});
    if (!row.is_null(6)) u.source = vault_.open<Purpose::kCabinet>(place("source", u), Sealed{row.blob(6)});
    u.announced = row.integer(7);
    u.file_id = row.get<std::optional<std::int64_t>>(8);
    if (!row.is_null(9)) u.problem = error_from_json(row.text(9));
    u.tries = row.integer(10);
    u.created_at = row.get<Instant>(11);
    u.expires_at = row.get<Instant>(12);
    found = std::move(u);
  });
  return found;
}

std::string Uploads::token_of(const Upload& upload) const {
  return hex(vault_.derived("upload.form", upload.form_key.value_or("") + "|" + std::to_string(upload.expires_at.us) + "|" +
                                               std::to_string(upload.announced)));
}

FormFields Uploads::form_of(const Upload& upload) const {
  return {.key = upload.form_key.value_or(""), .token = token_of(upload), .expires = std::to_string(upload.expires_at.us / 1'000'000)};
}

Result<Upload> Uploads::admit(Transaction& tx, const FormFields& fields) const {
  const auto id = tx.value<std::int64_t>("select id from upload where form_key=$1", fields.key);
  const auto upload = id ? load(tx, *id) : std::nullopt;
  if (!upload || !equal_in_constant_time(fields.token, token_of(*upload)) || fields.expires != form_of(*upload).expires) {
    return fail(form_error("upload.form_unknown", "These fields are not those of an upload that was announced here.",
                           "Send every field as /upload/init gave it, before the file."));
  }
  if (clock_.now() > upload->expires_at) {
    return fail(form_error("upload.form_expired", "The time to send this file is over.", "Begin a new upload."));
  }
  if (upload->state != UploadState::kWaiting && upload->state != UploadState::kReceived) {
    return fail(form_error("upload.form_used", "This upload is complete already.", "Begin a new upload."));
  }
  return *upload;
}

void Uploads::receive(Transaction& tx, const Upload& upload, std::optional<std::int64_t> file_id, const std::optional<Error>& problem,
                      const Files& files) const {
  if (upload.file_id) static_cast<void>(files.remove(tx, upload.project_id, *upload.file_id));
  tx.execute("update upload set state='received', file_id=$2, problem=$3 where id=$1", upload.id, file_id,
             problem ? std::optional(to_json(*problem)) : std::nullopt);
}

Result<Upload> Uploads::complete(Transaction& tx, std::int64_t id) const {
  auto upload = load(tx, id);
  if (!upload) return not_found("upload");
  if (upload->form_key && upload->state == UploadState::kWaiting) {
    return fail({.code = "upload.nothing_received",
                 .detail = "Nothing was sent to this upload's form.",
                 .rule = "received",
                 .how_to_fix = "Send the fields and the file to `action` first."});
  }
  if (upload->state != UploadState::kReceived) return std::move(*upload);
  upload->state = UploadState::kProcessing;
  tx.execute("update upload set state='processing', next_at=$2 where id=$1", id, clock_.now());
  return std::move(*upload);
}

std::vector<Upload> Uploads::claim(Transaction& tx, std::int64_t most, Duration lease) const {
  const Instant now = clock_.now();
  std::vector<Upload> claimed;
  for (const auto& [id, due] : tx.rows<std::int64_t, Instant>(
           "select id, next_at from upload where next_at <= $1 order by next_at limit $2", now, most)) {
    if (tx.execute("update upload set next_at=$3, state=case when source is null then state else 'fetching' end, tries=tries+1 "
                   "where id=$1 and next_at=$2",
                   id, due, now + lease) == 1) {
      claimed.push_back(*load(tx, id));
    }
  }
  return claimed;
}

void Uploads::renew(Transaction& tx, std::int64_t id, Duration lease) const {
  tx.execute("update upload set next_at=$2 where id=$1 and state in ('fetching', 'processing') and next_at is not null", id,
             clock_.now() + lease);
}

void Uploads::processing(Transaction& tx, std::int64_t id) const {
  tx.execute("update upload set state='processing' where id=$1 and state='fetching'", id);
}

void Uploads::done(Transaction& tx, std::int64_t id, std::int64_t file_id) const {
  tx.execute("update upload set state='done', file_id=$2, next_at=null, ended_at=$3 where id=$1", id, file_id, clock_.now());
}

void Uploads::failed(Transaction& tx, std::int64_t id, const Error& why) const {
  tx.execute("update upload set state='failed', file_id=null, problem=$2, next_at=null, ended_at=$3 where id=$1", id, to_json(why),
             clock_.now());
}

void Uploads::again(Transaction& tx, std::int64_t id, Instant at) const {
  tx.execute("update upload set state='waiting', next_at=$2 where id=$1 and state in ('fetching', 'processing')", id, at);
}

void Uploads::release_all(Transaction& tx) const {
  tx.execute("update upload set next_at=$1 where next_at > $1", clock_.now());
}

std::int64_t Uploads::tidy(Transaction& tx, const Files& files,
                           const std::function<bool(Transaction&, std::int64_t)>& is_used) const {
  const Instant now = clock_.now();
  std::int64_t count = 0;
  for (const auto& [id] : tx.rows<std::int64_t>(
           "select id from upload where ended_at is null and next_at is null and ((state='waiting' and expires_at < $1) or "
           "expires_at < $2) limit $3",
           now, now - kUnaskedFor, kTidiedAtOnce)) {
    const auto upload = load(tx, id);
    if (upload->file_id) static_cast<void>(files.remove(tx, upload->project_id, *upload->file_id));
    failed(tx, id, expired());
    ++count;
  }
  for (const auto& [id, project, file] : tx.rows<std::int64_t, std::int64_t, std::optional<std::int64_t>>(
           "select id, project_id, file_id from upload where ended_at < $1 order by ended_at limit $2", now - kUnused, kTidiedAtOnce)) {
    if (file && !is_used(tx, *file)) static_cast<void>(files.remove(tx, project, *file));
    tx.execute("delete from upload where id=$1", id);
    ++count;
  }
  return count;
}

}  // namespace postmypost::media
