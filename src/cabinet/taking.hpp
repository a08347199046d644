// Puts what an archive brings into the stores: into new projects, which nobody belongs to until all of it is there.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cabinet/incoming.hpp"
#include "media/files.hpp"
#include "networks/network.hpp"
#include "projects/account_rows.hpp"
#include "projects/projects.hpp"
#include "publications/publications.hpp"
#include "publications/rubrics.hpp"
#include "publishing/planning.hpp"

namespace postmypost::cabinet {

// What is used to take; outlives every call.
struct Rooms {
  storage::Database& database;
  vault::Vault& vault;
  const networks::Catalogue& catalogue;
  const projects::Projects& projects;
  const projects::AccountRows& accounts;
  const media::Files& files;
  const publications::Publications& publications;
  const publishing::Planning& planning;
};

// A picture of the archive, cleaned and stored.
struct StoredPicture {
  media::CleanPicture picture;  // without its bytes
  std::int64_t bytes = 0;
  std::string original_blob, thumbnail_blob;
};

// One taking; belongs to its thread.
class Taking {
 public:
  Taking(const Rooms& rooms, const Incoming& incoming, std::int64_t user, Instant now, std::function<void()> going_on)
      : rooms_(rooms), incoming_(incoming), user_(user), now_(now), going_on_(std::move(going_on)) {}

  // Ids of projects to be, which `undo` needs after a crash: keep them before `fill`.
  std::vector<std::int64_t> reserve();
  // All rows but the membership. `pictures` by the name of the archive's blob. Errors: `import.row`.
  Result<> fill(const std::map<std::string, StoredPicture>& pictures);
  // From here on the person sees it; part of the caller's transaction.
  void open(storage::Transaction& tx) const;
  // Removes what `fill` wrote into these projects, a few rows at a time; pictures of theirs are left to the caller.
  static void undo(storage::Database& database, const std::vector<std::int64_t>& projects);

 private:
  Result<> fill_accounts();
  Result<> fill_rubrics();
  void fill_files(const std::map<std::string, StoredPicture>& pictures);
  Result<> fill_publications();
  std::vector<publications::Publication> drafts_of(const IncomingPublication& from) const;
  Result<> write(const IncomingPublication& from);
  publications::Detail detail_of(const IncomingDetail& from) const;

  const Rooms& rooms_;
  const Incoming& incoming_;
  std::int64_t user_;
  Instant now_;
  std::function<void()> going_on_;
  std::map<std::int64_t, std::int64_t> projects_, accounts_, files_, rubrics_;  // here, by the archive's numbers
};

}  // namespace postmypost::cabinet
