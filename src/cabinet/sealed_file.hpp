// Files of a person that lie on the disk only encrypted: libsodium's secretstream in pieces of 64 KiB, the last one marked, so that a file
// that was cut, swapped or changed does not open. The key lies in the database, sealed with the person's own.
#pragma once

#include <sodium.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace postmypost::cabinet {

// 32 random bytes.
std::string new_file_key();

// Writes a new file of mode 0600. Until `finish` it does not open. Throws std::system_error when the disk refuses.
class SealedWriter {
 public:
  SealedWriter(const std::filesystem::path& file, std::string_view key);
  ~SealedWriter();
  SealedWriter(const SealedWriter&) = delete;
  SealedWriter& operator=(const SealedWriter&) = delete;

  void write(std::string_view bytes);
  void finish();  // durable after it
  std::uint64_t size() const { return size_; }  // of the plain bytes

 private:
  void push(std::string_view piece, unsigned char tag);
  void write_raw(std::string_view bytes);

  int handle_;
  crypto_secretstream_xchacha20poly1305_state state_;
  std::string waiting_;  // less than a piece
  std::uint64_t size_ = 0;
};

// Reads several such files, made with one key, as one. Throws std::runtime_error where one was changed or cut.
class SealedReader {
 public:
  SealedReader(std::vector<std::filesystem::path> files, std::string key) : files_(std::move(files)), key_(std::move(key)) {}
  ~SealedReader();
  SealedReader(const SealedReader&) = delete;
  SealedReader& operator=(const SealedReader&) = delete;

  // The next bytes, at most one piece; none at the end.
  std::string next();
  void restart();

 private:
  bool open_next();
  void close();
  std::string read_raw(std::size_t size) const;

  std::vector<std::filesystem::path> files_;
  std::string key_;
  std::size_t opened_ = 0;  // how many were
  int handle_ = -1;
  bool is_over_ = true;  // the open one had its last piece
  crypto_secretstream_xchacha20poly1305_state state_;
};

}  // namespace postmypost::cabinet
