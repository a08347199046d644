#include "networks/mastodon/html_text.hpp"

#include <array>
#include <utility>

#include "base/text.hpp"
#include "networks/spans.hpp"

namespace postmypost::networks::mastodon {
namespace {

constexpr auto kEntities = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&apos;", "'"}, {"&nbsp;", " "}});

}  // namespace

std::string plain_text(std::string_view html) {
  std::string out;
  while (!html.empty()) {
    if (html.front() == '<') {
      const auto end = html.find('>');
      const std::string_view tag = html.substr(0, end);
      if (tag.starts_with("<br")) out += '\n';
      if (tag.starts_with("</p")) out += "\n\n";
      html.remove_prefix(end == std::string_view::npos ? html.size() : end + 1);
      continue;
    }
    bool entity = false;
    for (const auto& [name, text] : kEntities) {
      if (!html.starts_with(name)) continue;
      out += text;
      html.remove_prefix(name.size());
      entity = true;
      break;
    }
    if (entity) continue;
    out += html.front();
    html.remove_prefix(1);
  }
  return tidy(out);
}

std::string comparable(std::string_view text) {
  std::string shortened = tidy(text);
  const auto mentions = find_remote_mentions(shortened);
  for (auto mention = mentions.rbegin(); mention != mentions.rend(); ++mention) {
    const auto host = shortened.find('@', mention->begin + 1);
    shortened.erase(host, mention->end - host);
  }
  std::string out;
  for (const char c : shortened) {
    const bool space = c == ' ' || c == '\n' || c == '\t';
    if (space && (out.empty() || out.back() == ' ')) continue;
    out += space ? ' ' : c;
  }
  return out;
}

}  // namespace postmypost::networks::mastodon
