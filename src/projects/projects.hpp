// Projects, their members and rights.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::projects {

enum class Right { kOwner, kEditor };
std::string_view to_string(Right right);

struct Project {
  std::int64_t id = 0;
  std::string name;   // sealed with the project's key: kContent
  std::string zone;   // IANA
  Right right = Right::kEditor;  // of the user it was loaded for
  Instant created_at;
};

// What planning needs of a project: nothing that is sealed.
struct Seat {
  Right right = Right::kEditor;
  std::string zone;  // of the project
};

struct Member {
  std::int64_t user_id = 0;
  Right right = Right::kEditor;
};

class Projects {
 public:
  Projects(vault::Vault& vault, const Clock& clock) : vault_(vault), clock_(clock) {}

  // Errors: `project.zone_unknown`, `project.name_empty`, `project.name_too_long`.
  Result<Project> create(storage::Transaction& tx, std::int64_t owner, std::string name, std::string zone) const;
  // Under an id that was taken before, without members: nobody sees it yet. Errors as of `create`.
  Result<> bring(storage::Transaction& tx, std::int64_t project, std::string name, const std::string& zone, Instant created_at) const;
  Result<Project> rename(storage::Transaction& tx, std::int64_t user, std::int64_t project,
                         std::optional<std::string> name, std::optional<std::string> zone) const;
  // `project.not_found` also for a project the user is no member of.
  Result<Project> find(storage::Transaction& tx, std::int64_t user, std::int64_t project) const;
  Result<Seat> seat_of(storage::Transaction& tx, std::int64_t user, std::int64_t project) const;  // errors as of `find`
  std::vector<Project> of_user(storage::Transaction& tx, std::int64_t user) const;
  static std::set<std::int64_t> ids_of_user(storage::Transaction& tx, std::int64_t user);  // opens nothing
  std::optional<Project> load(storage::Transaction& tx, std::int64_t project) const;  // for the engine

  std::vector<Member> members(storage::Transaction& tx, std::int64_t project) const;
  void add_member(storage::Transaction& tx, std::int64_t project, std::int64_t user, Right right) const;
  // Errors: `member.not_found`, `project.last_owner`.
  Result<> change_right(storage::Transaction& tx, std::int64_t project, std::int64_t user, Right right) const;

  // Their posts stay: they are the team's. Errors: `member.not_found`, `project.last_owner`.
  Result<> remove_member(storage::Transaction& tx, std::int64_t project, std::int64_t user) const;

  // Projects that have no other member: they go with the person.
  static std::vector<std::int64_t> only_of(storage::Transaction& tx, std::int64_t user);
  // Projects of others too, which would be left without an owner.
  static std::vector<std::int64_t> ownerless_without(storage::Transaction& tx, std::int64_t user);

 private:
  Project opened(std::int64_t project, const storage::Blob& name, const std::string& zone, Instant created_at) const;

  vault::Vault& vault_;
  const Clock& clock_;
};

}  // namespace postmypost::projects
