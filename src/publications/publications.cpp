#include "publications/publications.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace postmypost::publications {
namespace {

Timing timing_of(const std::string& text) {
  return text == "now" ? Timing::kNow : text == "at" ? Timing::kAt : Timing::kDraft;
}

constexpr std::string_view kColumns =
    "id, project_id, author_id, version, kind, wall_time, zone, instant, late_policy, language, created_at, "
    "updated_at, stage, rubric_id, delete_at, gone_at, deleted_at";

// People's writes take turns at a row of their own mostly.
constexpr std::int64_t kSlots = 64;

void count_listed(storage::Transaction& tx, std::int64_t project, std::int64_t publication, std::int64_t change) {
  tx.execute("insert into publication_count (project_id, slot, listed) values ($1,$2,$3) on conflict (project_id, slot) do update set "
             "listed = publication_count.listed + excluded.listed",
             project, publication % kSlots, change);
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

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::kDraft: return "draft";
    case Stage::kTemplate: return "template";
    case Stage::kWorkflow: return "workflow";
    case Stage::kApproval: return "approval";
  }
  return "draft";
}

Stage stage_of(std::string_view text) {
  for (const Stage stage : {Stage::kTemplate, Stage::kWorkflow, Stage::kApproval}) {
    if (text == to_string(stage)) return stage;
  }
  return Stage::kDraft;
}

std::string_view to_string(LatePolicy policy) { return policy == LatePolicy::kSkip ? "skip" : "hold"; }

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
        "late_policy, language, created_at, updated_at, stage, rubric_id, delete_at) values "
        "($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)",
        p.id, p.project_id, p.author_id, p.version, to_string(p.timing), wall, p.zone, p.instant,
        to_string(p.late_policy), p.language, p.created_at, p.updated_at, to_string(p.stage), p.rubric_id, p.delete_at);
    count_listed(tx, p.project_id, p.id, 1);
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
        "updated_at=$8, stage=$9, rubric_id=$10, delete_at=$11, ending_at=null where id=$1",
        p.id, p.version, to_string(p.timing), wall, p.zone, p.instant, to_string(p.late_policy), p.updated_at, to_string(p.stage),
        p.rubric_id, p.delete_at);
    tx.execute("delete from detail_picture where detail_id in (select id from detail where publication_id=$1)",
               p.id);
    tx.execute("delete from detail where publication_id=$1", p.id);
    tx.execute("delete from publication_account where publication_id=$1", p.id);
  }
  insert_details(tx, p);
  return p;
}

Publication Publications::loaded(storage::Transaction& tx, std::int64_t id) const {
  Publication p;
  tx.each("select " + std::string(kColumns) + " from publication where id=$1", {id}, [&](const storage::Row& row) {
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
    p.stage = stage_of(row.get<std::string>(12));
    p.rubric_id = row.get<std::optional<std::int64_t>>(13);
    p.delete_at = row.get<std::optional<Instant>>(14);
    p.gone_at = row.get<std::optional<Instant>>(15);
    p.deleted_at = row.get<std::optional<Instant>>(16);
  });
  for (const auto& [account] : tx.rows<std::int64_t>(
           "select account_id from publication_account where publication_id=$1 order by position", id)) {
    p.account_ids.push_back(account);
  }
  load_details(tx, p);
  return p;
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
  std::vector<Publication> list;
  if (!filter.behind || !filter.behind->instant) {
    for (const auto& [id] : tx.rows<std::int64_t>(what + " and p.instant is null and p.id > $3 order by p.id limit $4", project_id,
                                                  account, last, filter.limit)) {
      list.push_back(loaded(tx, id));
    }
  }
  const bool is_dated = filter.behind && filter.behind->instant;
  const Instant from = filter.from.value_or(Instant{0}), behind = is_dated ? *filter.behind->instant : Instant{0};
  for (const auto& [id] : tx.rows<std::int64_t>(
           what + " and p.instant >= $3 and p.instant < $4 and (p.instant > $5 or p.id > $6) order by p.instant, p.id limit $7",
           project_id, account, std::max(from, behind), filter.to.value_or(Instant{std::numeric_limits<std::int64_t>::max()}),
           behind, is_dated ? last : 0, filter.limit - list.size())) {
    list.push_back(loaded(tx, id));
  }
  return list;
}

bool says(const Publication& publication, std::string_view folded) {
  const auto has = [&](const std::string& text) { return fold_case(text).find(folded) != std::string::npos; };
  return std::ranges::any_of(publication.details, [&](const Detail& detail) {
    return has(text_of(detail)) || (detail.title && has(*detail.title)) || (detail.first_comment && has(*detail.first_comment)) || std::ranges::any_of(detail.pictures, [&](const Picture& picture) { return has(picture.alt); });
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
  const auto listed = tx.value<std::int64_t>("select project_id from publication where id=$1 and deleted_at is null and gone_at is null", id);
  tx.execute("update publication set deleted_at=$2 where id=$1", id, clock_.now());
  if (listed) count_listed(tx, *listed, id, -1);
}

void Publications::mark_gone(storage::Transaction& tx, std::int64_t id) const {
  const auto listed = tx.value<std::int64_t>("select project_id from publication where id=$1 and deleted_at is null and gone_at is null", id);
  tx.execute("update publication set gone_at=$2 where id=$1 and gone_at is null", id, clock_.now());
  if (listed) count_listed(tx, *listed, id, -1);
}

void Publications::drop_account(storage::Transaction& tx, std::int64_t id, std::int64_t account) const {
  tx.execute("delete from publication_account where publication_id=$1 and account_id=$2", id, account);
  tx.execute("delete from detail_picture where detail_id in (select id from detail where publication_id=$1 and account_id=$2)", id, account);
  tx.execute("delete from detail where publication_id=$1 and account_id=$2", id, account);
}

bool Publications::uses_file(storage::Transaction& tx, std::int64_t file_id) const {
  return tx
      .value<std::int64_t>(
          "select d.id from detail_picture dp join detail d on d.id = dp.detail_id join publication p on p.id = "
          "d.publication_id where dp.file_id=$1 and p.deleted_at is null limit 1",
          file_id)
      .has_value();
}

}  // namespace postmypost::publications
