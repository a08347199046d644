#include "cabinet/sealed_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace postmypost::cabinet {
namespace {

constexpr std::size_t kPiece = 64 << 10;
constexpr std::size_t kSealedPiece = kPiece + crypto_secretstream_xchacha20poly1305_ABYTES;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

[[noreturn]] void fail_with_errno(const char* what) { throw std::system_error(errno, std::generic_category(), what); }
[[noreturn]] void changed() { throw std::runtime_error("a sealed file was cut or changed"); }

int open_new(const std::filesystem::path& file) {
  const int handle = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (handle < 0) fail_with_errno("a sealed file can't be made");
  return handle;
}

}  // namespace

std::string new_file_key() {
  std::string key(crypto_secretstream_xchacha20poly1305_KEYBYTES, '\0');
  crypto_secretstream_xchacha20poly1305_keygen(bytes_of(key));
  return key;
}

SealedWriter::SealedWriter(const std::filesystem::path& file, std::string_view key) : handle_(open_new(file)) {
  std::string header(crypto_secretstream_xchacha20poly1305_HEADERBYTES, '\0');
  crypto_secretstream_xchacha20poly1305_init_push(&state_, bytes_of(header), bytes_of(key));
  write_raw(header);
}

SealedWriter::~SealedWriter() {
  sodium_memzero(&state_, sizeof state_);
  if (handle_ >= 0) ::close(handle_);
}

void SealedWriter::write(std::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, kPiece - waiting_.size());
    bytes.remove_prefix(part.size());
    waiting_ += part;
    if (waiting_.size() < kPiece || bytes.empty()) continue;  // the last piece waits for `finish`
    push(waiting_, 0);
    waiting_.clear();
  }
}

void SealedWriter::push(std::string_view piece, unsigned char tag) {
  std::string sealed(piece.size() + crypto_secretstream_xchacha20poly1305_ABYTES, '\0');
  crypto_secretstream_xchacha20poly1305_push(&state_, bytes_of(sealed), nullptr, bytes_of(piece), piece.size(), nullptr, 0, tag);
  write_raw(sealed);
}

void SealedWriter::write_raw(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(handle_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_with_errno("a sealed file can't be written");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void SealedWriter::finish() {
  push(waiting_, crypto_secretstream_xchacha20poly1305_TAG_FINAL);
  if (::fsync(handle_) != 0) fail_with_errno("a sealed file can't be made durable");
  ::close(std::exchange(handle_, -1));
}

SealedReader::~SealedReader() {
  close();
  sodium_memzero(&state_, sizeof state_);
  sodium_memzero(key_.data(), key_.size());
}

void SealedReader::close() {
  if (handle_ >= 0) ::close(std::exchange(handle_, -1));
}

void SealedReader::restart() {
  close();
  opened_ = 0;
  is_over_ = true;
}

bool SealedReader::open_next() {
  close();
  if (opened_ == files_.size()) return false;
  handle_ = ::open(files_[opened_++].c_str(), O_RDONLY | O_CLOEXEC);
  if (handle_ < 0) fail_with_errno("a sealed file can't be opened");
  const std::string header = read_raw(crypto_secretstream_xchacha20poly1305_HEADERBYTES);
  if (header.size() != crypto_secretstream_xchacha20poly1305_HEADERBYTES ||
      crypto_secretstream_xchacha20poly1305_init_pull(&state_, bytes_of(header), bytes_of(key_)) != 0) {
    changed();
  }
  is_over_ = false;
  return true;
}

std::string SealedReader::read_raw(std::size_t size) const {
  std::string bytes(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const ssize_t count = ::read(handle_, bytes.data() + got, size - got);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_with_errno("a sealed file can't be read");
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  bytes.resize(got);
  return bytes;
}

std::string SealedReader::next() {
  for (;;) {
    if (is_over_ && !open_next()) return {};
    const std::string sealed = read_raw(kSealedPiece);
    if (sealed.size() < crypto_secretstream_xchacha20poly1305_ABYTES) changed();
    std::string plain(sealed.size() - crypto_secretstream_xchacha20poly1305_ABYTES, '\0');
    unsigned char tag = 0;
    if (crypto_secretstream_xchacha20poly1305_pull(&state_, bytes_of(plain), nullptr, &tag, bytes_of(sealed), sealed.size(), nullptr,
                                                   0) != 0) {
      changed();
    }
    is_over_ = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    if (is_over_ && !read_raw(1).empty()) changed();  // nothing stands behind the last piece
    if (!plain.empty()) return plain;
  }
}

}  // namespace postmypost::cabinet
