#include "http/router.hpp"

#include <charconv>

namespace postmypost::http {

std::optional<std::int64_t> Parameters::id(std::string_view name) const {
  const std::string_view text = (*this)[name];
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool canonical =
      error == std::errc{} && end == text.data() + text.size() && !text.starts_with('0');
  if (!canonical || value <= 0 || value >= std::int64_t{1} << 53) return std::nullopt;
  return value;
}

PathPattern::PathPattern(std::string_view path) {
  const auto refuse = [&](const char* why) {
    throw std::logic_error(std::string(path) + ": " + why);
  };
  if (!path.starts_with('/')) refuse("a route begins with a slash");
  if (path == "/") return;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view text = path.substr(0, path.find('/'));
    path.remove_prefix(text.size());
    Segment segment;
    const std::size_t open = text.find('{');
    segment.literal = text.substr(0, open);
    if (open != text.npos) {
      if (!text.ends_with('}') || text.size() < open + 3) refuse("a parameter ends its segment");
      std::string_view name = text.substr(open + 1, text.size() - open - 2);
      segment.rest = name.ends_with("...");
      if (segment.rest) name.remove_suffix(3);
      if (segment.rest && !path.empty()) refuse("{...} is the last segment");
      segment.parameter = name;
    }
    if (segment.literal.empty() && segment.parameter.empty()) refuse("a segment is empty");
    segments_.push_back(std::move(segment));
  }
}

bool PathPattern::match(std::string_view path, Parameters& parameters) const {
  if (!path.starts_with('/')) return false;
  if (segments_.empty()) return path == "/";
  for (const Segment& segment : segments_) {
    if (path.empty()) return false;
    path.remove_prefix(1);
    std::string_view text = segment.rest ? path : path.substr(0, path.find('/'));
    path.remove_prefix(text.size());
    if (!text.starts_with(segment.literal)) return false;
    text.remove_prefix(segment.literal.size());
    if (text.empty() != segment.parameter.empty()) return false;
    if (!segment.parameter.empty()) parameters.add(segment.parameter, text);
  }
  return path.empty();
}

int PathPattern::compare(const PathPattern& a, const PathPattern& b) {
  const auto kind = [](const Segment& s) { return s.rest ? 2 : s.parameter.empty() ? 0 : 1; };
  for (std::size_t i = 0; i < a.segments_.size() && i < b.segments_.size(); ++i) {
    const Segment &x = a.segments_[i], &y = b.segments_[i];
    if (kind(x) != kind(y)) return kind(x) - kind(y);
    if (x.literal.size() != y.literal.size()) return x.literal.size() > y.literal.size() ? -1 : 1;
    if (const int order = x.literal.compare(y.literal); order != 0) return order;
  }
  return static_cast<int>(b.segments_.size()) - static_cast<int>(a.segments_.size());
}

std::vector<std::string_view> PathPattern::names() const {
  std::vector<std::string_view> names;
  for (const Segment& segment : segments_) {
    if (!segment.parameter.empty()) names.emplace_back(segment.parameter);
  }
  return names;
}

}  // namespace postmypost::http
