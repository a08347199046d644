#include "networks/bluesky/record.hpp"

#include <boost/json.hpp>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/zones.hpp"
#include "networks/answers.hpp"
#include "networks/spans.hpp"

namespace postmypost::networks::bluesky {
namespace {

namespace json = boost::json;

constexpr std::string_view kDigits = "234567abcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kImagesEmbed = 4;  // more go into a gallery

json::object facet(const Span& span, json::object feature) {
  return {{"index", json::object{{"byteStart", span.begin}, {"byteEnd", span.end}}},
          {"features", json::array{std::move(feature)}}};
}

json::object picture(const ContentPicture& p, const json::value& blob, bool gallery) {
  json::object item{{"image", blob},
                    {"alt", p.alt},
                    {"aspectRatio", json::object{{"width", p.width}, {"height", p.height}}}};
  if (gallery) item["$type"] = "app.bsky.embed.gallery#image";
  return item;
}

json::object embed(const Content& content, const Progress& progress) {
  const bool gallery = content.pictures.size() > kImagesEmbed;
  json::array items;
  for (std::size_t i = 0; i < content.pictures.size(); ++i) {
    items.push_back(picture(content.pictures[i], progress.at("blob_" + std::to_string(i)), gallery));
  }
  return {{"$type", gallery ? "app.bsky.embed.gallery" : "app.bsky.embed.images"},
          {gallery ? "items" : "images", std::move(items)}};
}

bool overlaps(const std::vector<Span>& taken, const Span& span) {
  for (const Span& other : taken) {
    if (span.begin < other.end && other.begin < span.end) return true;
  }
  return false;
}

}  // namespace

std::string record_key(const Content& content) {
  constexpr std::uint64_t kOwn = (1U << 30U) - 1;  // the clock id and the microseconds within about a second
  const std::string digest = sha256(content.idempotency_key);
  std::uint64_t own = 0;
  for (const char byte : digest.substr(0, 4)) own = own << 8U | static_cast<unsigned char>(byte);
  std::uint64_t value = (static_cast<std::uint64_t>(content.planned.us) << 10U & ~kOwn) | (own & kOwn);
  std::string key(13, kDigits[0]);
  for (std::size_t i = key.size(); i-- > 0; value >>= 5U) key[i] = kDigits[value & 31U];
  return key;
}

json::array facets(std::string_view text, const Progress& progress) {
  json::array all;
  std::vector<Span> taken;
  for (const Span& span : find_links(text)) {
    taken.push_back(span);
    all.push_back(facet(span, {{"$type", "app.bsky.richtext.facet#link"}, {"uri", text.substr(span.begin, span.end - span.begin)}}));
  }
  for (const Span& span : find_handles(text)) {
    const std::string handle = fold_case(text.substr(span.begin + 1, span.end - span.begin - 1));
    const std::string did = text_at(progress, "mention:" + handle);
    if (did.empty() || overlaps(taken, span)) continue;
    taken.push_back(span);
    all.push_back(facet(span, {{"$type", "app.bsky.richtext.facet#mention"}, {"did", did}}));
  }
  for (const Span& span : find_hashtags(text)) {
    const std::string_view tag = text.substr(span.begin + 1, span.end - span.begin - 1);
    if (overlaps(taken, span) || count_graphemes(tag) > 64) continue;
    all.push_back(facet(span, {{"$type", "app.bsky.richtext.facet#tag"}, {"tag", tag}}));
  }
  return all;
}

json::object post_record(const Content& content, const Progress& progress) {
  json::object record{{"$type", "app.bsky.feed.post"},
                      {"text", content.text},
                      {"createdAt", to_rfc3339(content.frozen_at)}};
  if (!content.language.empty()) record["langs"] = json::array{content.language};
  if (auto all = facets(content.text, progress); !all.empty()) record["facets"] = std::move(all);
  if (!content.pictures.empty()) record["embed"] = embed(content, progress);
  return record;
}

}  // namespace postmypost::networks::bluesky
