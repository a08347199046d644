// The versions of a publication: which account gets which, and how they are kept.
#include <algorithm>
#include <map>
#include <stdexcept>

#include "base/json.hpp"
#include "publications/publications.hpp"
#include "storage/many_ids.hpp"

namespace postmypost::publications {
namespace {

using storage::Blob;
using vault::Category;
using vault::KeyScope;
using vault::Purpose;
using Sealed = vault::Sealed<Category::kContent>;

vault::Place place(std::string_view column, std::int64_t detail, std::int64_t project) {
  return {"detail", column, detail, KeyScope::kProject, project};
}

// The position is part of the row, so that two alt texts of one detail can't be swapped either.
vault::Place alt_place(std::int64_t detail, std::int64_t position, std::int64_t project) {
  return {"detail_picture", "alt", detail * 64 + position, KeyScope::kProject, project};
}

}  // namespace

std::string_view to_string(PostKind kind) {
  switch (kind) {
    case PostKind::kPost: return "post";
    case PostKind::kStory: return "story";
    case PostKind::kReels: return "reels";
  }
  return "post";
}

PostKind kind_of(std::string_view text) {
  return text == "story" ? PostKind::kStory : text == "reels" ? PostKind::kReels : PostKind::kPost;
}

NetworkOptions options_from(std::string_view text) {
  const auto parsed = json::parse(text);
  const auto options = parsed ? json::read<NetworkOptions>(*parsed, json::Unknown::kIgnore) : Result<NetworkOptions>(NetworkOptions());
  return options.value_or(NetworkOptions());
}

std::string text_of(const Detail& detail) {
  if (!detail.link || detail.link->empty() || detail.text.find(*detail.link) != std::string::npos) return detail.text;
  return detail.text.empty() ? *detail.link : detail.text + "\n\n" + *detail.link;
}

const Detail& Publication::detail_for(std::int64_t account) const {
  const Detail* base = nullptr;
  for (const Detail& detail : details) {
    if (detail.account_id == account) return detail;
    if (!detail.account_id && !base) base = &detail;
  }
  if (!base) throw std::logic_error("a publication without a version for one of its accounts");
  return *base;
}

bool Publication::has_detail_for(std::int64_t account) const {
  return std::ranges::any_of(details, [&](const Detail& detail) { return !detail.account_id || detail.account_id == account; });
}

void keep_unnamed(Publication& changed, const Publication& stored) {
  changed.rubric_id = stored.rubric_id;
  changed.delete_at = stored.delete_at;
  if (changed.timing == Timing::kDraft && stored.timing == Timing::kDraft) changed.stage = stored.stage;
  for (Detail& detail : changed.details) {
    auto before = std::ranges::find(stored.details, detail.account_id, &Detail::account_id);
    if (before == stored.details.end() && !detail.account_id) before = stored.details.begin();
    if (before == stored.details.end()) continue;
    detail.kind = before->kind;
    detail.link = before->link;
    detail.title = before->title;
    detail.first_comment = before->first_comment;
    detail.options = before->options;
  }
}

void Publications::insert_details(storage::Transaction& tx, const Publication& p) const {
  std::int64_t position = 0;
  for (const std::int64_t account : p.account_ids) {
    tx.execute("insert into publication_account (publication_id, account_id, position) values ($1,$2,$3)", p.id,
               account, position++);
  }
  for (const Detail& detail : p.details) insert_detail(tx, p, detail);
}

void Publications::insert_detail(storage::Transaction& tx, const Publication& p, const Detail& detail) const {
  const std::int64_t id = tx.next_id("detail");
  const auto sealed = [&](std::string_view column, const std::string& plain) {
    return Blob{vault_.seal<Category::kContent>(place(column, id, p.project_id), plain).bytes};
  };
  const auto sealed_if = [&](std::string_view column, const std::optional<std::string>& plain) {
    return plain ? std::optional(sealed(column, *plain)) : std::nullopt;
  };
  const auto options = detail.options.any() ? std::optional(json::serialize(json::write(detail.options))) : std::nullopt;
  tx.execute(
      "insert into detail (id, project_id, publication_id, account_id, content, kind, link, title, first_comment, options) values "
      "($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)",
      id, p.project_id, p.id, detail.account_id, sealed("content", detail.text), to_string(detail.kind),
      sealed_if("link", detail.link), sealed_if("title", detail.title), sealed_if("first_comment", detail.first_comment),
      sealed_if("options", options));
  std::int64_t position = 0;
  for (const Picture& picture : detail.pictures) {
    const auto alt = vault_.seal<Category::kContent>(alt_place(id, position, p.project_id), picture.alt);
    tx.execute("insert into detail_picture (detail_id, position, file_id, alt) values ($1,$2,$3,$4)", id, position,
               picture.file_id, Blob{alt.bytes});
    ++position;
  }
}

Detail Publications::read_detail(const storage::Row& row, std::int64_t project_id) const {
  const std::int64_t id = row.integer(0);
  const auto opened = [&](std::string_view column, int index) {
    return vault_.open<Purpose::kPublish>(place(column, id, project_id), Sealed{row.blob(index)});
  };
  const auto opened_if = [&](std::string_view column, int index) {
    return row.is_null(index) ? std::nullopt : std::optional(opened(column, index));
  };
  Detail detail{.account_id = row.get<std::optional<std::int64_t>>(2),
                .text = opened("content", 3),
                .pictures = {},
                .kind = kind_of(row.text(4))};
  detail.link = opened_if("link", 5);
  detail.title = opened_if("title", 6);
  detail.first_comment = opened_if("first_comment", 7);
  if (const auto options = opened_if("options", 8)) detail.options = options_from(*options);
  return detail;
}

void Publications::load_details(storage::Transaction& tx, std::span<const std::int64_t> ids,
                                const std::map<std::int64_t, Publication*>& by_id) const {
  struct Found {
    Publication* publication;
    std::size_t index;
  };
  std::map<std::int64_t, Found> found;
  std::vector<std::int64_t> details;
  storage::each_of(tx,
                   "select id, publication_id, account_id, content, kind, link, title, first_comment, options from detail "
                   "where publication_id in (#) order by id",
                   ids, [&](const storage::Row& row) {
                     const std::int64_t id = row.integer(0);
                     Publication& p = *by_id.at(row.integer(1));
                     details.push_back(id);
                     found[id] = {&p, p.details.size()};
                     p.details.push_back(read_detail(row, p.project_id));
                   });
  storage::each_of(
      tx, "select detail_id, position, file_id, alt from detail_picture where detail_id in (#) order by detail_id, position", details,
      [&](const storage::Row& row) {
        const auto& [publication, index] = found.at(row.integer(0));
        const auto alt = alt_place(row.integer(0), row.integer(1), publication->project_id);
        publication->details[index].pictures.push_back({row.integer(2), vault_.open<Purpose::kPublish>(alt, Sealed{row.blob(3)})});
      });
}

}  // namespace postmypost::publications
