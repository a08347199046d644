// Pictures people upload: cleaned, measured, thumbnailed, kept as blobs.
//
// Bytes of strangers are decoded only in a child process (postmypost-picture-worker) with limits of memory, CPU
// and time and without network or file system; the server sees only its finished output. EXIF and GPS are removed
// and the picture is turned upright before anything is stored.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/blobs.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::media {

struct File {
  std::int64_t id = 0;
  std::int64_t project_id = 0;
  std::string name;        // sealed with the project's key: kContent
  std::string mime;        // of the cleaned original
  int width = 0, height = 0;
  std::int64_t bytes = 0;
  std::string original_blob, thumbnail_blob;
  std::vector<std::string> removed;  // "gps", "exif"
  Instant created_at;
};

// What the child process made of an upload.
struct CleanPicture {
  std::string mime;
  int width = 0, height = 0;
  std::string original;   // bytes, upright, without metadata, sRGB
  std::string thumbnail;  // WebP, at most 480 px on the longer side
  std::vector<std::string> removed;
};

class PictureCleaner {
 public:
  virtual ~PictureCleaner() = default;
  // Errors: `picture.unreadable`, `picture.format`, `picture.too_many_pixels`, `picture.too_slow`, `picture.animated`.
  virtual Result<CleanPicture> clean(const std::string& bytes) = 0;
};
// Starts `program` for every picture; at most two at a time.
std::unique_ptr<PictureCleaner> make_picture_cleaner(std::string program);

class Files {
 public:
  Files(vault::Vault& vault, storage::Blobs& blobs, const Clock& clock) : vault_(vault), blobs_(blobs), clock_(clock) {}

  // Stores the blobs, then the row; a failure leaves neither (the caller removes blobs of a failed write).
  File insert(storage::Transaction& tx, std::int64_t project_id, std::string name, const CleanPicture& picture,
              std::string original_blob, std::string thumbnail_blob) const;
  Result<File> find(storage::Transaction& tx, std::int64_t project_id, std::int64_t file_id) const;
  std::optional<File> load(storage::Transaction& tx, std::int64_t file_id) const;  // for the engine and pages
  Result<> remove(storage::Transaction& tx, std::int64_t project_id, std::int64_t file_id) const;
  // Unlinks the blobs of every file of the project, deleted ones too; how many files. The rows stay.
  std::int64_t unlink_all(storage::Database& database, std::int64_t project_id) const;

 private:
  vault::Vault& vault_;
  storage::Blobs& blobs_;
  const Clock& clock_;
};

}  // namespace postmypost::media
