// A ZIP that is made while it is written: what is in it never lies in memory as a whole (libarchive; ZIP64 where it is needed).
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "cabinet/digest.hpp"

struct archive;

namespace postmypost::cabinet {

struct Member {
  std::string name;
  std::uint64_t bytes = 0;
  std::string sha256;  // hex
};

class ArchiveWriter {
 public:
  using Sink = std::function<void(std::string_view)>;

  // Bytes of the archive go to `sink` as they come; what it throws comes out of the call that wrote them.
  ArchiveWriter(Sink sink, Instant made_at);
  ~ArchiveWriter();
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  // A member of unknown size is compressed; one of known size (a picture) is stored as it is, and must have exactly it.
  void begin(std::string name, std::optional<std::uint64_t> size = {});
  void write(std::string_view bytes);
  void end();
  void add(std::string name, std::string_view bytes);
  void finish();

  const std::vector<Member>& members() const { return members_; }

 private:
  static std::ptrdiff_t take(archive* zip, void* self, const void* bytes, std::size_t size);
  void check(int result);

  Sink sink_;
  Instant made_at_;
  archive* zip_;
  std::exception_ptr failure_;
  std::vector<Member> members_;
  std::optional<Digest> digest_;  // of the member that is open
};

}  // namespace postmypost::cabinet
