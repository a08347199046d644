#include "journal/segments.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>

#include "base/encoding.hpp"

namespace postmypost::journal {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "journal-";
constexpr std::size_t kChunk = 1U << 20U;

Error corrupt(const fs::path& path, std::uint64_t offset) {
  return {.kind = ErrorKind::kUnavailable,
          .code = "journal.corrupt",
          .detail = fmt::format("The sent-journal {} is damaged at byte {}.", path.filename().string(), offset),
          .how_to_fix = "Bring this file back from the journal's own backup, or run `postmypost adopt --restored` without it."};
}

// An intact entry behind the damage whose sync began after the damaged one: then that one had been durable.
bool was_durable(std::string_view behind, std::uint64_t damaged) {
  for (std::size_t at = 1; at < behind.size(); ++at) {
    const auto record = read_record(behind.substr(at));
    if (record && record->number > damaged && record->first > damaged) return true;
  }
  return false;
}

}  // namespace

fs::path segment_path(const fs::path& folder, std::uint64_t number) {
  return folder / fmt::format("{}{:06}", kPrefix, number);
}

std::vector<Segment> segments_in(const fs::path& folder) {
  std::vector<Segment> all;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    std::uint64_t number = 0;
    const char* end = name.data() + name.size();
    if (std::from_chars(name.data() + kPrefix.size(), end, number).ptr != end) continue;
    all.push_back({number, entry.path()});
  }
  std::ranges::sort(all, {}, &Segment::number);
  return all;
}

std::string identity_of(const fs::path& path) {
  struct statx facts {};
  if (::statx(AT_FDCWD, path.c_str(), 0, STATX_INO | STATX_BTIME, &facts) != 0) return "";
  // A file system without birth times leaves the inode alone to tell a copy.
  const bool born = (facts.stx_mask & STATX_BTIME) != 0;
  return fmt::format("{}:{}.{}", facts.stx_ino, born ? facts.stx_btime.tv_sec : 0, born ? facts.stx_btime.tv_nsec : 0);
}

Entry start_entry(const fs::path& path, const Head& previous, const std::string& id, const std::string& incarnation,
                  Instant now) {
  return {.kind = Kind::kStart,
          .at = now,
          .uid = id,
          .step = fmt::format("{}:{}", previous.number, base64url(previous.hash)),
          .digest = identity_of(path),
          .incarnation = incarnation};
}

Head previous_head(const Entry& start) {
  Head head;
  const auto colon = start.step.find(':');
  std::from_chars(start.step.data(), start.step.data() + colon, head.number);
  head.hash = from_base64url(std::string_view(start.step).substr(colon + 1)).value_or("");
  return head;
}

namespace {

// The file as a moving window that always shows a whole record when there is one.
class Window {
 public:
  explicit Window(const File& file) : file_(file) { fill(kMostRecordBytes + 8); }
  std::string_view rest() const { return std::string_view(bytes_).substr(at_); }
  std::uint64_t offset() const { return start_ + at_; }
  void pass(std::size_t bytes) {
    at_ += bytes;
    fill(kMostRecordBytes + 8);
  }
  void fill(std::size_t least) {
    if (bytes_.size() - at_ >= least) return;
    bytes_.erase(0, at_);
    start_ += std::exchange(at_, 0);
    while (bytes_.size() < least) {
      const std::string more = file_.read(start_ + bytes_.size(), kChunk);
      if (more.empty()) return;
      bytes_ += more;
    }
  }

 private:
  const File& file_;
  std::string bytes_;
  std::size_t at_ = 0;
  std::uint64_t start_ = 0;
};

}  // namespace

Result<Scan> scan(const Segment& segment, const std::function<void(const Entry&, const Head&)>& use) {
  const File file(segment.path);
  Window window(file);
  Scan found;
  while (!window.rest().empty()) {
    const bool first = window.offset() == 0;
    const auto record = read_record(window.rest());
    if (record && first) {
      found.start = entry_of(record->json);
      found.head = previous_head(found.start);
    }
    if (!record || !continues(*record, found.head)) {
      found.torn = true;
      if (first) found.head = {};
      window.fill(file.size());
      if (was_durable(window.rest(), found.head.number + 1)) return fail(corrupt(segment.path, window.offset()));
      break;
    }
    if (record->first == record->number) found.last_sync = window.offset();
    found.head = {record->number, record->hash};
    if (use) use(first ? found.start : entry_of(record->json), found.head);
    window.pass(record->bytes);
  }
  found.end = window.offset();
  return found;
}

}  // namespace postmypost::journal
