#include <fmt/format.h>

#include <array>

#include "base/text.hpp"
#include "base/zones.hpp"
#include "pages/rendering.hpp"

namespace postmypost::pages {
namespace {

struct Words {
  std::string_view posts, older, to_posts, feeds, plain, gone_title, gone, missing_title, missing;
  std::array<std::string_view, 12> months;
};

constexpr Words kRussian{
    "Записи", "Раньше", "К записям", "Читать в своей ленте", "Страница без скриптов, счётчиков и чужих шрифтов.",
    "Страница закрыта", "Её автор больше не показывает записи.", "Здесь ничего нет",
    "Проверьте адрес: такой записи или страницы нет.",
    {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"}};
constexpr Words kEnglish{
    "Posts", "Older", "To the posts", "Read in your own reader", "A page without scripts, counters or foreign fonts.",
    "This page is closed", "Its author does not show posts any more.", "Nothing here",
    "Check the address: there is no such post or page.",
    {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
     "December"}};

const Words& words(const std::string& language) { return language == "ru" ? kRussian : kEnglish; }

std::string date_text(Instant at, const Words& w, const std::string& language) {
  const WallTime day = to_wall(at, "UTC");
  const std::string_view month = w.months[static_cast<std::size_t>(day.month - 1)];
  return language == "ru" ? fmt::format("{} {} {}", day.day, month, day.year)
                          : fmt::format("{} {}, {}", month, day.day, day.year);
}

bool ends_link(char c) { return static_cast<unsigned char>(c) <= 0x20 || c == '<' || c == '>' || c == '"'; }

// A sentence's own marks after an address belong to the sentence.
std::string_view without_final_marks(std::string_view url) {
  for (;;) {
    if (url.ends_with("»")) {
      url.remove_suffix(std::string_view("»").size());
    } else if (!url.empty() && std::string_view(".,;:!?)").find(url.back()) != std::string_view::npos) {
      url.remove_suffix(1);
    } else {
      return url;
    }
  }
}

// http(s) addresses become links; everything is escaped piece by piece.
std::string with_links(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto at = std::min(text.find("https://"), text.find("http://"));
    if (at == std::string_view::npos) at = text.size();
    out += escaped(text.substr(0, at));
    text.remove_prefix(at);
    if (text.empty()) break;
    std::size_t end = 0;
    while (end < text.size() && !ends_link(text[end])) ++end;
    const std::string_view address = without_final_marks(text.substr(0, end));
    const std::string url = escaped(address);
    out += "<a href=\"" + url + "\" rel=\"nofollow ugc noopener noreferrer\">" + url + "</a>";
    text.remove_prefix(address.size());
  }
  return out;
}

// Blank lines part paragraphs; single line ends stay (white-space: pre-line).
std::string paragraphs(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = text.find("\n\n");
    const std::string part = tidy(text.substr(0, end));
    if (!part.empty()) out += "<p>" + with_links(part) + "</p>";
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  }
  return out;
}

std::string extension(const std::string& mime) { return mime == "image/png" ? "png" : "jpg"; }

std::string figure(const Page& page, const EntryPicture& p, bool first) {
  return fmt::format(
      "<figure><img class=\"u-photo\" src=\"/@{}/media/{}.{}\" alt=\"{}\" width=\"{}\" height=\"{}\"{}></figure>", page.handle,
      p.original_blob, extension(p.mime), escaped(p.alt), p.width, p.height,
      first ? " fetchpriority=\"high\"" : " loading=\"lazy\"");
}

std::string figures(const Page& page, const Entry& entry, bool whole) {
  std::string out;
  for (const EntryPicture& picture : entry.pictures) out += figure(page, picture, out.empty() && whole);
  if (entry.pictures.size() > 2) return "<div class=\"many\">" + out + "</div>";
  if (entry.pictures.size() == 2) return "<div class=\"pair\">" + out + "</div>";
  return whole && !out.empty() ? "<div class=\"whole\">" + out + "</div>" : out;
}

std::string article(const Page& page, const Entry& entry, bool whole) {
  const Words& w = words(page.language);
  return fmt::format(
      "<article class=\"h-entry post note\"><a class=\"meta u-url u-uid\" href=\"/@{}/{}\"><time class=\"dt-published\" "
      "datetime=\"{}\">{}</time></a><div class=\"e-content p-name\">{}</div>{}</article>\n",
      page.handle, entry.id, to_rfc3339(entry.published_at), date_text(entry.published_at, w, page.language),
      paragraphs(entry.text), figures(page, entry, whole));
}

std::string head(const std::string& language, const std::string& title, const std::string& more) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1, viewport-fit=cover\">\n<title>{}</title>\n<link rel=\"stylesheet\" "
      "href=\"/own-page/tokens.css\">\n<link rel=\"stylesheet\" href=\"/own-page/own-page.css\">\n{}</head>\n<body>\n",
      language, escaped(title), more);
}

std::string page_head(const Page& page, const std::string& title, const std::string& url, const std::string& description) {
  const std::string name = escaped(page.title);
  return head(page.language, title,
              fmt::format("<link rel=\"canonical\" href=\"{0}\">\n<link rel=\"alternate\" type=\"application/atom+xml\" "
                          "title=\"{1}\" href=\"/@{2}/feed.atom\">\n<link rel=\"alternate\" type=\"application/feed+json\" "
                          "title=\"{1}\" href=\"/@{2}/feed.json\">\n<meta property=\"og:title\" content=\"{3}\">\n<meta "
                          "property=\"og:url\" content=\"{0}\">\n<meta name=\"description\" content=\"{4}\">\n",
                          escaped(url), name, page.handle, escaped(title), escaped(description)));
}

std::string banner(const Page& page, bool current) {
  return fmt::format(
      "<a class=\"skip\" href=\"#posts\">{0}</a>\n<header class=\"own-h\"><a class=\"h-card p-author own-id\" href=\"/@{1}\"{2}>"
      "<span><strong class=\"p-name\">{3}</strong><span class=\"p-note\">@{1}</span></span></a></header>\n",
      words(page.language).to_posts, page.handle, current ? " aria-current=\"page\"" : "", escaped(page.title));
}

std::string footer(const Page& page) {
  const Words& w = words(page.language);
  return fmt::format(
      "<footer class=\"own-f\"><p>{0}</p><ul><li><a href=\"/@{1}/feed.atom\" type=\"application/atom+xml\">Atom</a></li><li><a "
      "href=\"/@{1}/feed.json\" type=\"application/feed+json\">JSON Feed</a></li></ul><p "
      "class=\"small\">{2}</p></footer>\n</body>\n</html>\n",
      w.feeds, page.handle, w.plain);
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default:
        // XML knows no other control characters, and HTML shows none.
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

std::string first_words(std::string_view text, std::size_t graphemes) {
  const std::string line = tidy(text.substr(0, text.find('\n')));
  if (count_graphemes(line) <= graphemes) return line;
  std::string cut = first_graphemes(line, graphemes);
  if (const auto space = cut.rfind(' '); space != std::string::npos && space > cut.size() / 2) cut.resize(space);
  return cut + "…";
}

std::string page_html(const Page& page, const std::vector<Entry>& entries, bool has_older,
                      const std::string& public_url) {
  const Words& w = words(page.language);
  std::string out = page_head(page, page.title, public_url + "/@" + page.handle, page.title) + banner(page, true) +
                    "<main id=\"posts\" class=\"h-feed\"><h1 class=\"sr p-name\">" + escaped(page.title) + "</h1>\n";
  for (const Entry& entry : entries) out += article(page, entry, false);
  if (has_older && !entries.empty()) {
    out += fmt::format("<nav class=\"older\" aria-label=\"{}\"><a href=\"/@{}?before={}\" rel=\"next\">{}</a></nav>\n", w.posts,
                       page.handle, entries.back().id, w.older);
  }
  return out + "</main>\n" + footer(page);
}

std::string entry_html(const Page& page, const Entry& entry, const std::string& public_url) {
  const std::string title = entry.text.empty() ? page.title : first_words(entry.text);
  return page_head(page, title, fmt::format("{}/@{}/{}", public_url, page.handle, entry.id), first_words(entry.text, 200)) +
         banner(page, false) + "<main id=\"posts\"><h1 class=\"sr\">" + escaped(title) + "</h1>\n" +
         article(page, entry, true) + "</main>\n" + footer(page);
}

std::string nothing_html(const std::string& language, bool gone) {
  const Words& w = words(language);
  return head(language, std::string(gone ? w.gone_title : w.missing_title), "<meta name=\"robots\" content=\"noindex\">\n") +
         fmt::format("<main class=\"nothing\"><h1>{}</h1><p>{}</p></main>\n</body>\n</html>\n",
                     gone ? w.gone_title : w.missing_title, gone ? w.gone : w.missing);
}

}  // namespace postmypost::pages
