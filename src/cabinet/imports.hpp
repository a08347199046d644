// Imports: an archive of this person from another server is sent in pieces, checked as a whole, and taken into new projects; or refused, and
// then nothing of it stays.
//
// A row of person_import goes receiving → waiting → reading → done; it fails with a code, or is over when the person takes it back or a day
// passed. What was sent lies encrypted below DATA/imports. After a crash in the middle what was taken so far is removed and it begins
// again. Nobody belongs to the new projects before the last step. One thread takes them, one after the other. Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "cabinet/sealed_file.hpp"
#include "cabinet/taking.hpp"
#include "storage/blobs.hpp"

namespace postmypost::cabinet {

// Where the key of an import's file is bound.
inline vault::Place import_key_place(std::int64_t id, std::int64_t user) {
  return {"person_import", "file_key", id, vault::KeyScope::kUser, user};
}

inline constexpr std::int64_t kMostImported = std::int64_t{8} << 30U;
inline constexpr std::int64_t kPieceOfImport = 8 << 20;

struct Taken {
  std::int64_t projects = 0, publications = 0, pictures = 0, accounts = 0;
};
struct ImportRow {
  std::int64_t id = 0;
  std::string state;
  std::int64_t bytes = 0, received = 0, pieces = 0;
  std::optional<Error> problem;
  std::optional<Taken> taken;
  Instant requested_at;
  std::optional<Instant> ended_at;
};

class Imports {
 public:
  struct With {
    Rooms rooms;
    media::PictureCleaner& cleaner;
    storage::Blobs& blobs;
    const Clock& clock;
    Random& random;
    std::filesystem::path folder;  // DATA/imports
    bool is_alone = true;
  };
  explicit Imports(With with) : with_(std::move(with)) {}
  ~Imports();
  Imports(const Imports&) = delete;
  Imports& operator=(const Imports&) = delete;

  void start();

  // Begins one of so many bytes; an unfinished one is over. Errors: `import.size`.
  Result<ImportRow> begin(std::int64_t user, std::int64_t bytes);
  // The next piece: each but the last has kPieceOfImport bytes. Errors: `import.not_found`, `import.not_receiving`, `import.piece` (not the
  // next one, or of a wrong size; `pieces` says how many are there), `storage.full`.
  Result<ImportRow> receive(std::int64_t user, std::int64_t id, std::int64_t piece, std::string_view bytes);
  // Errors: `import.not_found`, `import.not_receiving`, `import.incomplete`.
  Result<ImportRow> submit(std::int64_t user, std::int64_t id);
  std::vector<ImportRow> of_person(std::int64_t user) const;
  Result<> remove(std::int64_t user, std::int64_t id);

  bool work_once();  // the thread's work; true when it took one in hand

 private:
  struct Job {
    std::int64_t id = 0, user_id = 0, bytes = 0, pieces = 0;
    std::string file, key;
    std::string claim, taking;  // what the row says while it is this job's (import_job.cpp)
  };
  void run();
  void tidy(bool at_start);
  std::optional<Job> claim();
  void work(Job job);
  Result<Taken> take(Job& job);
  Result<Incoming> read(const Job& job, SealedReader& bytes);
  Result<std::map<std::string, StoredPicture>> store_pictures(const Job& job, SealedReader& bytes, const Incoming& incoming);
  Result<StoredPicture> store(const Job& job, const std::string& bytes);
  std::string email_of(std::int64_t user) const;
  void going_on(const Job& job);
  void undo(const std::string& file, const std::optional<std::string>& taken);
  void end(const Job& job, std::string_view state, const std::optional<std::string>& problem);
  Result<ImportRow> row_of(std::int64_t user, std::int64_t id) const;
  std::filesystem::path piece_file(const std::string& file, std::int64_t piece) const;
  std::filesystem::path blob_list(const std::string& file) const { return with_.folder / (file + ".blobs"); }
  void remove_files(const std::string& file) const;

  With with_;
  Duration touched_{};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_woken_ = false;
  std::thread thread_;
};

}  // namespace postmypost::cabinet
