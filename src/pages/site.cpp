#include "pages/site.hpp"

#include <charconv>

#include "base/encoding.hpp"
#include "base/zones.hpp"
#include "pages/rendering.hpp"

namespace postmypost::pages {
namespace {

constexpr std::size_t kOnPage = 20;
constexpr std::size_t kInFeed = 50;
constexpr std::string_view kHtml = "text/html; charset=utf-8";

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

http::Response document(int status, std::string_view type, std::string body) {
  http::Response response = http::Response::text(status, type, std::move(body));
  response.headers.set("Content-Security-Policy",
                       "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
                       "frame-ancestors 'none'");
  return response;
}

// A changed page is a changed digest: caches ask, and get a short answer.
http::Response cached(const http::Request& request, http::Response response, Instant changed) {
  const std::string tag = "\"" + hex(sha256(response.body)).substr(0, 24) + "\"";
  response.headers.set("ETag", tag);
  response.headers.set("Last-Modified", to_http_date(changed));
  response.headers.set("Cache-Control", "public, max-age=60");
  if (request.headers.get("If-None-Match") == tag) {
    response.status = 304;
    response.body.clear();
  }
  return response;
}

http::Response nothing(const std::string& language, bool gone) {
  return document(gone ? 410 : 404, kHtml, nothing_html(language, gone));
}

}  // namespace

http::Response Site::respond(const http::Request& request, const std::string& public_url) const {
  std::string_view rest = std::string_view(request.path).substr(2);
  const std::string_view handle = rest.substr(0, rest.find('/'));
  rest.remove_prefix(handle.size());
  const auto page = database_.read([&](storage::Transaction& tx) { return pages_.by_handle(tx, handle); });
  if (!page) return nothing("en", false);
  const bool is_feed = rest == "/feed.atom" || rest == "/feed.json";
  if (page->visibility == Visibility::kPrivate && !is_feed) return nothing(page->language, true);
  if (rest.empty() || rest == "/") return list(request, *page, public_url);
  if (is_feed) return cached(request, feed(*page, rest == "/feed.json", public_url), page->updated_at);
  if (rest.starts_with("/media/")) return picture(*page, rest.substr(7));
  const auto id = number(rest.substr(1));
  if (!id) return nothing(page->language, false);
  const auto entry = database_.read([&](storage::Transaction& tx) { return pages_.entry(tx, page->id, *id); });
  if (!entry) return nothing(page->language, false);
  return cached(request, document(200, kHtml, entry_html(*page, *entry, public_url)), entry->published_at);
}

http::Response Site::list(const http::Request& request, const Page& page, const std::string& public_url) const {
  std::optional<std::int64_t> before;
  if (const auto value = request.query_value("before")) before = number(*value);
  auto entries =
      database_.read([&](storage::Transaction& tx) { return pages_.latest(tx, page.id, before, kOnPage + 1); });
  const bool has_older = entries.size() > kOnPage;
  if (has_older) entries.pop_back();
  return cached(request, document(200, kHtml, page_html(page, entries, has_older, public_url)), page.updated_at);
}

http::Response Site::feed(const Page& page, bool json, const std::string& public_url) const {
  std::vector<Entry> entries;
  const bool shown = page.visibility == Visibility::kPublic;
  if (shown) {
    entries = database_.read([&](storage::Transaction& tx) { return pages_.latest(tx, page.id, {}, kInFeed); });
  }
  const int status = shown ? 200 : 410;  // readers drop a feed that is gone; it is empty as well
  return json ? document(status, "application/feed+json; charset=utf-8", json_feed(page, entries, public_url))
              : document(status, "application/atom+xml; charset=utf-8", atom(page, entries, public_url));
}

http::Response Site::picture(const Page& page, std::string_view name) const {
  const std::string_view blob = name.substr(0, name.find('.'));
  const std::string_view extension = name.substr(std::min(name.size(), blob.size() + 1));
  const bool known = extension == "jpg" || extension == "png" || extension == "webp";
  const bool shown = known && database_.read([&](storage::Transaction& tx) { return pages_.shows_blob(tx, page.id, blob); });
  if (!shown) return nothing(page.language, false);
  http::Response response = document(200, extension == "png" ? "image/png" : extension == "webp" ? "image/webp" : "image/jpeg", "");
  response.file = blobs_.path(blob);
  response.headers.set("Cache-Control", "public, max-age=3600");
  return response;
}

}  // namespace postmypost::pages
