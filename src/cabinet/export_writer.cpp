#include "cabinet/export_writer.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <stdexcept>

#include "base/log.hpp"
#include "base/zones.hpp"
#include "cabinet/readme.hpp"

namespace postmypost::cabinet {
namespace {

namespace json = boost::json;
using Shape = PlannedColumn::Shape;
using storage::Transaction;

constexpr std::int64_t kRowsInPage = 200;
constexpr std::int64_t kLookedAt = 5000;  // rows of a table that no index leads into
constexpr std::size_t kPictureChunk = 64 << 10;

// The purpose is the one for which people see their own data; what may not be opened for it, such as a network's key, can't get here.
std::string opened(const vault::Vault& vault, Category category, const vault::Place& place, std::string bytes) {
  constexpr Purpose kOwn = Purpose::kCabinet;
  std::optional<std::string> plain;
  const auto try_category = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
    constexpr Category kCategory = kCategories[I].category;
    if constexpr (allowed(kCategory, kOwn)) {
      if (category == kCategory) plain = vault.open<kOwn>(place, vault::Sealed<kCategory>{std::move(bytes)});
    }
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (try_category(std::integral_constant<std::size_t, I>()), ...);
  }(std::make_index_sequence<kCategories.size()>());
  if (!plain) throw std::logic_error("an exported column is sealed with a category that its person may not see");
  return std::move(*plain);
}

// The columns of a query and, behind them, row and owner of each sealed one.
std::string selected(const PlannedTable& table) {
  std::string list, places;
  for (const PlannedColumn& column : table.columns) {
    list += (list.empty() ? "" : ", ") + column.name;
    if (column.shape == Shape::kSealed) places += ", " + column.row + ", " + column.owner;
  }
  return list + places;
}

std::string order_of(const PlannedTable& table) {
  if (table.has_id) return "id";
  std::string order;
  for (const PlannedColumn& column : table.columns) {
    if (column.shape == Shape::kNumber) order += (order.empty() ? "" : ", ") + column.name;
  }
  return order;
}

}  // namespace

std::string picture_name(std::string_view blob, std::string_view mime) {
  return "media/" + std::string(blob) + (mime == "image/png" ? ".png" : ".jpg");
}

void ExportWriter::write(const ExportOf& of) {
  user_ = of.user_id;
  projects_ = database_.read([&](Transaction& tx) {
    std::vector<OwnProject> all;
    for (const auto& [id, access] : tx.rows<std::int64_t, std::string>(
             "select project_id, access from member where user_id=$1 order by project_id", user_)) {
      all.push_back({id, access == "owner"});
    }
    return all;
  });
  find_left_projects();
  archive_.add("README.en.txt", readme_en(of));
  archive_.add("README.ru.txt", readme_ru(of));
  for (const PlannedFile& file : plan_) write_file(file);
  write_pictures();
  write_manifest(of);
}

// What one wrote in a project that one belongs to no more is one's own still.
void ExportWriter::find_left_projects() {
  for (std::int64_t behind = 0;;) {
    const auto piece = database_.read([&](Transaction& tx) {
      return tx.rows<std::int64_t, std::int64_t, std::int64_t>(
          "select id, project_id, author_id from publication where id > $1 order by id limit $2", behind, kLookedAt);
    });
    if (piece.empty()) return;
    for (const auto& [id, project, author] : piece) {
      if (author == user_ && std::ranges::find(projects_, project, &OwnProject::id) == projects_.end()) projects_.push_back({project, false});
    }
    behind = std::get<0>(piece.back());
  }
}

bool ExportWriter::has_owner(const std::string& table, Owner owner) const {
  return std::ranges::any_of(plan_, [&](const PlannedFile& file) {
    return std::ranges::any_of(file.tables, [&](const PlannedTable& one) { return one.table == table && one.owner == owner; });
  });
}

void ExportWriter::write_file(const PlannedFile& file) {
  archive_.begin(file.name);
  archive_.write("[\n");
  is_first_line_ = true;
  std::vector<const PlannedTable*> of_accounts, of_publications;
  for (const PlannedTable& table : file.tables) {
    switch (table.owner) {
      case Owner::kPerson:
        if (!has_owner(table.table, Owner::kPublication)) write_rows({&table, table.condition, {user_}});
        break;
      case Owner::kProject:
        for (const OwnProject& project : projects_) {
          if (const Rows rows = of_project(table, project); rows.table) write_rows(rows);
        }
        break;
      case Owner::kAccount:
        if (!has_owner(table.table, Owner::kProject) && !has_owner(table.table, Owner::kPublication)) of_accounts.push_back(&table);
        break;
      case Owner::kPublication: of_publications.push_back(&table); break;
    }
  }
  const auto write_each = [&](const std::vector<const PlannedTable*>& tables, std::int64_t owner) {
    for (const PlannedTable* table : tables) write_rows({table, table->condition, {owner}});
  };
  std::ranges::reverse(of_publications);  // erasure goes from what refers to what it refers to
  if (!of_accounts.empty()) each_account([&](std::int64_t id) { write_each(of_accounts, id); });
  if (!of_publications.empty()) each_publication([&](std::int64_t id) { write_each(of_publications, id); });
  archive_.write("\n]\n");
  archive_.end();
}

// Of somebody else's project: that it is there, and the pictures in one's own publications.
ExportWriter::Rows ExportWriter::of_project(const PlannedTable& table, const OwnProject& project) const {
  const bool is_itself = table.condition == "id = $1";
  Rows rows{.table = &table, .condition = table.condition, .parameters = {project.id},
            .skips_people = has_owner(table.table, Owner::kPerson)};
  if (project.is_owned || is_itself) return rows;
  if (table.table != "file") return {};
  rows.condition =
      "project_id = $1 and id in (select p.file_id from detail_picture p join detail d on d.id = p.detail_id join publication b "
      "on b.id = d.publication_id where b.project_id = $1 and b.author_id = $2)";
  rows.parameters.emplace_back(user_);
  return rows;
}

void ExportWriter::write_rows(const Rows& rows) {
  for (std::int64_t behind = 0;;) {
    const Page page = database_.read([&](Transaction& tx) {
      return rows.table->walked && rows.table->has_id ? read_piece(tx, rows, behind) : read_page(tx, rows, behind);
    });
    for (const std::string& line : page.lines) write_line(line);
    going_on_();
    if (!page.behind) return;
    behind = *page.behind;
  }
}

// By the id, or where a table has none by the number of rows before.
ExportWriter::Page ExportWriter::read_page(Transaction& tx, const Rows& rows, std::int64_t behind) const {
  const PlannedTable& table = *rows.table;
  std::vector<storage::Parameter> parameters = rows.parameters;
  const std::string next = "$" + std::to_string(parameters.size() + 1), most = "$" + std::to_string(parameters.size() + 2);
  parameters.insert(parameters.end(), {behind, kRowsInPage});
  std::string sql = "select " + selected(table) + " from " + table.table + " where (" + rows.condition + ")";
  sql += table.has_id ? " and id > " + next + " order by id limit " + most
                      : " order by " + order_of(table) + " limit " + most + " offset " + next;
  Page page;
  std::int64_t count = 0, last = behind;
  const auto id = std::ranges::find(table.columns, "id", &PlannedColumn::name) - table.columns.begin();
  tx.each(sql, parameters, [&](const storage::Row& row) {
    ++count;
    last = table.has_id ? row.integer(static_cast<int>(id)) : behind + count;
    if (auto line = line_of(rows, row)) page.lines.push_back(std::move(*line));
  });
  if (count == kRowsInPage) page.behind = last;
  return page;
}

// A piece of the whole table by its ids.
ExportWriter::Page ExportWriter::read_piece(Transaction& tx, const Rows& rows, std::int64_t behind) const {
  const PlannedTable& table = *rows.table;
  const auto last = tx.value<std::optional<std::int64_t>>(
      "select max(id) from (select id from " + table.table + " where id > $1 order by id limit $2) piece", behind, kLookedAt);
  Page page;
  if (!last || !*last) return page;
  std::vector<storage::Parameter> parameters = rows.parameters;
  const std::string from = "$" + std::to_string(parameters.size() + 1), to = "$" + std::to_string(parameters.size() + 2);
  parameters.insert(parameters.end(), {behind, **last});
  tx.each("select " + selected(table) + " from " + table.table + " where (" + rows.condition + ") and id > " + from + " and id <= " + to +
              " order by id",
          parameters, [&](const storage::Row& row) {
            if (auto line = line_of(rows, row)) page.lines.push_back(std::move(*line));
          });
  page.behind = **last;
  return page;
}

std::optional<std::string> ExportWriter::line_of(const Rows& rows, const storage::Row& row) const {
  const PlannedTable& table = *rows.table;
  json::object members;
  int place = static_cast<int>(table.columns.size());
  for (int i = 0; const PlannedColumn& column : table.columns) {
    const int at = i++;
    json::value& value = members[column.name];
    const int row_of = column.shape == Shape::kSealed ? std::exchange(place, place + 2) : 0;
    if (row.is_null(at)) continue;
    switch (column.shape) {
      case Shape::kText: value = row.text(at); break;
      case Shape::kInstant: value = to_rfc3339(Instant{row.integer(at)}); break;
      case Shape::kNumber: {
        const std::int64_t number = row.integer(at);
        const bool is_other = column.is_person && number != user_;
        if (column.is_person && rows.skips_people && table.owner == Owner::kProject) return std::nullopt;
        if (!is_other) value = number;
        break;
      }
      case Shape::kSealed: {
        const std::string bytes = row.blob(at);
        const vault::Place where{table.table, column.name, row.integer(row_of), column.scope, row.integer(row_of + 1)};
        try {
          if (!bytes.empty()) value = opened(vault_, column.category, where, bytes);
        } catch (const std::runtime_error&) {
          log::warning("export.value_unreadable", {{"what", table.table + "." + column.name}});  // its key is gone
        }
      }
    }
  }
  return json::serialize(json::object{{"table", table.table}, {"row", std::move(members)}});
}

void ExportWriter::write_line(const std::string& line) {
  archive_.write(std::exchange(is_first_line_, false) ? line : ",\n" + line);
}

// All of one's own projects, and what one wrote oneself anywhere.
void ExportWriter::each_publication(const std::function<void(std::int64_t)>& use) {
  const auto is_owned = [&](std::int64_t project) {
    return std::ranges::any_of(projects_, [&](const OwnProject& one) { return one.id == project && one.is_owned; });
  };
  for (std::int64_t behind = 0;;) {
    const auto piece = database_.read([&](Transaction& tx) {
      return tx.rows<std::int64_t, std::int64_t, std::int64_t>(
          "select id, project_id, author_id from publication where id > $1 order by id limit $2", behind, kLookedAt);
    });
    if (piece.empty()) return;
    for (const auto& [id, project, author] : piece) {
      if (author == user_ || is_owned(project)) use(id);
    }
    behind = std::get<0>(piece.back());
  }
}

void ExportWriter::each_account(const std::function<void(std::int64_t)>& use) {
  for (const OwnProject& project : projects_) {
    if (!project.is_owned) continue;
    const auto accounts = database_.read([&](Transaction& tx) {
      return tx.rows<std::int64_t>("select id from account where project_id=$1 order by id", project.id);
    });
    for (const auto& [id] : accounts) use(id);
  }
}

// The pictures of the rows of `file`, and those that only an own page still shows.
void ExportWriter::write_pictures() {
  const auto write_all = [&](const std::string& sql, std::vector<storage::Parameter> parameters) {
    std::vector<std::pair<std::string, std::string>> pictures;
    database_.read([&](Transaction& tx) {
      tx.each(sql, parameters, [&](const storage::Row& row) { pictures.emplace_back(row.text(0), row.text(1)); });
    });
    for (const auto& [blob, mime] : pictures) write_picture(blob, mime);
  };
  for (const OwnProject& project : projects_) {
    std::string mine = project.is_owned ? ""
                                        : " and id in (select p.file_id from detail_picture p join detail d on d.id = p.detail_id join "
                                          "publication b on b.id = d.publication_id where b.author_id = $2)";
    std::vector<storage::Parameter> parameters{project.id};
    if (!project.is_owned) parameters.emplace_back(user_);
    write_all("select original_blob, mime from file where project_id = $1 and deleted_at is null" + mine + " order by id",
              std::move(parameters));
  }
  each_account([&](std::int64_t account) {
    write_all(
        "select distinct s.original_blob, s.mime from page_picture s join page_entry e on e.id = s.entry_id join page p on p.id = "
        "e.page_id where p.account_id = $1 and not exists (select 1 from file f where f.original_blob = s.original_blob and "
        "f.deleted_at is null)",
        {account});
  });
}

void ExportWriter::write_picture(const std::string& blob, const std::string& mime) {
  std::ifstream in(blobs_.path(blob), std::ios::binary | std::ios::ate);
  if (!in) return;  // removed meanwhile, as its row will say next time
  const auto size = static_cast<std::uint64_t>(in.tellg());
  in.seekg(0);
  archive_.begin(picture_name(blob, mime), size);
  std::string chunk(kPictureChunk, '\0');
  for (std::uint64_t left = size; left > 0;) {
    in.read(chunk.data(), static_cast<std::streamsize>(std::min<std::uint64_t>(left, chunk.size())));
    if (in.gcount() == 0) throw std::runtime_error("a picture became shorter while it was read");
    archive_.write({chunk.data(), static_cast<std::size_t>(in.gcount())});
    left -= static_cast<std::uint64_t>(in.gcount());
  }
  archive_.end();
  going_on_();
}

void ExportWriter::write_manifest(const ExportOf& of) {
  json::array members;
  for (const Member& member : archive_.members()) {
    members.push_back({{"name", member.name}, {"bytes", member.bytes}, {"sha256", member.sha256}});
  }
  archive_.add(std::string(kManifest), json::serialize(json::object{{"format", kFormatName},
                                                       {"version", kFormatVersion},
                                                       {"instance", of.instance},
                                                       {"program", of.version},
                                                       {"made_at", to_rfc3339(of.made_at)},
                                                       {"person", of.user_id},
                                                       {"members", std::move(members)}}) + "\n");
}

}  // namespace postmypost::cabinet
