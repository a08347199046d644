// Uploads: announced, sent with a form of ours or fetched from an address, asked for, looked after.
#include <algorithm>

#include "api/invalid.hpp"
#include "api/v4_1/call.hpp"
#include "http/multipart.hpp"
#include "media/upload_work.hpp"

namespace postmypost::api::v4_1 {

// Of the two variants exactly one.
struct UploadBody {
  std::int64_t project_id = 0;
  std::optional<std::string> url, name;
  std::optional<std::int64_t> size;
};
BOOST_DESCRIBE_STRUCT(UploadBody, (), (project_id, url, name, size))

namespace {

using media::Upload;
using media::UploadState;

constexpr std::string_view kFormPath = "/v4.1/upload/form";

// The vendor's codes.
int code_of(UploadState state) {
  switch (state) {
    case UploadState::kWaiting: return 5;
    case UploadState::kFetching:
    case UploadState::kReceived: return 4;
    case UploadState::kProcessing: return 3;
    case UploadState::kFailed: return 2;
    case UploadState::kDone: return 1;
  }
  return 2;
}

Result<> check_variant(const UploadBody& body) {
  const bool by_file = body.name || body.size;
  if (body.url.has_value() == by_file) {
    return fail(invalid("upload.variant", "Send either url, or name and size.", "/url", "one_of", "Leave the others out."));
  }
  if (body.url) return {};
  if (!body.name) return fail(json::missing_member("/name"));
  return body.size ? Result<>() : fail(json::missing_member("/size"));
}

json::object by_file(const Call& call, const Upload& upload) {
  const media::FormFields fields = call.with.uploads.form_of(upload);
  const auto field = [](std::string_view key, const std::string& value) { return json::object{{"key", key}, {"value", value}}; };
  return {{"id", upload.id},
          {"name", upload.name},
          {"size", upload.announced},
          {"action", call.base_url + std::string(kFormPath)},
          {"fields", json::array{field("key", fields.key), field("token", fields.token), field("expires", fields.expires)}},
          {"status", code_of(upload.state)}};
}

json::object by_url(const Upload& upload) {
  return {{"id", upload.id}, {"url", *upload.source}, {"size", upload.announced}, {"status", code_of(upload.state)}};
}

Result<json::value> init_upload(Call& call) {
  TRY_ASSIGN(const json::object object, body_of(call));
  TRY_ASSIGN(const UploadBody body, json::read<UploadBody>(object, json::Unknown::kIgnore));
  TRY(check_variant(body));
  TRY_ASSIGN(const Upload upload, call.services().database.write([&](storage::Transaction& tx) -> Result<Upload> {
    if (auto project = call.project(tx, body.project_id); !project) return fail(named_in_body(std::move(project).error(), "/project_id"));
    if (body.url) return call.with.uploads.fetch(tx, body.project_id, call.actor.user_id, *body.url);
    return call.with.uploads.announce(tx, body.project_id, call.actor.user_id, *body.name, *body.size);
  }));
  if (!body.url) return by_file(call, upload);
  call.with.wake_uploads();
  return by_url(upload);
}

Error form_wrong(std::string detail, std::string field) {
  return {.kind = ErrorKind::kMalformed, .code = "upload.form", .detail = std::move(detail), .field = std::move(field),
          .rule = "fields_then_file", .how_to_fix = "Send every field as /upload/init gave it, then the part named file."};
}

struct Form {
  media::FormFields fields;
  std::string_view file;
};

// The given fields come first, each once, and the file is the last part.
Result<Form> read_form(const std::vector<http::Part>& parts) {
  Form form;
  std::vector<std::string_view> seen;
  for (const http::Part& part : parts) {
    if (std::ranges::find(seen, part.name) != seen.end()) return fail(form_wrong("A field is sent twice.", "/" + part.name));
    if (!seen.empty() && seen.back() == "file") return fail(form_wrong("Something follows the file.", "/" + part.name));
    seen.push_back(part.name);
    const std::string value(part.body.substr(0, 200));
    if (part.name == "key") form.fields.key = value;
    else if (part.name == "token") form.fields.token = value;
    else if (part.name == "expires") form.fields.expires = value;
    else if (part.name == "file") form.file = part.body;
    else return fail(form_wrong("This is no field of this form.", "/" + part.name));
  }
  if (parts.size() == 4) return form;
  return fail(form_wrong("The form must hold the fields key, token and expires, and then the file.", ""));
}

// Decoded at once, so that nothing of a stranger lies here undecoded; what it became is said when the client asks for it.
Result<json::value> take_form(Call& call) {
  const Services& with = call.services();
  TRY_ASSIGN(const auto parts, http::parse_multipart(call.request.headers.get("Content-Type").value_or(""), call.request.body));
  TRY_ASSIGN(const Form form, read_form(parts));
  TRY_ASSIGN(const Upload upload,
             with.database.read([&](storage::Transaction& tx) { return call.with.uploads.admit(tx, form.fields); }));
  if (static_cast<std::int64_t>(form.file.size()) > upload.announced) {
    return fail({.kind = ErrorKind::kTooLarge,
                 .code = "upload.larger_than_announced",
                 .detail = "The file has more bytes than were announced. Nothing of it was kept.",
                 .field = "/file",
                 .rule = "max_bytes=" + std::to_string(upload.announced),
                 .how_to_fix = "Begin a new upload with the file's true size."});
  }
  const auto receive = [&](storage::Transaction& tx, std::optional<std::int64_t> file, const std::optional<Error>& problem) {
    const auto now = call.with.uploads.load(tx, upload.id);
    const bool is_open = now && (now->state == UploadState::kWaiting || now->state == UploadState::kReceived);
    if (is_open) call.with.uploads.receive(tx, *now, file, problem, with.files);
    else if (file) static_cast<void>(with.files.remove(tx, upload.project_id, *file));
  };
  const auto stored = media::store_picture(with.database, with.blobs, with.pictures, with.files, upload.project_id, upload.name,
                                           std::string(form.file), [&](storage::Transaction& tx, const media::File& file) {
                                             receive(tx, file.id, std::nullopt);
                                           });
  if (!stored && stored.error().kind == ErrorKind::kUnavailable) return fail(stored.error());
  if (!stored) with.database.write([&](storage::Transaction& tx) { receive(tx, std::nullopt, stored.error()); });
  return nullptr;
}

// One client sends the id in a JSON body instead of the query.
Result<std::int64_t> id_of(const Call& call) {
  const auto text = call.query("id");
  if (text && !text->empty()) {
    const std::int64_t id = number_of(*text);
    return id > 0 ? Result<std::int64_t>(id) : fail(json::wrong_type("?id", "integer"));
  }
  if (const auto body = json::parse(call.request.body); body && body->is_object()) {
    const json::value* id = body->as_object().if_contains("id");
    if (id && id->is_int64()) return id->as_int64();
  }
  return fail(json::missing_member("?id"));
}

// An upload of a project of the caller's.
Result<Upload> find(const Call& call, storage::Transaction& tx, std::int64_t id) {
  auto upload = call.with.uploads.load(tx, id);
  if (!upload || !call.project(tx, upload->project_id)) return not_found("upload");
  return std::move(*upload);
}

Result<json::value> complete_upload(Call& call) {
  TRY_ASSIGN(const std::int64_t id, id_of(call));
  TRY_ASSIGN(const Upload upload, call.services().database.write([&](storage::Transaction& tx) -> Result<Upload> {
    TRY(find(call, tx, id));
    return call.with.uploads.complete(tx, id);
  }));
  call.with.wake_uploads();
  return json::object{{"id", upload.id}, {"status", code_of(upload.state)}};
}

Result<json::value> status_upload(Call& call) {
  TRY_ASSIGN(const std::int64_t id, id_of(call));
  TRY_ASSIGN(const Upload upload,
             call.services().database.read([&](storage::Transaction& tx) { return find(call, tx, id); }));
  json::object answer{{"id", upload.id}, {"status", code_of(upload.state)}};
  if (upload.state == UploadState::kDone) answer["file_id"] = *upload.file_id;
  if (upload.state == UploadState::kFailed && upload.problem) {
    answer["error"] = upload.problem->detail + " " + upload.problem->how_to_fix;
  }
  return answer;
}

}  // namespace

Routes upload_routes() {
  constexpr std::string_view kScope = "files:write";
  return {
      {"POST", "/upload/init",
       {.scope = kScope, .rate = RateClass::kWriting, .summary = "Announce an upload, by file or by address", .run = init_upload}},
      {"POST", "/upload/form",
       {.access = Access::kForm, .scope = "", .rate = RateClass::kWriting, .summary = "Take the file of a form", .run = take_form}},
      {"POST", "/upload/complete",
       {.scope = kScope, .rate = RateClass::kWriting, .summary = "Say that all is sent", .run = complete_upload}},
      {"GET", "/upload/status",
       {.scope = kScope, .rate = RateClass::kWriting, .summary = "What became of an upload", .run = status_upload}},
  };
}

}  // namespace postmypost::api::v4_1
