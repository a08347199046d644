#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/zones.hpp"
#include "pages/rendering.hpp"

namespace postmypost::pages {
namespace {

// tag: URIs (RFC 4151) are fixed at creation, so a feed survives a move to another host.
std::string page_tag(const Page& page) { return fmt::format("tag:{}:page/{}", page.tag_authority, page.id); }
std::string entry_tag(const Page& page, const Entry& entry) {
  return fmt::format("tag:{}:page/{}/{}", page.tag_authority, page.id, entry.id);
}

std::string picture_url(const Page& page, const EntryPicture& p, const std::string& public_url) {
  return fmt::format("{}/@{}/media/{}.{}", public_url, page.handle, p.original_blob,
                     p.mime == "image/png" ? "png" : "jpg");
}

std::string content_html(const Page& page, const Entry& entry, const std::string& public_url) {
  std::string html;
  std::string_view text = entry.text;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end != 0) html += "<p>" + escaped(text.substr(0, end)) + "</p>";
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  for (const EntryPicture& p : entry.pictures) {
    html += fmt::format("<p><img src=\"{}\" alt=\"{}\" width=\"{}\" height=\"{}\"></p>",
                        escaped(picture_url(page, p, public_url)), escaped(p.alt), p.width, p.height);
  }
  return html;
}

Instant updated(const Page& page, const std::vector<Entry>& entries) {
  return entries.empty() ? page.updated_at : entries.front().published_at;
}

}  // namespace

std::string atom(const Page& page, const std::vector<Entry>& entries, const std::string& public_url) {
  const std::string home = escaped(public_url + "/@" + page.handle);
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">\n<id>{}</id>\n"
      "<title>{}</title>\n<updated>{}</updated>\n<link rel=\"self\" type=\"application/atom+xml\" href=\"{}/feed.atom\"/>\n"
      "<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n<author><name>{}</name></author>\n",
      page.language, escaped(page_tag(page)), escaped(page.title), to_rfc3339(updated(page, entries)), home, home,
      escaped(page.title));
  for (const Entry& entry : entries) {
    const std::string title = entry.text.empty() ? page.title : first_words(entry.text);
    out += fmt::format(
        "<entry>\n<id>{}</id>\n<title>{}</title>\n<published>{}</published>\n<updated>{}</updated>\n<link rel=\"alternate\" "
        "type=\"text/html\" href=\"{}/{}\"/>\n<content type=\"html\">{}</content>\n",
        escaped(entry_tag(page, entry)), escaped(title), to_rfc3339(entry.published_at), to_rfc3339(entry.published_at),
        home, entry.id, escaped(content_html(page, entry, public_url)));
    for (const EntryPicture& p : entry.pictures) {
      out += fmt::format("<link rel=\"enclosure\" type=\"{}\" length=\"{}\" href=\"{}\"/>\n", p.mime, p.bytes,
                         escaped(picture_url(page, p, public_url)));
    }
    out += "</entry>\n";
  }
  return out + "</feed>\n";
}

std::string json_feed(const Page& page, const std::vector<Entry>& entries, const std::string& public_url) {
  const std::string home = public_url + "/@" + page.handle;
  boost::json::array items;
  for (const Entry& entry : entries) {
    boost::json::array attachments;
    for (const EntryPicture& p : entry.pictures) {
      attachments.push_back(boost::json::object{{"url", picture_url(page, p, public_url)},
                                                {"mime_type", p.mime},
                                                {"size_in_bytes", p.bytes},
                                                {"title", p.alt}});
    }
    boost::json::object item{{"id", entry_tag(page, entry)},
                             {"url", home + "/" + std::to_string(entry.id)},
                             {"content_html", content_html(page, entry, public_url)},
                             {"content_text", entry.text},
                             {"date_published", to_rfc3339(entry.published_at)}};
    if (!attachments.empty()) item["attachments"] = std::move(attachments);
    items.push_back(std::move(item));
  }
  return boost::json::serialize(boost::json::object{{"version", "https://jsonfeed.org/version/1.1"},
                                                    {"title", page.title},
                                                    {"home_page_url", home},
                                                    {"feed_url", home + "/feed.json"},
                                                    {"language", page.language},
                                                    {"items", std::move(items)}});
}

}  // namespace postmypost::pages
