// The body of an outgoing request as one stream of bytes over its pieces; files are read while they
// are sent.
//
// Not thread-safe. File reads block, as page cache reads do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "http/egress.hpp"
#include "http/server_file.hpp"

namespace postmypost::http {

class BodyReader {
 public:
  // Opens the files. Error: `egress.file` when one is missing or has another size than promised.
  static Result<BodyReader> open(std::vector<BodyPiece> pieces);

  std::uint64_t size() const { return size_; }
  std::uint64_t position() const { return position_; }
  // At most `out.size()` bytes; none when a file broke or shrank (or at the end).
  std::size_t read(std::span<char> out);
  void rewind();

 private:
  struct Piece {
    std::string bytes;
    OpenFile file;
    std::uint64_t size = 0;
  };
  std::vector<Piece> pieces_;
  std::size_t current_ = 0;
  std::uint64_t within_ = 0, position_ = 0, size_ = 0;
};

}  // namespace postmypost::http
