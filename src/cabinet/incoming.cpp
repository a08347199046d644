#include "cabinet/incoming.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/zones.hpp"
#include "cabinet/refusal.hpp"

namespace postmypost::cabinet {
namespace {

constexpr std::size_t kLongestText = 200'000, kLongestAlt = 20'000, kLongestName = 1000;
constexpr std::int64_t kMostPictures = 10, kMostAccounts = 100;
constexpr std::int64_t kMostNumber = (std::int64_t{1} << 53) - 1;

struct WrongRow {
  std::string table, column;
};
struct ForeignId {
  std::string table;
  std::int64_t id;
};

// The members of one row; throws WrongRow where one is missing, of another type, or too long.
class Fields {
 public:
  Fields(std::string_view table, const json::object& row) : table_(table), row_(row) {}

  [[noreturn]] void wrong(std::string_view column) const { throw WrongRow{std::string(table_), std::string(column)}; }

  bool is_null(std::string_view column) const {
    const json::value* found = row_.if_contains(column);
    return !found || found->is_null();
  }
  std::string text(std::string_view column, std::size_t longest = kLongestName) const {
    const json::value* found = row_.if_contains(column);
    if (!found || !found->is_string() || found->as_string().size() > longest) wrong(column);
    return std::string(found->as_string());
  }
  std::int64_t number(std::string_view column, std::int64_t most = kMostNumber) const {
    const json::value* found = row_.if_contains(column);
    if (!found || !found->is_int64() || found->as_int64() < 0 || found->as_int64() > most) wrong(column);
    return found->as_int64();
  }
  Instant instant(std::string_view column) const {
    const auto at = parse_rfc3339(text(column));
    if (!at) wrong(column);
    return *at;
  }
  template <class F>
  auto unless_null(std::string_view column, F read) const -> std::optional<decltype(read())> {
    return is_null(column) ? std::nullopt : std::optional(read());
  }
  std::string one_of(std::string_view column, std::initializer_list<std::string_view> words) const {
    std::string word = text(column);
    if (std::ranges::find(words, word) == words.end()) wrong(column);
    return word;
  }
  std::string zone(std::string_view column) const {
    std::string zone = text(column);
    if (!zone_exists(zone)) wrong(column);
    return zone;
  }

 private:
  std::string_view table_;
  const json::object& row_;
};

IncomingPost read_post(const Fields& f) {
  return {.account_id = f.number("account_id"),
          .due = f.instant("due"),
          .sent_at = f.unless_null("sent_at", [&] { return f.instant("sent_at"); }),
          .remote_id = f.unless_null("remote_id", [&] { return f.text("remote_id", 4000); }),
          .permalink = f.unless_null("permalink", [&] {
            std::string link = f.text("permalink", 4000);
            if (!link.starts_with("https://") && !link.starts_with("http://")) f.wrong("permalink");
            return link;
          })};
}

// A text for all, or one for each account.
bool is_whole(const IncomingPublication& p) {
  const auto is_for = [&](std::optional<std::int64_t> account) {
    return std::ranges::any_of(p.details, [&](const auto& one) { return one.second.account_id == account; });
  };
  if (p.details.empty()) return false;
  return is_for(std::nullopt) || std::ranges::all_of(p.accounts, [&](const auto& one) { return is_for(one.second); });
}

}  // namespace

Result<> Incoming::take_line(std::string_view line) {
  while (!line.empty() && (line.back() == ',' || line.back() == '\r')) line.remove_suffix(1);
  if (line.empty() || line == "[" || line == "]") return {};
  const auto parsed = json::parse(line);
  if (!parsed || !parsed->is_object()) return fail(wrong_row("", ""));
  const json::value* table = parsed->as_object().if_contains("table");
  const json::value* row = parsed->as_object().if_contains("row");
  if (!table || !table->is_string() || !row || !row->is_object()) return fail(wrong_row("", ""));
  try {
    take(table->as_string(), row->as_object());
  } catch (const WrongRow& wrong) {
    return fail(wrong_row(wrong.table, wrong.column));
  } catch (const ForeignId& foreign) {
    return fail(wrong_row(foreign.table, "id"));
  }
  return {};
}

// Tables that are not named here (sessions, disclosures, the course of a delivery) are records of the other server and stay in the archive.
void Incoming::take(std::string_view table, const json::object& row) {
  const Fields f(table, row);
  if (table == "person") {
    email = f.text("email");
    locale = f.one_of("locale", {"ru", "en"});
    theme = f.one_of("theme", {"system", "light", "dark"});
  } else if (table == "project") {
    projects[f.number("id")] = {.name = f.text("name"), .zone = f.zone("zone"), .created_at = f.instant("created_at")};
  } else if (table == "member") {
    rights_[f.number("project_id")] = f.one_of("access", {"owner", "editor"});
  } else if (table == "account") {
    accounts[f.number("id")] = {.project_id = f.number("project_id"),
                                .channel = f.text("channel", 40),
                                .profile = f.unless_null("profile", [&] { return f.text("profile", 1 << 20); }),
                                .connected_at = f.instant("connected_at")};
  } else if (table == "file") {
    const std::int64_t id = f.number("id");
    if (!f.is_null("deleted_at")) {
      is_removed_[id] = true;
      return;
    }
    files[id] = {.project_id = f.number("project_id"), .name = f.text("name"), .mime = f.one_of("mime", {"image/png", "image/jpeg"}),
                 .blob = f.text("original_blob", 100), .created_at = f.instant("created_at")};
  } else if (table == "rubric") {
    rubrics[f.number("id")] = {.project_id = f.number("project_id"), .name = f.text("name")};
  } else {
    take_of_publication(table, row);
  }
}

// Rows of a publication may come before it: the archive's order is not relied on.
IncomingPublication& Incoming::publication_of(const json::object& row, std::string_view column) {
  return publications[Fields("publication", row).number(column)];
}

void Incoming::take_of_publication(std::string_view table, const json::object& row) {
  const Fields f(table, row);
  if (table == "publication") {
    IncomingPublication& p = publication_of(row, "id");
    p.project_id = f.number("project_id");
    p.wall_time = f.unless_null("wall_time", [&] { return f.text("wall_time", 40); });
    if (p.wall_time && !parse_wall_time(*p.wall_time)) f.wrong("wall_time");
    p.zone = f.zone("zone");
    p.language = f.text("language", 40);
    p.late_policy = f.one_of("late_policy", {"hold", "skip"});
    p.instant = f.unless_null("instant", [&] { return f.instant("instant"); });
    p.created_at = f.instant("created_at");
    p.updated_at = f.instant("updated_at");
    if (!f.is_null("stage")) p.stage = f.one_of("stage", {"draft", "template", "workflow", "approval"});
    p.rubric_id = f.unless_null("rubric_id", [&] { return f.number("rubric_id"); });
    p.delete_at = f.unless_null("delete_at", [&] { return f.instant("delete_at"); });
    p.is_deleted = !f.is_null("deleted_at");
  } else if (table == "publication_account") {
    publication_of(row, "publication_id").accounts[f.number("position", kMostAccounts)] = f.number("account_id");
  } else if (table == "detail") {
    const std::int64_t id = f.number("id");
    IncomingDetail& detail = publication_of(row, "publication_id").details[id];
    detail.account_id = f.unless_null("account_id", [&] { return f.number("account_id"); });
    detail.text = f.text("content", kLongestText);
    if (!f.is_null("kind")) detail.kind = f.one_of("kind", {"post", "story", "reels"});
    for (const auto& [column, to] : {std::pair{"link", &detail.link}, std::pair{"title", &detail.title},
                                     std::pair{"first_comment", &detail.first_comment}, std::pair{"options", &detail.options}}) {
      *to = f.unless_null(column, [&] { return f.text(column, kLongestAlt); });
    }
    of_detail_[id] = f.number("publication_id");
  } else if (table == "detail_picture") {
    const std::int64_t detail = f.number("detail_id");
    const auto publication = of_detail_.find(detail);
    if (publication == of_detail_.end()) throw ForeignId{"detail", detail};
    const IncomingPicture picture{.position = f.number("position", kMostPictures - 1), .file_id = f.number("file_id"),
                                  .alt = f.text("alt", kLongestAlt)};
    publications[publication->second].details[detail].pictures[picture.position] = picture;
  } else if (table == "delivery" && f.text("state", 40) == "published") {
    publication_of(row, "publication_id").posts.push_back(read_post(f));
  }
}

Result<> Incoming::check() {
  const auto foreign = [](std::string_view table, std::int64_t id) {
    return fail(refusal("import.foreign_id", "A row of the archive points to something that the archive does not hold.",
                        "Take the archive as the other server made it.", {{"table", std::string(table)}, {"id", std::to_string(id)}}));
  };
  for (const auto& [id, account] : accounts) {
    if (!projects.contains(account.project_id)) return foreign("account", id);
  }
  for (const auto& [id, file] : files) {
    if (!projects.contains(file.project_id)) return foreign("file", id);
  }
  for (const auto& [id, rubric] : rubrics) {
    if (!projects.contains(rubric.project_id)) return foreign("rubric", id);
  }
  std::erase_if(publications, [](const auto& one) { return one.second.is_deleted; });
  for (auto& [id, p] : publications) {
    // One of a project that the person left has no project here, and one without its base text was never whole.
    if (!projects.contains(p.project_id)) return foreign("publication", id);
    const bool is_owned = rights_[p.project_id] == "owner";
    const auto is_known = [&](std::int64_t account) {
      const auto found = accounts.find(account);
      return found != accounts.end() && found->second.project_id == p.project_id;
    };
    for (const auto& [position, account] : p.accounts) {
      if (!is_known(account) && is_owned) return foreign("publication_account", account);
    }
    std::erase_if(p.accounts, [&](const auto& one) { return !is_known(one.second); });
    for (auto& [detail_id, detail] : p.details) {
      if (detail.account_id && !is_known(*detail.account_id) && is_owned) return foreign("detail", detail_id);
      for (const auto& [position, picture] : detail.pictures) {
        const auto file = files.find(picture.file_id);
        const bool is_here = file != files.end() && file->second.project_id == p.project_id;
        if (!is_here && !is_removed_.contains(picture.file_id)) return foreign("detail_picture", picture.file_id);
      }
      std::erase_if(detail.pictures, [&](const auto& one) { return is_removed_.contains(one.second.file_id); });
    }
    if (p.rubric_id && !rubrics.contains(*p.rubric_id)) p.rubric_id.reset();  // its headings stayed with somebody else's project
    if (!is_whole(p)) return foreign("publication", id);
    for (const IncomingPost& post : p.posts) {
      if (!is_known(post.account_id) && is_owned) return foreign("delivery", post.account_id);
    }
    std::erase_if(p.posts, [&](const IncomingPost& post) { return !is_known(post.account_id); });
  }
  return {};
}

}  // namespace postmypost::cabinet
