#include "cabinet/archive_reader.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "cabinet/refusal.hpp"

namespace postmypost::cabinet {
namespace {

struct Refused {
  Error error;
};

constexpr const char* kTakeAnother = "Take the archive as the other server made it, without unpacking or changing it.";

bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

// What an export calls its members: "person.json", "README.ru.txt", "media/Zm9v.png".
bool is_own_name(std::string_view name) {
  if (name == "README.en.txt" || name == "README.ru.txt") return true;
  if (name.ends_with(".json")) return is_word(name.substr(0, name.size() - 5));
  if (!name.starts_with("media/")) return false;
  return (name.ends_with(".png") || name.ends_with(".jpg")) && is_word(name.substr(6, name.size() - 10));
}

Result<> check(archive_entry* entry, const std::string& name, std::set<std::string>& seen) {
  if (!is_own_name(name)) {
    return fail(refusal("import.path", "The archive holds a file that no export has.", kTakeAnother, {{"member", name.substr(0, 200)}}));
  }
  if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_symlink(entry) || archive_entry_hardlink(entry) ||
      archive_entry_is_encrypted(entry)) {
    return fail(refusal("import.kind", "The archive holds something that is no plain file.", kTakeAnother, {{"member", name}}));
  }
  if (!seen.insert(name).second) return fail(refusal("import.twice", "The archive holds a file twice.", kTakeAnother, {{"member", name}}));
  if (seen.size() > kMostMembers) return fail(refusal("import.too_many", "The archive holds more files than any export does.", kTakeAnother));
  return {};
}

}  // namespace

std::string_view ArchiveReader::fill() {
  if (at_ < read_to_ - chunk_.size()) {
    bytes_.restart();
    read_to_ = 0;
    chunk_.clear();
  }
  while (at_ >= read_to_) {
    chunk_ = bytes_.next();
    if (chunk_.empty()) return {};
    read_to_ += chunk_.size();
  }
  return std::string_view(chunk_).substr(chunk_.size() - static_cast<std::size_t>(read_to_ - at_));
}

std::ptrdiff_t ArchiveReader::take(archive*, void* self, const void** bytes) {
  auto& reader = *static_cast<ArchiveReader*>(self);
  try {
    const std::string_view part = reader.fill();
    *bytes = part.data();
    reader.at_ += part.size();
    return static_cast<std::ptrdiff_t>(part.size());
  } catch (...) {
    reader.failure_ = std::current_exception();
    return ARCHIVE_FATAL;
  }
}

std::int64_t ArchiveReader::seek(archive*, void* self, std::int64_t offset, int whence) {
  auto& reader = *static_cast<ArchiveReader*>(self);
  const std::int64_t from = whence == SEEK_SET ? 0 : static_cast<std::int64_t>(whence == SEEK_CUR ? reader.at_ : reader.size_);
  reader.at_ = static_cast<std::uint64_t>(std::clamp<std::int64_t>(from + offset, 0, static_cast<std::int64_t>(reader.size_)));
  return static_cast<std::int64_t>(reader.at_);
}

Result<> ArchiveReader::each(const std::function<Result<>(const std::string&, const NextChunk&)>& use) {
  bytes_.restart();
  at_ = read_to_ = 0;
  chunk_.clear();
  archive* zip = archive_read_new();
  const auto free = [](archive* one) { archive_read_free(one); };
  const std::unique_ptr<archive, decltype(free)> owner(zip, free);
  archive_read_support_format_zip_seekable(zip);
  archive_read_set_read_callback(zip, take);
  archive_read_set_seek_callback(zip, seek);
  archive_read_set_callback_data(zip, this);
  const int opened = archive_read_open1(zip);
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  if (opened != ARCHIVE_OK) return fail(refusal("import.not_a_zip", "This is no ZIP archive.", "Choose the file that the other server gave you."));
  try {
    return read(zip, use);
  } catch (const Refused& refused) {
    return fail(refused.error);
  }
}

Result<> ArchiveReader::read(archive* zip, const std::function<Result<>(const std::string&, const NextChunk&)>& use) {
  std::set<std::string> seen;
  std::uint64_t unpacked = 0;
  for (;;) {
    archive_entry* entry = nullptr;
    const int found = archive_read_next_header(zip, &entry);
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    if (found == ARCHIVE_EOF) return {};
    const char* given = entry ? archive_entry_pathname(entry) : nullptr;
    const std::string name = given ? given : "";
    if (found < ARCHIVE_WARN) return fail(seen.empty() ? refusal("import.not_a_zip", "This is no ZIP archive.", "Choose the file that the other server gave you.") : damaged(name));
    TRY(check(entry, name, seen));
    const NextChunk next = [&] {
      std::string chunk(64 << 10, '\0');
      const la_ssize_t got = archive_read_data(zip, chunk.data(), chunk.size());
      if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
      if (got < 0) throw Refused{damaged(name)};
      chunk.resize(static_cast<std::size_t>(got));
      unpacked += chunk.size();
      if (unpacked > kFreeGrowth + kMostGrowth * size_) {
        throw Refused{refusal("import.bomb", "The archive unpacks to far more than any export does.", kTakeAnother, {{"member", name}})};
      }
      return chunk;
    };
    TRY(use(name, next));
  }
}

}  // namespace postmypost::cabinet
