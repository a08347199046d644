// Pictures of a project: upload, look, remove.
#include "api/v1/file_views.hpp"
#include "base/zones.hpp"
#include "http/multipart.hpp"
#include "media/upload_work.hpp"

namespace postmypost::api::v1 {

FileView file_view(const media::File& file) {
  const std::string base = "/files/" + std::to_string(file.project_id) + "/" + std::to_string(file.id);
  return {.id = file.id,
          .name = file.name,
          .mime = file.mime,
          .width = file.width,
          .height = file.height,
          .bytes = file.bytes,
          .url = base + (file.mime == "image/png" ? "/original.png" : "/original.jpg"),
          .thumbnail_url = base + "/thumbnail.webp",
          .removed = file.removed,
          .created_at = to_rfc3339(file.created_at)};
}

namespace {

Result<FileView> upload(Call& call) {
  TRY_ASSIGN(const auto parts, http::parse_multipart(call.request.headers.get("Content-Type").value_or(""), call.request.body));
  if (parts.size() != 1 || parts.front().name != "file") {
    return fail({.code = "file.one_part",
                 .detail = "The form must hold exactly one part, named file.",
                 .field = "/file",
                 .rule = "parts=1",
                 .how_to_fix = "Send one picture in a part named file."});
  }
  TRY_ASSIGN(const media::File file,
             media::store_picture(call.with.database, call.with.blobs, call.with.pictures, call.with.files, call.project(),
                                  parts.front().filename, std::string(parts.front().body), [](storage::Transaction&, const media::File&) {}));
  return file_view(file);
}

Result<media::File> find(Call& call) {
  return call.with.database.read(
      [&](storage::Transaction& tx) { return call.with.files.find(tx, call.project(), call.id("file")); });
}

Result<FileView> show_file(Call& call) {
  TRY_ASSIGN(const media::File file, find(call));
  return file_view(file);
}

Result<> remove_file(Call& call) {
  return call.with.database.write([&](storage::Transaction& tx) -> Result<> {
    if (call.with.publications.uses_file(tx, call.id("file"))) {
      return fail({.kind = ErrorKind::kConflict,
                   .code = "file.in_use",
                   .detail = "A publication uses this picture.",
                   .how_to_fix = "Take it out of the publication first."});
    }
    return call.with.files.remove(tx, call.project(), call.id("file"));
  });
}

http::Response serve_blob(Call& call, bool thumbnail) {
  const auto file = find(call);
  if (!file) return problem_response(file.error(), call.request.id);
  http::Response response = http::Response::text(200, thumbnail ? "image/webp" : file->mime, "");
  response.file = call.with.blobs.path(thumbnail ? file->thumbnail_blob : file->original_blob);
  // What was shown under a ticket is not there any more when the ticket is over.
  response.headers.set("Cache-Control", call.for_support ? "no-store" : "private, max-age=86400, immutable");
  return response;
}

http::Response serve_original(Call& call) { return serve_blob(call, false); }
http::Response serve_thumbnail(Call& call) { return serve_blob(call, true); }

}  // namespace

Routes file_routes() {
  return {
      {"POST", "/api/v1/projects/{project}/files", uploading(endpoint<upload>(Access::kMember, 201, "Upload a picture"))},
      {"GET", "/api/v1/projects/{project}/files/{file}", endpoint<show_file>(Access::kMember, 200, "A picture's data")},
      {"DELETE", "/api/v1/projects/{project}/files/{file}", endpoint<remove_file>(Access::kMember, 204, "Remove a picture")},
      {"GET", "/files/{project}/{file}/original.jpg", endpoint<serve_original>(Access::kMember, 200, "The cleaned picture")},
      {"GET", "/files/{project}/{file}/original.png", endpoint<serve_original>(Access::kMember, 200, "The cleaned picture")},
      {"GET", "/files/{project}/{file}/thumbnail.webp", endpoint<serve_thumbnail>(Access::kMember, 200, "Its thumbnail")},
  };
}

}  // namespace postmypost::api::v1
