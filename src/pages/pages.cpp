#include "pages/pages.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/zones.hpp"

namespace postmypost::pages {
namespace {

constexpr std::size_t kLongestTitle = 100;

bool is_handle(std::string_view handle) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return handle.size() >= 2 && handle.size() <= 32 && letter(handle.front()) &&
         std::ranges::all_of(handle, [&](char c) { return letter(c) || c == '-' || c == '_'; });
}

Error invalid(std::string code, std::string detail, std::string field, std::string rule, std::string fix) {
  return {.code = std::move(code), .detail = std::move(detail), .field = std::move(field), .rule = std::move(rule),
          .how_to_fix = std::move(fix)};
}

Result<> check_title(std::string& title) {
  title = tidy(title);
  if (!title.empty() && count_graphemes(title) <= kLongestTitle) return {};
  return fail(invalid("page.title_empty", "A page's title has 1 to 100 characters.", "/title", "length=1..100",
                      "Write a title."));
}

constexpr std::string_view kPageColumns =
    "id, account_id, handle, title, language, visibility, tag_authority, created_at, updated_at";

std::optional<Page> one_page(storage::Transaction& tx, const std::string& where, const storage::Parameter& value) {
  std::optional<Page> found;
  tx.each("select " + std::string(kPageColumns) + " from page where " + where, {value}, [&](const storage::Row& row) {
    found = Page{.id = row.integer(0),
                 .account_id = row.integer(1),
                 .handle = row.text(2),
                 .title = row.text(3),
                 .language = row.text(4),
                 .visibility = row.text(5) == "public" ? Visibility::kPublic : Visibility::kPrivate,
                 .tag_authority = row.text(6),
                 .created_at = row.get<Instant>(7),
                 .updated_at = row.get<Instant>(8)};
  });
  return found;
}

std::vector<EntryPicture> pictures_of(storage::Transaction& tx, std::int64_t entry) {
  std::vector<EntryPicture> pictures;
  tx.each(
      "select original_blob, thumbnail_blob, mime, width, height, bytes, alt from page_picture where entry_id=$1 order by "
      "position",
      {entry}, [&](const storage::Row& row) {
        pictures.push_back({.original_blob = row.text(0),
                            .thumbnail_blob = row.text(1),
                            .mime = row.text(2),
                            .width = row.get<int>(3),
                            .height = row.get<int>(4),
                            .bytes = row.integer(5),
                            .alt = row.text(6)});
      });
  return pictures;
}

std::vector<Entry> entries(storage::Transaction& tx, const std::string& where,
                           const std::vector<storage::Parameter>& parameters) {
  std::vector<Entry> all;
  tx.each("select id, page_id, delivery_uid, content, published_at from page_entry where " + where, parameters,
          [&](const storage::Row& row) {
            all.push_back({.id = row.integer(0),
                           .page_id = row.integer(1),
                           .delivery_uid = row.text(2),
                           .text = row.text(3),
                           .pictures = {},
                           .published_at = row.get<Instant>(4)});
          });
  for (Entry& entry : all) entry.pictures = pictures_of(tx, entry.id);
  return all;
}

}  // namespace

Result<Page> Pages::create(storage::Transaction& tx, std::int64_t account_id, std::string handle, std::string title,
                           std::string language, std::string host) const {
  if (!is_handle(handle)) {
    return fail(invalid("page.handle_form", "An address has 2 to 32 of a–z, 0–9, - and _, and begins with a letter or digit.",
                        "/handle", "handle", "Choose such an address."));
  }
  TRY(check_title(title));
  if (by_handle(tx, handle)) {
    return fail(invalid("page.handle_taken", "This address belongs to another page, or did once.", "/handle", "unique",
                        "Choose another one."));
  }
  const Instant now = clock_.now();
  Page page{.id = tx.next_id("page"),
            .account_id = account_id,
            .handle = std::move(handle),
            .title = std::move(title),
            .language = language == "ru" ? "ru" : "en",
            .visibility = Visibility::kPublic,
            .tag_authority = host + "," + to_rfc3339(now).substr(0, 10),
            .created_at = now,
            .updated_at = now};
  tx.execute(
      "insert into page (id, account_id, handle, title, language, visibility, tag_authority, created_at, updated_at) "
      "values ($1,$2,$3,$4,$5,'public',$6,$7,$7)",
      page.id, account_id, page.handle, page.title, page.language, page.tag_authority, now);
  return page;
}

Result<Page> Pages::change(storage::Transaction& tx, std::int64_t account_id, std::optional<std::string> title,
                           std::optional<Visibility> visibility) const {
  auto page = of_account(tx, account_id);
  if (!page) return not_found("page");
  if (title) {
    TRY(check_title(*title));
    page->title = *title;
  }
  if (visibility) page->visibility = *visibility;
  page->updated_at = clock_.now();
  tx.execute("update page set title=$2, visibility=$3, updated_at=$4 where id=$1", page->id, page->title,
             page->visibility == Visibility::kPublic ? "public" : "private", page->updated_at);
  return *page;
}

std::optional<Page> Pages::of_account(storage::Transaction& tx, std::int64_t account_id) const {
  return one_page(tx, "account_id=$1", account_id);
}

std::optional<Page> Pages::by_handle(storage::Transaction& tx, std::string_view handle) const {
  return one_page(tx, "handle=$1", std::string(handle));
}

void Pages::close(storage::Transaction& tx, std::int64_t account_id) const {
  const auto page = of_account(tx, account_id);
  if (!page) return;
  tx.execute("delete from page_picture where entry_id in (select id from page_entry where page_id=$1)", page->id);
  tx.execute("delete from page_entry where page_id=$1", page->id);
  // The handle stays taken: its old permalinks must never show another person's posts.
  tx.execute("update page set visibility='private', title='', updated_at=$2 where id=$1", page->id, clock_.now());
}

Entry Pages::publish(storage::Transaction& tx, std::int64_t account_id, std::string delivery_uid, std::string text,
                     std::vector<EntryPicture> pictures, Instant at) const {
  const auto existing = entries(tx, "delivery_uid=$1", {delivery_uid});
  if (!existing.empty()) return existing.front();
  const auto page = of_account(tx, account_id);
  if (!page) throw std::logic_error("an own page without its row");
  Entry entry{.id = tx.next_id("page_entry"),
              .page_id = page->id,
              .delivery_uid = std::move(delivery_uid),
              .text = std::move(text),
              .pictures = std::move(pictures),
              .published_at = at};
  tx.execute("insert into page_entry (id, page_id, delivery_uid, content, published_at) values ($1,$2,$3,$4,$5)",
             entry.id, page->id, entry.delivery_uid, entry.text, at);
  std::int64_t position = 0;
  for (const EntryPicture& p : entry.pictures) {
    tx.execute(
        "insert into page_picture (entry_id, position, original_blob, thumbnail_blob, mime, width, height, bytes, alt) "
        "values ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
        entry.id, position++, p.original_blob, p.thumbnail_blob, p.mime, p.width, p.height, p.bytes, p.alt);
  }
  tx.execute("update page set updated_at=$2 where id=$1", page->id, at);
  return entry;
}

void Pages::remove(storage::Transaction& tx, std::int64_t account_id, std::int64_t entry_id) const {
  const auto page = of_account(tx, account_id);
  if (!page || !entry(tx, page->id, entry_id)) return;
  tx.execute("delete from page_picture where entry_id=$1", entry_id);
  tx.execute("delete from page_entry where id=$1", entry_id);
  tx.execute("update page set updated_at=$2 where id=$1", page->id, clock_.now());
}

std::optional<Entry> Pages::entry(storage::Transaction& tx, std::int64_t page_id, std::int64_t entry_id) const {
  auto found = entries(tx, "page_id=$1 and id=$2", {page_id, entry_id});
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<Entry> Pages::latest(storage::Transaction& tx, std::int64_t page_id, std::optional<std::int64_t> before,
                                 std::size_t count) const {
  return entries(tx, "page_id=$1 and id < $2 order by id desc limit $3",
                 {page_id, before.value_or(std::int64_t{1} << 62), static_cast<std::int64_t>(count)});
}

bool Pages::shows_blob(storage::Transaction& tx, std::int64_t page_id, std::string_view blob) const {
  return tx
      .value<std::int64_t>(
          "select e.id from page_picture p join page_entry e on e.id = p.entry_id where e.page_id=$1 and "
          "(p.original_blob=$2 or p.thumbnail_blob=$2) limit 1",
          page_id, blob)
      .has_value();
}

}  // namespace postmypost::pages
