#include "networks/spans.hpp"

#include <algorithm>

namespace postmypost::networks {
namespace {

bool is_space(char c) { return static_cast<unsigned char>(c) <= 0x20; }
bool is_ascii_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
// Letters beyond ASCII are word characters too: their UTF-8 bytes are all above 0x7f.
bool is_word(char c) { return is_ascii_word(c) || static_cast<unsigned char>(c) >= 0x80; }
bool is_host_character(char c) { return is_ascii_word(c) || c == '-' || c == '.'; }

std::size_t end_of_link(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  while (end < text.size() && !is_space(text[end])) ++end;
  for (; end > begin; --end) {
    const char last = text[end - 1];
    if (std::string_view(".,;:!?\"'").find(last) != std::string_view::npos) continue;
    const std::string_view link = text.substr(begin, end - begin);
    const bool unopened = last == ')' && std::ranges::count(link, '(') < std::ranges::count(link, ')');
    if (!unopened) break;
  }
  return end;
}

// The end of "host.tld" at `begin`, or `begin` when there is none.
std::size_t end_of_host(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  while (end < text.size() && is_host_character(text[end])) ++end;
  while (end > begin && (text[end - 1] == '.' || text[end - 1] == '-')) --end;
  const std::string_view host = text.substr(begin, end - begin);
  const auto dot = host.rfind('.');
  const bool has_domain = dot != std::string_view::npos && dot > 0 && host.size() - dot > 2;
  const bool letters = has_domain && std::ranges::none_of(host.substr(dot + 1), [](char c) { return c >= '0' && c <= '9'; });
  return letters && host.size() <= 253 ? end : begin;
}

}  // namespace

std::vector<Span> find_links(std::string_view text) {
  std::vector<Span> spans;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    const std::size_t scheme = rest.starts_with("https://") ? 8 : rest.starts_with("http://") ? 7 : 0;
    const bool free = at == 0 || !(is_word(text[at - 1]) || text[at - 1] == '@' || text[at - 1] == '/');
    if (scheme == 0 || !free) {
      ++at;
      continue;
    }
    const std::size_t end = end_of_link(text, at);
    if (end > at + scheme) spans.push_back({at, end});
    at = std::max(end, at + scheme);
  }
  return spans;
}

std::vector<Span> find_remote_mentions(std::string_view text) {
  std::vector<Span> spans;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '@' || (at > 0 && (is_word(text[at - 1]) || text[at - 1] == '/' || text[at - 1] == '@'))) continue;
    std::size_t name_end = at + 1;
    while (name_end < text.size() && (is_ascii_word(text[name_end]) || text[name_end] == '.' || text[name_end] == '-')) {
      ++name_end;
    }
    if (name_end == at + 1 || name_end >= text.size() || text[name_end] != '@') continue;
    const std::size_t end = end_of_host(text, name_end + 1);
    if (end == name_end + 1) continue;
    spans.push_back({at, end});
    at = end - 1;
  }
  return spans;
}

std::vector<Span> find_handles(std::string_view text) {
  std::vector<Span> spans;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '@' || (at > 0 && !is_space(text[at - 1]) && text[at - 1] != '(')) continue;
    const std::size_t end = end_of_host(text, at + 1);
    if (end == at + 1) continue;
    spans.push_back({at, end});
    at = end - 1;
  }
  return spans;
}

std::vector<Span> find_hashtags(std::string_view text) {
  std::vector<Span> spans;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '#' || (at > 0 && !is_space(text[at - 1]))) continue;
    std::size_t end = at + 1;
    while (end < text.size() && !is_space(text[end]) && text[end] != '#') ++end;
    while (end > at + 1 && std::string_view(".,;:!?)\"'").find(text[end - 1]) != std::string_view::npos) --end;
    const std::string_view tag = text.substr(at + 1, end - at - 1);
    const bool digits_only = std::ranges::all_of(tag, [](char c) { return c >= '0' && c <= '9'; });
    if (tag.empty() || digits_only || tag.size() > 640) continue;
    spans.push_back({at, end});
    at = end - 1;
  }
  return spans;
}

}  // namespace postmypost::networks
