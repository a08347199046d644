#include "journal/journal.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "journal/segments.hpp"
#include "storage/database.hpp"

namespace postmypost::journal {

namespace fs = std::filesystem;
using storage::DatabaseError;

void Journal::append(Entry entry) {
  std::promise<void> written;
  append(std::move(entry), [&](std::exception_ptr failure) {
    if (failure) {
      written.set_exception(failure);
    } else {
      written.set_value();
    }
  });
  written.get_future().get();
}

namespace {

// Space kept for outcomes of what has been sent; given up when the disk is full, taken again when there is room.
class Reserve {
 public:
  Reserve(fs::path path, std::uint64_t bytes) : path_(std::move(path)), bytes_(bytes) { take(); }

  void give_up() {
    std::error_code ignored;
    fs::remove(path_, ignored);
    held_ = false;
  }
  void take() {
    if (held_) return;
    const int file = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    held_ = file >= 0 && ::posix_fallocate(file, 0, static_cast<off_t>(bytes_)) == 0;
    if (file >= 0) ::close(file);
    if (!held_) give_up();
  }
  bool is_held() const { return held_; }

 private:
  fs::path path_;
  std::uint64_t bytes_;
  std::atomic<bool> held_ = false;
};

class DiskJournal final : public Journal {
 public:
  DiskJournal(fs::path folder, Options options, const Segment& newest, const Scan& found)
      : folder_(std::move(folder)),
        options_(options),
        reserve_(folder_ / "reserve", options.reserve_bytes),
        segment_(newest),
        file_(std::make_unique<File>(newest.path)),
        end_(found.end),
        start_(found.start),
        head_(found.head),
        thread_([this] { run(); }) {}

  ~DiskJournal() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  void append(Entry entry, std::function<void(std::exception_ptr)> durable) override {
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back({std::move(entry), std::move(durable)});
    }
    changed_.notify_one();
  }

  Head head() const override {
    const std::lock_guard lock(mutex_);
    return head_;
  }
  std::string id() const override {
    const std::lock_guard lock(mutex_);
    return start_.uid;
  }
  std::string incarnation() const override {
    const std::lock_guard lock(mutex_);
    return start_.incarnation;
  }
  bool is_original() const override {
    const std::lock_guard lock(mutex_);
    return start_.digest == identity_of(segment_.path);
  }
  bool is_short_of_space() const override {
    struct statvfs facts {};
    if (::statvfs(folder_.c_str(), &facts) != 0) return false;
    return !reserve_.is_held() || facts.f_bavail * facts.f_frsize < options_.reserve_bytes;
  }

  void renew(const std::string& incarnation, Instant now) override {
    Journal::append({.kind = Kind::kStart, .at = now, .incarnation = incarnation});
  }

  void replay(std::uint64_t from, const std::function<void(const Entry&, const Head&)>& use) const override {
    const std::vector<Segment> all = segments_in(folder_);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::uint64_t next = i + 1 < all.size() ? first_number(all[i + 1]) : 0;  // 0: it could not be begun
      if (next > 0 && next <= from) continue;
      const auto read = scan(all[i], use);
      if (!read) throw DatabaseError(DatabaseError::Kind::kCorrupt, read.error().detail);
    }
  }

  void drop_before(Instant before) override {
    const std::vector<Segment> all = segments_in(folder_);
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
      // Everything in a segment is older than the beginning of the next one.
      const auto next = read_record(File(all[i + 1].path).read(0, kMostRecordBytes + 8));
      if (!next || entry_of(next->json).at >= before) return;
      fs::remove(all[i].path);
    }
  }

 private:
  static std::uint64_t first_number(const Segment& segment) {
    const auto first = read_record(File(segment.path).read(0, kMostRecordBytes + 8));
    return first ? first->number : 0;
  }

  struct Waiting {
    Entry entry;
    std::function<void(std::exception_ptr)> durable;
  };

  void run() {
    for (;;) {
      std::vector<Waiting> batch;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return;
        batch = std::exchange(queue_, {});
      }
      std::exception_ptr failure;
      try {
        write(batch);
      } catch (...) {
        failure = std::current_exception();
      }
      for (Waiting& waiting : batch) {
        if (waiting.durable) waiting.durable(failure);
      }
    }
  }

  void write(std::vector<Waiting>& batch) {
    if (broken_) throw DatabaseError(DatabaseError::Kind::kIo, "the journal failed before and waits for a new start");
    if (!reserve_.is_held()) reserve_.take();
    std::vector<Entry> entries;
    for (Waiting& waiting : batch) {
      if (waiting.entry.kind == Kind::kStart) {  // a wish for a new segment, not an entry of this one
        write_durably(std::exchange(entries, {}));
        begin_segment(waiting.entry.incarnation, waiting.entry.at);
      } else {
        entries.push_back(std::move(waiting.entry));
      }
    }
    const Instant at = entries.empty() ? Instant{} : entries.back().at;
    write_durably(std::move(entries));
    if (end_ >= options_.segment_bytes) try_to_begin_segment(at);
  }

  void write_durably(const std::vector<Entry>& entries) {
    if (entries.empty()) return;
    const auto [bytes, head] = chained(entries);
    put(*file_, end_, bytes);
    end_ += bytes.size();
    const std::lock_guard lock(mutex_);
    head_ = head;
  }

  // The entries as they follow each other behind the head, and the head behind them.
  std::pair<std::string, Head> chained(const std::vector<Entry>& entries) const {
    Head head = this->head();
    const std::uint64_t first = head.number + 1;
    std::string bytes;
    for (const Entry& entry : entries) {
      std::string hash;
      bytes += encoded(entry, ++head.number, first, head.hash, hash);
      head.hash = std::move(hash);
    }
    return {std::move(bytes), std::move(head)};
  }

  // Durable when it returns. A write that found no room is tried once more in the room of the reserve. After a failed sync
  // nobody knows what is on disk: nothing is written behind such a place.
  void put(File& file, std::uint64_t at, const std::string& bytes) {
    FAULT_POINT("journal.write");
    try {
      file.write(at, bytes);
    } catch (const DatabaseError& full) {
      if (full.kind() != DatabaseError::Kind::kFull || !reserve_.is_held()) return give_up_write(file, at, full);
      log::warning("journal.reserve_used");
      reserve_.give_up();
      try {
        file.write(at, bytes);
      } catch (const DatabaseError& again) {
        return give_up_write(file, at, again);
      }
    }
    try {
      file.sync();
    } catch (const DatabaseError&) {
      broken_ = true;
      throw;
    }
    FAULT_POINT("journal.synced");
  }

  [[noreturn]] void give_up_write(File& file, std::uint64_t at, const DatabaseError& failure) {
    try {
      file.truncate(at);
    } catch (const DatabaseError&) {
      broken_ = true;
    }
    throw failure;
  }

  // The entries before it are durable whether or not this succeeds: without room for a new segment the old one grows.
  void try_to_begin_segment(Instant now) {
    try {
      begin_segment(start_.incarnation, now);
    } catch (const DatabaseError& failure) {
      log::warning("journal.segment_not_begun", {{"what", failure.what()}});
    }
  }

  // Nothing is written to a segment before its start is durable: what stands behind no start is read by nobody.
  void begin_segment(const std::string& incarnation, Instant now) {
    const Segment next{segment_.number + 1, segment_path(folder_, segment_.number + 1)};
    auto file = std::make_unique<File>(next.path);
    fs::permissions(next.path, fs::perms::owner_read | fs::perms::owner_write);
    Entry start = start_entry(next.path, head(), id(), incarnation, now);
    const auto [bytes, head] = chained({start});
    put(*file, 0, bytes);
    file_ = std::move(file);
    end_ = bytes.size();
    const std::lock_guard lock(mutex_);
    segment_ = next;
    start_ = std::move(start);
    head_ = head;
  }

  const fs::path folder_;
  const Options options_;
  Reserve reserve_;

  // The journal's thread changes them under the mutex; others read them under it.
  Segment segment_;
  std::unique_ptr<File> file_;
  std::uint64_t end_;
  bool broken_ = false;
  Entry start_;
  Head head_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Waiting> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

// The first segment of a new journal, or of one whose files are gone.
void write_first_segment(const fs::path& folder, const std::string& id, const std::string& incarnation, Instant now) {
  const fs::path path = segment_path(folder, 1);
  File file(path);
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  std::string hash;
  file.write(0, encoded(start_entry(path, {0, zero_hash()}, id, incarnation, now), 1, 1, zero_hash(), hash));
  file.sync();
}

// Whether the last sync succeeded is not known: a process that saw it fail may be the one that died. After a failed sync the
// system reads back what will never be on disk, and a later sync does not write it, so it is written once more.
void settle_end(const Segment& segment, const Scan& found) {
  File file(segment.path);
  if (found.torn) file.truncate(found.end);
  file.write(found.last_sync, file.read(found.last_sync, found.end - found.last_sync));
  file.sync();
}

}  // namespace

Result<std::unique_ptr<Journal>> open_journal(const fs::path& folder, const std::string& incarnation,
                                              const std::string& new_id, Instant now, Options options) {
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms::owner_all);
  std::vector<Segment> all = segments_in(folder);
  for (; !all.empty(); all.pop_back()) {
    TRY_ASSIGN(const Scan found, scan(all.back()));
    if (found.end > 0) {
      settle_end(all.back(), found);
      return std::make_unique<DiskJournal>(folder, options, all.back(), found);
    }
    fs::remove(all.back().path);  // a power loss while it was begun: nothing in it was ever durable
  }
  write_first_segment(folder, new_id, incarnation, now);
  all = segments_in(folder);
  TRY_ASSIGN(const Scan found, scan(all.back()));
  return std::make_unique<DiskJournal>(folder, options, all.back(), found);
}

}  // namespace postmypost::journal
