// Turns a handler's Response into what goes out: conditions, ranges and the open file (RFC 9110
// sections 13, 14).
//
// Blocking file calls; meant for a handler thread.
#pragma once

#include <sys/types.h>

#include <cstddef>

#include "http/message.hpp"
#include "http/server_wire.hpp"

namespace postmypost::http {

class OpenFile {
 public:
  OpenFile() = default;
  explicit OpenFile(int fd) : fd_(fd) {}
  OpenFile(OpenFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OpenFile& operator=(OpenFile&& other) noexcept;
  ~OpenFile();
  explicit operator bool() const { return fd_ >= 0; }
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

struct Outgoing {
  Response response;
  OpenFile file = {};
  std::size_t offset = 0, length = 0;  // of the body in `file`, or all of source or response.body
};

// A missing file is a 404; a file that can't be read is a 500 with a line in the log.
Outgoing prepare(const Request& request, Response response);

// The bytes after the first `sent` ones of a body that comes piece by piece.
std::string next_chunk(const Outgoing& outgoing, std::size_t sent, std::size_t size);

// Up to `size` bytes at `offset`; empty when the file ended early or broke.
std::string read_chunk(const OpenFile& file, std::size_t offset, std::size_t size);

}  // namespace postmypost::http
