// What an account's network can do, as data: text and media rules, idempotency, timings.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "networks/limits.hpp"

namespace postmypost::networks {

// How sure a repeated publish is (docs/publishing.md, classes). It belongs to the account, not to the channel.
enum class Idempotency {
  kExactlyOnce,     // the effect is in our own transaction (own page)
  kKey,             // class I: a key, for a limited time
  kClientIdentity,  // class II: we choose the permanent identity
  kReadBack,        // class V: only listing own posts helps
  kNone,            // class VI: a person must look
};
std::string_view to_string(Idempotency idempotency);  // "exactly_once", "key", "client_identity", "read_back", "none"

enum class TextUnit { kGrapheme, kUtf16, kCodePoint, kByte };
std::string_view to_string(TextUnit unit);  // "grapheme", "utf16", "code_point", "byte"

struct TextRule {
  TextUnit unit = TextUnit::kGrapheme;
  std::optional<std::size_t> limit = {};
  std::optional<std::size_t> limit_with_pictures = {};
  std::optional<std::size_t> max_bytes = {};
  std::optional<std::size_t> link_length = {};  // every http(s) link counts as this
  bool short_mentions = false;                  // @user@host counts as @user
  bool required = false;                        // without pictures the text can't be empty
};

struct PictureRule {
  std::size_t max = 10;
  std::optional<std::size_t> alt_max = {};  // graphemes
  std::optional<std::size_t> max_bytes = {};
  std::vector<std::string> formats = {"image/jpeg", "image/png", "image/webp", "image/gif"};
};

// What a post can be or have besides text and pictures.
struct ExtraRule {
  bool stories = false, reels = false;
  bool title = false, first_comment = false;
  bool sensitive = false;  // a warning of what is shown
};

struct Capabilities {
  TextRule text;
  PictureRule pictures;
  ExtraRule extras = {};
  Idempotency idempotency = Idempotency::kNone;
  Duration key_life = {};               // class I
  Duration max_processing = minutes(2);  // quiet time after GATE before reading back
  int absences_needed = 2;              // class V: authoritative reads without the post that prove its absence
  bool streaming_sensitive = false;     // may act before the last byte: ambiguous from the first
  bool strict_order = false;
  LimitNotation limits = {};
  std::vector<Quota> quotas = {};
  std::string app = {};                 // whose quotas of scope kHost are shared: "bot soyka_bot"
};

struct ChannelDescription {
  std::string_view id;       // "bluesky"
  std::string_view name;     // "Bluesky"
  std::string_view country;  // where data goes by default, ISO 3166; empty: the instance decides
  Idempotency idempotency;   // of a usual account, for the catalogue
  std::string_view asks;     // the fields that connecting takes, as words
};

// Counts a text by a rule; the same table and vectors serve the browser (text_rules.json).
std::size_t count_text(std::string_view utf8, const TextRule& rule);

// The named rule of text_rules.json ("bluesky", "mastodon", "telegram", "own_page").
const TextRule& text_rule(std::string_view name);

}  // namespace postmypost::networks
