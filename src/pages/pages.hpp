// The own page: a channel hosted here. Its entries appear in the engine's outcome transaction, exactly once.
//
// A page is public by its owner's word; made private again it answers 410 and its feeds are empty. Entry ids and feed
// ids (`tag:` URIs, fixed at creation) are permanent and never used again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/database.hpp"

namespace postmypost::pages {

enum class Visibility { kPublic, kPrivate };

struct Page {
  std::int64_t id = 0;
  std::int64_t account_id = 0;
  std::string handle;   // [a-z0-9][a-z0-9_-]{1,31}; unique over the instance, also after closing
  std::string title;
  std::string language; // "ru"
  Visibility visibility = Visibility::kPublic;
  std::string tag_authority;  // host and date of creation, for tag: URIs (RFC 4151)
  Instant created_at, updated_at;
};

struct EntryPicture {
  std::string original_blob, thumbnail_blob;
  std::string mime;
  int width = 0, height = 0;
  std::int64_t bytes = 0;
  std::string alt;
};

struct Entry {
  std::int64_t id = 0;       // the ID of /@handle/ID
  std::int64_t page_id = 0;
  std::string delivery_uid;  // unique: what makes a repeated LocalEffect harmless
  std::string text;          // public, therefore plain
  std::vector<EntryPicture> pictures;
  Instant published_at;
};

class Pages {
 public:
  explicit Pages(const Clock& clock) : clock_(clock) {}

  // Errors: `page.handle_form`, `page.handle_taken`, `page.title_empty`.
  Result<Page> create(storage::Transaction& tx, std::int64_t account_id, std::string handle, std::string title,
                      std::string language, std::string host) const;
  Result<Page> change(storage::Transaction& tx, std::int64_t account_id, std::optional<std::string> title,
                      std::optional<Visibility> visibility) const;
  std::optional<Page> of_account(storage::Transaction& tx, std::int64_t account_id) const;
  std::optional<Page> by_handle(storage::Transaction& tx, std::string_view handle) const;
  void close(storage::Transaction& tx, std::int64_t account_id) const;  // disconnect: private, entries erased

  // The LocalEffect: the same delivery_uid gives the same entry back.
  Entry publish(storage::Transaction& tx, std::int64_t account_id, std::string delivery_uid, std::string text,
                std::vector<EntryPicture> pictures, Instant at) const;
  // Takes an entry off the account's page; none is fine. Its number is never used again.
  void remove(storage::Transaction& tx, std::int64_t account_id, std::int64_t entry_id) const;
  std::optional<Entry> entry(storage::Transaction& tx, std::int64_t page_id, std::int64_t entry_id) const;
  std::vector<Entry> latest(storage::Transaction& tx, std::int64_t page_id, std::optional<std::int64_t> before,
                            std::size_t count) const;
  // Whether a picture's blob belongs to an entry of the page: what /@handle/media/… may serve.
  bool shows_blob(storage::Transaction& tx, std::int64_t page_id, std::string_view blob) const;

 private:
  const Clock& clock_;
};

}  // namespace postmypost::pages
