// What an archive brings, read from its rows and checked as a whole before anything is stored. Numbers are the archive's own.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "cabinet/archive_writer.hpp"

namespace postmypost::cabinet {

struct IncomingPicture {
  std::int64_t position = 0, file_id = 0;
  std::string alt;
};
struct IncomingDetail {
  std::optional<std::int64_t> account_id;
  std::string text;
  std::map<std::int64_t, IncomingPicture> pictures;  // by position
  std::string kind = "post";
  std::optional<std::string> link, title, first_comment, options;
};
struct IncomingPost {  // one that is out
  std::int64_t account_id = 0;
  Instant due;
  std::optional<Instant> sent_at;
  std::optional<std::string> remote_id, permalink;
};
struct IncomingPublication {
  std::int64_t project_id = 0;
  std::optional<std::string> wall_time;
  std::string zone, language, late_policy;
  std::optional<Instant> instant;
  Instant created_at, updated_at;
  std::string stage = "draft";
  std::optional<std::int64_t> rubric_id;
  std::optional<Instant> delete_at;
  bool is_deleted = false;
  std::map<std::int64_t, std::int64_t> accounts;  // by position
  std::map<std::int64_t, IncomingDetail> details;
  std::vector<IncomingPost> posts;
};
struct IncomingFile {
  std::int64_t project_id = 0;
  std::string name, mime, blob;
  Instant created_at;
};
struct IncomingAccount {
  std::int64_t project_id = 0;
  std::string channel;
  std::optional<std::string> profile;  // none: it was disconnected there
  Instant connected_at;
};
struct IncomingProject {
  std::string name, zone;
  Instant created_at;
};

struct IncomingRubric {
  std::int64_t project_id = 0;
  std::string name;
};

struct Incoming {
  std::string email, locale, theme;
  std::map<std::int64_t, IncomingProject> projects;
  std::map<std::int64_t, IncomingAccount> accounts;
  std::map<std::int64_t, IncomingFile> files;
  std::map<std::int64_t, IncomingPublication> publications;
  std::map<std::int64_t, IncomingRubric> rubrics;

  // One line of a member. Errors: `import.row` (`table`, `column`): what no export writes, or no longer fits here.
  Result<> take_line(std::string_view line);
  // All references lead to what the archive holds. What can't be had any more (a removed picture, a team's account of somebody else's
  // project) is let go. Errors: `import.foreign_id` (`table`, `id`).
  Result<> check();

 private:
  void take(std::string_view table, const json::object& row);
  void take_of_publication(std::string_view table, const json::object& row);
  IncomingPublication& publication_of(const json::object& row, std::string_view column);

  std::map<std::int64_t, std::string> rights_;       // of the person, by project
  std::map<std::int64_t, std::int64_t> of_detail_;   // publication, by detail
  std::map<std::int64_t, bool> is_removed_;          // files
};

}  // namespace postmypost::cabinet
