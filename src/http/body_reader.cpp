#include "http/body_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace postmypost::http {

Result<BodyReader> BodyReader::open(std::vector<BodyPiece> pieces) {
  BodyReader reader;
  for (BodyPiece& piece : pieces) {
    Piece opened;
    if (auto* bytes = std::get_if<std::string>(&piece)) {
      opened.bytes = std::move(*bytes);
      opened.size = opened.bytes.size();
    } else {
      const auto& promised = std::get<FilePiece>(piece);
      opened.file = OpenFile(::open(promised.path.c_str(), O_RDONLY | O_CLOEXEC));
      struct stat facts{};
      if (!opened.file || ::fstat(opened.file.fd(), &facts) != 0 ||
          static_cast<std::uint64_t>(facts.st_size) != promised.size) {
        return fail({.kind = ErrorKind::kUnavailable,
                     .code = "egress.file",
                     .detail = "A file to be sent is missing or has changed."});
      }
      opened.size = promised.size;
    }
    reader.size_ += opened.size;
    reader.pieces_.push_back(std::move(opened));
  }
  return reader;
}

std::size_t BodyReader::read(std::span<char> out) {
  while (current_ < pieces_.size() && within_ == pieces_[current_].size) ++current_, within_ = 0;
  if (current_ == pieces_.size()) return 0;
  const Piece& piece = pieces_[current_];
  std::size_t count =
      static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), piece.size - within_));
  if (!piece.file) {
    std::copy_n(piece.bytes.data() + within_, count, out.data());
  } else {
    const ssize_t got = ::pread(piece.file.fd(), out.data(), count, static_cast<off_t>(within_));
    count = got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  within_ += count;
  position_ += count;
  return count;
}

void BodyReader::rewind() { current_ = 0, within_ = 0, position_ = 0; }

}  // namespace postmypost::http
