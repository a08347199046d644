#include "media/files.hpp"

#include "base/text.hpp"

namespace postmypost::media {
namespace {

using vault::Category;
using vault::KeyScope;
using vault::Purpose;

vault::Place name_place(std::int64_t file, std::int64_t project) {
  return {"file", "name", file, KeyScope::kProject, project};
}

}  // namespace

File Files::insert(storage::Transaction& tx, std::int64_t project_id, std::string name, const CleanPicture& picture,
                   std::string original_blob, std::string thumbnail_blob) const {
  File file{.id = tx.next_id("file"),
            .project_id = project_id,
            .name = first_graphemes(tidy(name), 200),
            .mime = picture.mime,
            .width = picture.width,
            .height = picture.height,
            .bytes = static_cast<std::int64_t>(picture.original.size()),
            .original_blob = std::move(original_blob),
            .thumbnail_blob = std::move(thumbnail_blob),
            .removed = picture.removed,
            .created_at = clock_.now()};
  const auto sealed = vault_.seal<Category::kContent>(name_place(file.id, project_id), file.name);
  tx.execute(
      "insert into file (id, project_id, name, mime, width, height, bytes, original_blob, thumbnail_blob, removed, "
      "created_at) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
      file.id, project_id, storage::Blob{sealed.bytes}, file.mime, file.width, file.height, file.bytes,
      file.original_blob, file.thumbnail_blob, joined(file.removed), file.created_at);
  return file;
}

std::optional<File> Files::load(storage::Transaction& tx, std::int64_t file_id) const {
  std::optional<File> found;
  tx.each(
      "select project_id, name, mime, width, height, bytes, original_blob, thumbnail_blob, removed, created_at from file "
      "where id=$1 and deleted_at is null",
      {file_id}, [&](const storage::Row& row) {
        const std::int64_t project = row.integer(0);
        found = File{.id = file_id,
                     .project_id = project,
                     .name = vault_.open<Purpose::kCabinet>(name_place(file_id, project),
                                                                vault::Sealed<Category::kContent>{row.blob(1)}),
                     .mime = row.text(2),
                     .width = row.get<int>(3),
                     .height = row.get<int>(4),
                     .bytes = row.integer(5),
                     .original_blob = row.text(6),
                     .thumbnail_blob = row.text(7),
                     .removed = split_words(row.text(8)),
                     .created_at = row.get<Instant>(9)};
      });
  return found;
}

Result<File> Files::find(storage::Transaction& tx, std::int64_t project_id, std::int64_t file_id) const {
  auto file = load(tx, file_id);
  if (!file || file->project_id != project_id) return not_found("file");
  return std::move(*file);
}

std::int64_t Files::unlink_all(storage::Database& database, std::int64_t project_id) const {
  std::int64_t files = 0;
  for (std::int64_t behind = 0;;) {
    const auto piece = database.read([&](storage::Transaction& tx) {
      return tx.rows<std::int64_t, std::string, std::string>(
          "select id, original_blob, thumbnail_blob from file where project_id=$1 and id>$2 order by id limit 200", project_id,
          behind);
    });
    if (piece.empty()) return files;
    for (const auto& [id, original, thumbnail] : piece) {
      blobs_.remove(original);
      blobs_.remove(thumbnail);
      behind = id;
      ++files;
    }
  }
}

Result<> Files::remove(storage::Transaction& tx, std::int64_t project_id, std::int64_t file_id) const {
  TRY_ASSIGN(const File file, find(tx, project_id, file_id));
  tx.execute("update file set deleted_at=$2 where id=$1", file_id, clock_.now());
  tx.after_commit([&blobs = blobs_, original = file.original_blob, thumbnail = file.thumbnail_blob] {
    blobs.remove(original);
    blobs.remove(thumbnail);
  });
  return {};
}

}  // namespace postmypost::media
