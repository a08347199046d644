#include "publications/publications.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <stdexcept>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "storage/many_ids.hpp"

namespace postmypost::publications {
namespace {

using vault::Category;
using vault::KeyScope;
using vault::Purpose;

vault::Place text_place(std::int64_t detail, std::int64_t project) {
  return {"detail", "content", detail, KeyScope::kProject, project};
}

// The position is part of the row, so that two alt texts of one detail can't be swapped either.
vault::Place alt_place(std::int64_t detail, std::int64_t position, std::int64_t project) {
  return {"detail_picture", "alt", detail * 64 + position, KeyScope::kProject, project};
}

Timing timing_of(const std::string& text) {
  return text == "now" ? Timing::kNow : text == "at" ? Timing::kAt : Timing::kDraft;
}

constexpr std::string_view kColumns =
    "id, project_id, author_id, version, kind, wall_time, zone, instant, late_policy, language, created_at, "
    "updated_at";

void read_row(const storage::Row& row, Publication& p) {
  p.id = row.get<std::int64_t>(0);
  p.project_id = row.get<std::int64_t>(1);
  p.author_id = row.get<std::int64_t>(2);
  p.version = row.get<std::int64_t>(3);
  p.timing = timing_of(row.get<std::string>(4));
  if (const auto wall = row.get<std::optional<std::string>>(5)) p.wall_time = parse_wall_time(*wall);
  p.zone = row.get<std::string>(6);
  p.instant = row.get<std::optional<Instant>>(7);
  p.late_policy = row.get<std::string>(8) == "skip" ? LatePolicy::kSkip : LatePolicy::kHold;
  p.language = row.get<std::string>(9);
  p.created_at = row.get<Instant>(10);
  p.updated_at = row.get<Instant>(11);
}

}  // namespace

std::string_view to_string(Timing timing) {
  switch (timing) {
    case Timing::kDraft: return "draft";
    case Timing::kNow: return "now";
    case Timing::kAt: return "at";
  }
  return "draft";
}

std::string_view to_string(LatePolicy policy) { return policy == LatePolicy::kSkip ? "skip" : "hold"; }

const Detail& Publication::detail_for(std::int64_t account) const {
  const Detail* base = nullptr;
  for (const Detail& detail : details) {
    if (detail.account_id == account) return detail;
    if (!detail.account_id) base = &detail;
  }
  if (!base) throw std::logic_error("a publication without its base detail");
  return *base;
}

Result<Publication> Publications::save(storage::Transaction& tx, Publication p) const {
  const Instant now = clock_.now();
  p.updated_at = now;
  std::optional<std::string> wall;
  if (p.wall_time) wall = to_string(*p.wall_time);
  if (p.id == 0) {
    p.id = tx.next_id("publication");
    p.version = 1;
    p.created_at = now;
    tx.execute(
        "insert into publication (id, project_id, author_id, version, kind, wall_time, zone, instant, "
        "late_policy, language, created_at, updated_at) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)",
        p.id, p.project_id, p.author_id, p.version, to_string(p.timing), wall, p.zone, p.instant,
        to_string(p.late_policy), p.language, p.created_at, p.updated_at);
  } else {
    TRY_ASSIGN(const Publication stored, find(tx, p.project_id, p.id));
    if (stored.version != p.version) {
      return fail({.kind = ErrorKind::kConflict,
                   .code = "publication.stale",
                   .detail = "Somebody changed this publication after you opened it.",
                   .field = "/version",
                   .rule = "version=" + std::to_string(stored.version),
                   .how_to_fix = "Load it again, compare, and save your version."});
    }
    p.version += 1;
    p.created_at = stored.created_at;
    p.author_id = stored.author_id;
    tx.execute(
        "update publication set version=$2, kind=$3, wall_time=$4, zone=$5, instant=$6, late_policy=$7, "
        "updated_at=$8 where id=$1",
        p.id, p.version, to_string(p.timing), wall, p.zone, p.instant, to_string(p.late_policy), p.updated_at);
    tx.execute("delete from detail_picture where detail_id in (select id from detail where publication_id=$1)",
               p.id);
    tx.execute("delete from detail where publication_id=$1", p.id);
    tx.execute("delete from publication_account where publication_id=$1", p.id);
  }
  insert_details(tx, p);
  return p;
}

void Publications::insert_details(storage::Transaction& tx, const Publication& p) const {
  std::int64_t position = 0;
  for (const std::int64_t account : p.account_ids) {
    tx.execute("insert into publication_account (publication_id, account_id, position) values ($1,$2,$3)", p.id,
               account, position++);
  }
  for (const Detail& detail : p.details) {
    const std::int64_t id = tx.next_id("detail");
    const auto text = vault_.seal<Category::kContent>(text_place(id, p.project_id), detail.text);
    tx.execute("insert into detail (id, project_id, publication_id, account_id, content) values ($1,$2,$3,$4,$5)",
               id, p.project_id, p.id, detail.account_id, storage::Blob{text.bytes});
    position = 0;
    for (const Picture& picture : detail.pictures) {
      const auto alt = vault_.seal<Category::kContent>(alt_place(id, position, p.project_id), picture.alt);
      tx.execute("insert into detail_picture (detail_id, position, file_id, alt) values ($1,$2,$3,$4)", id,
                 position, picture.file_id, storage::Blob{alt.bytes});
      ++position;
    }
  }
}

Publication Publications::loaded(storage::Transaction& tx, std::int64_t id) const {
  return std::move(loaded_each(tx, std::array{id}).front());
}

// In the order of `ids`, which are there.
std::vector<Publication> Publications::loaded_each(storage::Transaction& tx, std::span<const std::int64_t> ids) const {
  std::vector<Publication> all(ids.size());
  std::map<std::int64_t, Publication*> by_id;
  for (std::size_t i = 0; i < ids.size(); ++i) by_id[ids[i]] = &all[i];
  storage::each_of(tx, "select " + std::string(kColumns) + " from publication where id in (#)", ids,
                   [&](const storage::Row& row) { read_row(row, *by_id.at(row.integer(0))); });
  storage::each_of(tx,
                   "select publication_id, account_id from publication_account where publication_id in (#) "
                   "order by publication_id, position",
                   ids, [&](const storage::Row& row) { by_id.at(row.integer(0))->account_ids.push_back(row.integer(1)); });
  load_details(tx, ids, by_id);
  return all;
}

void Publications::load_details(storage::Transaction& tx, std::span<const std::int64_t> ids,
                                const std::map<std::int64_t, Publication*>& by_id) const {
  struct Found {
    Publication* publication;
    std::size_t index;
  };
  std::map<std::int64_t, Found> found;
  std::vector<std::int64_t> details;
  storage::each_of(
      tx, "select id, publication_id, account_id, content from detail where publication_id in (#) order by id", ids,
      [&](const storage::Row& row) {
        const std::int64_t id = row.integer(0);
        Publication& p = *by_id.at(row.integer(1));
        details.push_back(id);
        found[id] = {&p, p.details.size()};
        p.details.push_back({.account_id = row.get<std::optional<std::int64_t>>(2),
                             .text = vault_.open<Purpose::kPublish>(text_place(id, p.project_id),
                                                                    vault::Sealed<Category::kContent>{row.blob(3)}),
                             .pictures = {}});
      });
  storage::each_of(
      tx, "select detail_id, position, file_id, alt from detail_picture where detail_id in (#) order by detail_id, position", details,
      [&](const storage::Row& row) {
        const auto& [publication, index] = found.at(row.integer(0));
        publication->details[index].pictures.push_back(
            {row.integer(2), vault_.open<Purpose::kPublish>(alt_place(row.integer(0), row.integer(1), publication->project_id),
                                                            vault::Sealed<Category::kContent>{row.blob(3)})});
      });
}

Result<Publication> Publications::find(storage::Transaction& tx, std::int64_t project_id, std::int64_t id) const {
  const auto found = tx.value<std::int64_t>(
      "select id from publication where id=$1 and project_id=$2 and deleted_at is null", id, project_id);
  if (!found) return not_found("publication");
  return loaded(tx, id);
}

std::optional<Publication> Publications::load(storage::Transaction& tx, std::int64_t id) const {
  if (!tx.value<std::int64_t>("select id from publication where id=$1", id)) return std::nullopt;
  return loaded(tx, id);
}

Position position_of(const Publication& publication) { return {publication.instant, publication.id}; }

std::string to_string(const Position& position) {
  return (position.instant ? std::to_string(position.instant->us) : "") + "." + std::to_string(position.id);
}

std::optional<Position> parse_position(std::string_view text) {
  const auto number = [](std::string_view digits) -> std::optional<std::int64_t> {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size() ? std::optional(value) : std::nullopt;
  };
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto id = number(text.substr(dot + 1)), instant = number(text.substr(0, dot));
  if (!id || (dot > 0 && !instant)) return std::nullopt;
  return Position{instant ? std::optional(Instant{*instant}) : std::nullopt, *id};
}

std::vector<Publication> Publications::list(storage::Transaction& tx, std::int64_t project_id,
                                            const Filter& filter) const {
  const std::string what =
      "select p.id from publication p where p.project_id=$1 and p.deleted_at is null and ($2 = 0 or exists (select 1 from "
      "publication_account a where a.publication_id=p.id and a.account_id=$2))";
  const std::int64_t account = filter.account_id.value_or(0), last = filter.behind ? filter.behind->id : 0;
  std::vector<std::int64_t> ids;
  if (!filter.behind || !filter.behind->instant) {
    for (const auto& [id] : tx.rows<std::int64_t>(what + " and p.instant is null and p.id > $3 order by p.id limit $4", project_id,
                                                  account, last, filter.limit)) {
      ids.push_back(id);
    }
  }
  const bool is_dated = filter.behind && filter.behind->instant;
  const Instant from = filter.from.value_or(Instant{0}), behind = is_dated ? *filter.behind->instant : Instant{0};
  for (const auto& [id] : tx.rows<std::int64_t>(
           what + " and p.instant >= $3 and p.instant < $4 and (p.instant > $5 or p.id > $6) order by p.instant, p.id limit $7",
           project_id, account, std::max(from, behind), filter.to.value_or(Instant{std::numeric_limits<std::int64_t>::max()}),
           behind, is_dated ? last : 0, filter.limit - ids.size())) {
    ids.push_back(id);
  }
  return loaded_each(tx, ids);
}

bool says(const Publication& publication, std::string_view folded) {
  const auto has = [&](const std::string& text) { return fold_case(text).find(folded) != std::string::npos; };
  return std::ranges::any_of(publication.details, [&](const Detail& detail) {
    return has(detail.text) || std::ranges::any_of(detail.pictures, [&](const Picture& picture) { return has(picture.alt); });
  });
}

std::vector<std::int64_t> Publications::some_of(storage::Transaction& tx, std::int64_t project_id, std::int64_t limit) {
  std::vector<std::int64_t> ids;
  for (const auto& [id] : tx.rows<std::int64_t>("select id from publication where project_id=$1 order by id limit $2", project_id, limit)) {
    ids.push_back(id);
  }
  return ids;
}

void Publications::mark_deleted(storage::Transaction& tx, std::int64_t id) const {
  tx.execute("update publication set deleted_at=$2 where id=$1", id, clock_.now());
}

bool Publications::uses_file(storage::Transaction& tx, std::int64_t file_id) const {
  return tx
      .value<std::int64_t>(
          "select d.id from detail_picture dp join detail d on d.id = dp.detail_id join publication p on p.id = "
          "d.publication_id where dp.file_id=$1 and p.deleted_at is null limit 1",
          file_id)
      .has_value();
}

std::optional<Publications::Created> Publications::created_by(storage::Transaction& tx, std::int64_t project_id,
                                                              std::string_view key) const {
  const auto row = tx.row<std::int64_t, std::string>(
      "select publication_id, request_digest from publication_request where project_id=$1 and request_key=$2", project_id,
      hex(sha256(key)));
  if (!row) return std::nullopt;
  return Created{std::get<0>(*row), std::get<1>(*row)};
}

void Publications::remember(storage::Transaction& tx, std::int64_t publication_id, std::int64_t project_id,
                            std::string_view key, std::string_view request_digest) const {
  tx.execute(
      "insert into publication_request (project_id, request_key, publication_id, request_digest, at) "
      "values ($1,$2,$3,$4,$5)",
      project_id, hex(sha256(key)), publication_id, request_digest, clock_.now());
}

}  // namespace postmypost::publications
