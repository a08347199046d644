// The work on uploads: reads what is to be fetched, decodes it and makes it a file; goes on where a killed process stopped.
//
// What is fetched is bounded in bytes and time whatever the other side says; redirects are followed by hand, each with a row in the
// disclosure ledger and the egress client's judgement of the address. Only a decoded picture is ever stored.
#pragma once

#include <atomic>
#include <functional>
#include <span>

#include "http/egress.hpp"
#include "media/uploads.hpp"

namespace postmypost::media {

// Cleans a picture, stores its blobs and runs `write` with the new file in one transaction; without blobs left over when that fails.
// Errors: those of PictureCleaner::clean, `storage.full`.
Result<File> store_picture(storage::Database& database, storage::Blobs& blobs, PictureCleaner& cleaner, const Files& files,
                           std::int64_t project_id, const std::string& name, const std::string& bytes,
                           const std::function<void(storage::Transaction&, const File&)>& write);

class UploadWork {
 public:
  struct With {
    storage::Database& database;
    storage::Blobs& blobs;
    PictureCleaner& cleaner;
    const Files& files;
    const Uploads& uploads;
    http::EgressClient& egress;
    const Clock& clock;
    std::function<bool(storage::Transaction&, std::int64_t)> is_used;  // a file by a publication
    bool is_alone = true;                                             // no other process has the store
    Duration patience = seconds(60);                                  // for one address
  };
  explicit UploadWork(With with) : with_(std::move(with)) {}

  // Everything that is due, a few at once.
  void work(const std::atomic<bool>& stop);

 private:
  void renew(std::span<const Upload> uploads) const;
  void work_on(const Upload& upload) const;
  void finish(const Upload& upload) const;
  void fetch(const Upload& upload) const;
  Result<std::string> read_from(const Upload& upload) const;
  http::Answer ask(const Upload& upload, const std::string& url, const std::string& host) const;

  With with_;
  bool has_released_ = false;
};

}  // namespace postmypost::media
