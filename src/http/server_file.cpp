#include "http/server_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

#include "base/log.hpp"
#include "http/cookies.hpp"
#include "http/ascii.hpp"

namespace postmypost::http {
namespace {

bool none_match_says_unchanged(const Request& request, std::string_view etag) {
  const auto condition = request.headers.get("If-None-Match");
  if (!condition || etag.empty()) return false;
  if (trimmed(*condition) == "*") return true;
  const auto opaque = [](std::string_view tag) {
    return tag.starts_with("W/") ? tag.substr(2) : tag;
  };
  for (std::string_view rest = *condition; !rest.empty();) {
    const std::string_view tag = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(tag.size() + 1, rest.size()));
    if (opaque(trimmed(tag)) == opaque(etag)) return true;
  }
  return false;
}

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

struct Range {
  std::size_t first = 0, last = 0;
};
enum class RangeKind { kWhole, kPart, kUnsatisfiable };

// One range of bytes; anything else (several, other units, nonsense) is answered with the whole
// file.
RangeKind requested_range(std::string_view header, std::size_t size, Range& out) {
  if (!header.starts_with("bytes=")) return RangeKind::kWhole;
  const std::string_view spec = trimmed(header.substr(6));
  const std::size_t dash = spec.find('-');
  if (dash == spec.npos || spec.contains(',')) return RangeKind::kWhole;
  const std::string_view from = trimmed(spec.substr(0, dash)), to = trimmed(spec.substr(dash + 1));
  const auto first = number(from), last = number(to);
  if ((!from.empty() && !first) || (!to.empty() && !last) || (from.empty() && to.empty()))
    return RangeKind::kWhole;
  if (!first) {
    if (*last == 0 || size == 0) return RangeKind::kUnsatisfiable;
    out = {size - std::min(*last, size), size - 1};
    return RangeKind::kPart;
  }
  if (last && *last < *first) return RangeKind::kWhole;
  if (*first >= size) return RangeKind::kUnsatisfiable;
  out = {*first, last ? std::min(*last, size - 1) : size - 1};
  return RangeKind::kPart;
}

Outgoing not_there(const Request& request, int error) {
  if (error != ENOENT && error != ENOTDIR && error != EISDIR) {
    log::error("http.file_unreadable", {{"request_id", request.id}, {"errno", error}});
    return {.response = problem({500, "server.failed", "The file could not be read."}, request.id)};
  }
  return {.response = problem({404, "file.not_found", "There is no such file."}, request.id)};
}

Outgoing unchanged(Response response) {
  response.status = 304;
  response.body.clear();
  return {.response = std::move(response)};
}

Outgoing prepare_file(const Request& request, Response response) {
  OpenFile file(::open(response.file->c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts{};
  if (!file || ::fstat(file.fd(), &facts) != 0) return not_there(request, errno);
  if (!S_ISREG(facts.st_mode)) return not_there(request, EISDIR);
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (!response.headers.get("ETag")) {
    response.headers.set("ETag", fmt::format("\"{:x}-{:x}{:08x}\"", size, facts.st_mtim.tv_sec,
                                             facts.st_mtim.tv_nsec));
  }
  const std::string etag(*response.headers.get("ETag"));
  response.headers.set("Accept-Ranges", "bytes");
  if (response.status == 200 && none_match_says_unchanged(request, etag))
    return unchanged(std::move(response));

  Range range{0, size};
  RangeKind kind = RangeKind::kWhole;
  const auto header = request.headers.get("Range");
  const auto only_if = request.headers.get("If-Range");
  if (header && response.status == 200 && request.method == "GET" &&
      (!only_if || *only_if == etag)) {
    kind = requested_range(*header, size, range);
  }
  if (kind == RangeKind::kUnsatisfiable) {
    Outgoing out{.response =
                     problem({416, "http.range", "The file has no such bytes."}, request.id)};
    out.response.headers.set("Content-Range", fmt::format("bytes */{}", size));
    return out;
  }
  Outgoing out{
      .response = std::move(response), .file = std::move(file), .offset = 0, .length = size};
  if (kind == RangeKind::kPart) {
    out.response.status = 206;
    out.response.headers.set("Content-Range",
                             fmt::format("bytes {}-{}/{}", range.first, range.last, size));
    out.offset = range.first;
    out.length = range.last - range.first + 1;
  }
  return out;
}

}  // namespace

OpenFile& OpenFile::operator=(OpenFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

OpenFile::~OpenFile() {
  if (fd_ >= 0) ::close(fd_);
}

Outgoing prepare(const Request& request, Response response) {
  check_fields(response.headers);
  check_cookies(response.headers);
  Outgoing out;
  if (response.file) {
    out = prepare_file(request, std::move(response));
  } else if (response.status == 200 && (request.method == "GET" || request.method == "HEAD") &&
             none_match_says_unchanged(request, response.headers.get("ETag").value_or(""))) {
    out = unchanged(std::move(response));
  } else {
    out.response = std::move(response);
  }
  if (out.response.source) {
    out.length = static_cast<std::size_t>(out.response.source->size());
  } else if (!out.file) {
    out.length = out.response.body.size();
  }
  return out;
}

std::string next_chunk(const Outgoing& outgoing, std::size_t sent, std::size_t size) {
  return outgoing.response.source ? outgoing.response.source->read(size)
                                  : read_chunk(outgoing.file, outgoing.offset + sent, size);
}

std::string read_chunk(const OpenFile& file, std::size_t offset, std::size_t size) {
  std::string chunk(size, '\0');
  const ssize_t got = ::pread(file.fd(), chunk.data(), size, static_cast<off_t>(offset));
  chunk.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return chunk;
}

}  // namespace postmypost::http
