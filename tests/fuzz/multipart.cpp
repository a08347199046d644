// The first line as Content-Type and the rest as a form: every part lies within the body, is named in UTF-8, and the same parts written
// again as a form are read as the same.
#include "base/text.hpp"
#include "demand.hpp"
#include "http/multipart.hpp"

namespace postmypost::fuzz {
namespace {

bool contains(const std::vector<http::Part>& parts, std::string_view text) {
  for (const http::Part& part : parts) {
    if (part.body.contains(text)) return true;
  }
  return false;
}

std::string escaped(std::string text) {
  for (std::size_t at = text.find('"'); at != text.npos; at = text.find('"', at + 3)) text.replace(at, 1, "%22");
  return text;
}

// A name with a line end in it can't come from a header line; the parser has taken these names from one.
void write_and_read_again(const std::vector<http::Part>& parts) {
  std::string boundary = "b";
  while (contains(parts, "--" + boundary)) boundary += 'b';
  if (boundary.size() > 70) return;
  std::string body = "--" + boundary;
  for (const http::Part& part : parts) {
    body += "\r\nContent-Disposition: form-data; name=\"" + escaped(part.name) + "\"; filename=\"" + escaped(part.filename) + "\"\r\n";
    if (!part.content_type.empty()) body += "Content-Type: " + part.content_type + "\r\n";
    body.append("\r\n").append(part.body).append("\r\n--").append(boundary);
  }
  body += "--";
  const auto again = http::parse_multipart("multipart/form-data; boundary=" + boundary, body);
  bool too_long = false;  // escaping makes names longer than they came, and headers have a limit
  for (const http::Part& part : parts) too_long = too_long || part.name.size() + part.filename.size() > 1000;
  if (too_long) return;
  demand(again && again->size() == parts.size(), "what was read and written is read again");
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const http::Part &a = parts[i], &b = (*again)[i];
    demand(a.name == b.name && a.filename == b.filename && a.content_type == b.content_type && a.body == b.body, "and is the same");
  }
}

}  // namespace
}  // namespace postmypost::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace postmypost;
  using fuzz::demand;
  const std::string_view text = fuzz::text_of(data, size);
  const std::string_view type = text.substr(0, text.find('\n'));
  const std::string_view body = text.substr(std::min(type.size() + 1, text.size()));
  const auto parts = http::parse_multipart(type, body);
  if (!parts) {
    demand(parts.error().code.starts_with("multipart.") && !parts.error().detail.empty(), "a refused form says why");
    return 0;
  }
  demand(parts->size() <= 64, "at most 64 parts");
  std::size_t total = 0;
  for (const http::Part& part : *parts) {
    demand(part.body.data() >= body.data() && part.body.data() + part.body.size() <= body.data() + body.size(), "a part lies within the body");
    demand(is_valid_utf8(part.name) && is_valid_utf8(part.filename), "names are UTF-8");
    total += part.body.size();
  }
  demand(total <= body.size(), "parts don't overlap");
  fuzz::write_and_read_again(*parts);
  return 0;
}
