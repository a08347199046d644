#include "cabinet/archive_writer.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <stdexcept>
#include <utility>

namespace postmypost::cabinet {
namespace {

constexpr std::int64_t kMicroseconds = 1'000'000;

struct Entry {
  archive_entry* made = archive_entry_new();
  ~Entry() { archive_entry_free(made); }
};

}  // namespace

ArchiveWriter::ArchiveWriter(Sink sink, Instant made_at) : sink_(std::move(sink)), made_at_(made_at), zip_(archive_write_new()) {
  check(archive_write_set_format_zip(zip_));
  archive_write_set_bytes_in_last_block(zip_, 1);
  check(archive_write_open(zip_, this, nullptr, take, nullptr));
}

ArchiveWriter::~ArchiveWriter() {
  sink_ = [](std::string_view) {};  // freeing an unfinished archive writes its end
  archive_write_free(zip_);
}

std::ptrdiff_t ArchiveWriter::take(archive*, void* self, const void* bytes, std::size_t size) {
  auto& writer = *static_cast<ArchiveWriter*>(self);
  try {
    writer.sink_({static_cast<const char*>(bytes), size});
    return static_cast<la_ssize_t>(size);
  } catch (...) {
    writer.failure_ = std::current_exception();
    return -1;
  }
}

void ArchiveWriter::check(int result) {
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  if (result < ARCHIVE_OK) throw std::runtime_error(std::string("the archive can't be written: ") + archive_error_string(zip_));
}

void ArchiveWriter::begin(std::string name, std::optional<std::uint64_t> size) {
  check(size ? archive_write_zip_set_compression_store(zip_) : archive_write_zip_set_compression_deflate(zip_));
  const Entry entry;
  archive_entry_set_pathname(entry.made, name.c_str());
  archive_entry_set_filetype(entry.made, AE_IFREG);
  archive_entry_set_perm(entry.made, 0600);
  archive_entry_set_mtime(entry.made, made_at_.us / kMicroseconds, 0);
  if (size) archive_entry_set_size(entry.made, static_cast<la_int64_t>(*size));
  check(archive_write_header(zip_, entry.made));
  members_.push_back({.name = std::move(name)});
  digest_.emplace();
}

void ArchiveWriter::write(std::string_view bytes) {
  digest_->add(bytes);
  members_.back().bytes += bytes.size();
  const la_ssize_t written = archive_write_data(zip_, bytes.data(), bytes.size());
  if (written != static_cast<la_ssize_t>(bytes.size())) check(ARCHIVE_FATAL);
}

void ArchiveWriter::end() {
  members_.back().sha256 = digest_->hex();
  digest_.reset();
  check(archive_write_finish_entry(zip_));
}

void ArchiveWriter::add(std::string name, std::string_view bytes) {
  begin(std::move(name));
  write(bytes);
  end();
}

void ArchiveWriter::finish() { check(archive_write_close(zip_)); }

}  // namespace postmypost::cabinet
