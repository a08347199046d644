// Writes all that is kept about one person into an archive (docs/export.md), table by table and a page of rows at a time, so that its
// size costs no memory.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cabinet/archive_writer.hpp"
#include "cabinet/plan.hpp"
#include "storage/blobs.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::cabinet {

// Of the archive's form; a reader that knows an older one only refuses it.
inline constexpr std::int64_t kFormatVersion = 1;
inline constexpr std::string_view kFormatName = "postmypost-export";
inline constexpr std::string_view kManifest = "manifest.json";

struct ExportOf {
  std::int64_t user_id = 0;
  std::string instance, version;  // public address and program version, for the manifest
  Instant made_at;
};

class ExportWriter {
 public:
  // `going_on` is asked after every page; what it throws ends the export.
  ExportWriter(storage::Database& database, const vault::Vault& vault, const storage::Blobs& blobs, std::vector<PlannedFile> plan,
               ArchiveWriter& archive, std::function<void()> going_on)
      : database_(database),
        vault_(vault),
        blobs_(blobs),
        plan_(std::move(plan)),
        archive_(archive),
        going_on_(std::move(going_on)) {}

  // Throws storage::DatabaseError, std::system_error.
  void write(const ExportOf& of);

 private:
  struct OwnProject {
    std::int64_t id = 0;
    bool is_owned = false;
  };
  struct Page {
    std::vector<std::string> lines;
    std::optional<std::int64_t> behind;  // where the next one goes on; none: it was the last
  };
  struct Rows {
    const PlannedTable* table = nullptr;
    std::string condition;
    std::vector<storage::Parameter> parameters;
    bool skips_people = false;  // rows with the number of a person stand elsewhere, or are somebody else's
  };

  void find_left_projects();
  void write_file(const PlannedFile& file);
  void write_rows(const Rows& rows);
  Page read_page(storage::Transaction& tx, const Rows& rows, std::int64_t behind) const;
  Page read_piece(storage::Transaction& tx, const Rows& rows, std::int64_t behind) const;
  std::optional<std::string> line_of(const Rows& rows, const storage::Row& row) const;
  void write_line(const std::string& line);
  void each_publication(const std::function<void(std::int64_t)>& use);
  void each_account(const std::function<void(std::int64_t)>& use);
  Rows of_project(const PlannedTable& table, const OwnProject& project) const;
  bool has_owner(const std::string& table, Owner owner) const;
  void write_pictures();
  void write_picture(const std::string& blob, const std::string& mime);
  void write_manifest(const ExportOf& of);

  storage::Database& database_;
  const vault::Vault& vault_;
  const storage::Blobs& blobs_;
  std::vector<PlannedFile> plan_;
  ArchiveWriter& archive_;
  std::function<void()> going_on_;
  std::int64_t user_ = 0;
  std::vector<OwnProject> projects_;
  bool is_first_line_ = true;
};

// The name of a picture in the archive.
std::string picture_name(std::string_view blob, std::string_view mime);

}  // namespace postmypost::cabinet
