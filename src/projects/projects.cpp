#include "projects/projects.hpp"

#include "base/text.hpp"
#include "base/zones.hpp"

namespace postmypost::projects {
namespace {

using vault::Category;
using vault::KeyScope;
using vault::Purpose;

constexpr std::size_t kLongestName = 100;

vault::Place name_place(std::int64_t project) { return {"project", "name", project, KeyScope::kProject, project}; }

Right right_of(const std::string& text) { return text == "owner" ? Right::kOwner : Right::kEditor; }

Result<> check_name(std::string& name) {
  name = tidy(name);
  if (name.empty()) {
    return fail({.code = "project.name_empty", .detail = "The project needs a name.", .field = "/name",
                 .rule = "required", .how_to_fix = "Write a name."});
  }
  if (count_graphemes(name) > kLongestName) {
    return fail({.code = "project.name_too_long", .detail = "The name has more than 100 characters.", .field = "/name",
                 .rule = "max_grapheme=100", .how_to_fix = "Shorten the name."});
  }
  return {};
}

Result<> check_zone(const std::string& zone) {
  if (zone_exists(zone)) return {};
  return fail({.code = "project.zone_unknown", .detail = "There is no time zone of this name.", .field = "/zone",
               .rule = "iana_zone", .how_to_fix = "Choose a zone from the list, such as Europe/Berlin."});
}

// A project has an owner besides this member.
Result<> check_other_owner(storage::Transaction& tx, std::int64_t project, std::int64_t user) {
  const bool has_other = tx.value<int>("select 1 from member where project_id=$1 and user_id<>$2 and access='owner' limit 1",
                                       project, user)
                             .has_value();
  if (has_other) return {};
  return fail({.kind = ErrorKind::kConflict,
               .code = "project.last_owner",
               .detail = "The project would have no owner.",
               .field = "/right",
               .rule = "owners>=1",
               .how_to_fix = "Make somebody else an owner first."});
}

}  // namespace

std::string_view to_string(Right right) { return right == Right::kOwner ? "owner" : "editor"; }

Result<Project> Projects::create(storage::Transaction& tx, std::int64_t owner, std::string name,
                                 std::string zone) const {
  TRY(check_name(name));
  TRY(check_zone(zone));
  Project project{.id = tx.next_id("project"), .name = name, .zone = zone, .right = Right::kOwner,
                  .created_at = clock_.now()};
  const auto sealed = vault_.seal<Category::kContent>(name_place(project.id), name);
  tx.execute("insert into project (id, name, zone, created_at) values ($1,$2,$3,$4)", project.id,
             storage::Blob{sealed.bytes}, zone, project.created_at);
  add_member(tx, project.id, owner, Right::kOwner);
  return project;
}

Result<> Projects::bring(storage::Transaction& tx, std::int64_t project, std::string name, const std::string& zone,
                         Instant created_at) const {
  TRY(check_name(name));
  TRY(check_zone(zone));
  const auto sealed = vault_.seal<Category::kContent>(name_place(project), name);
  tx.execute("insert into project (id, name, zone, created_at) values ($1,$2,$3,$4)", project, storage::Blob{sealed.bytes}, zone,
             created_at);
  return {};
}

Result<Project> Projects::rename(storage::Transaction& tx, std::int64_t user, std::int64_t project,
                                 std::optional<std::string> name, std::optional<std::string> zone) const {
  TRY_ASSIGN(Project found, find(tx, user, project));
  if (name) {
    TRY(check_name(*name));
    found.name = *name;
    const auto sealed = vault_.seal<Category::kContent>(name_place(project), *name);
    tx.execute("update project set name=$2 where id=$1", project, storage::Blob{sealed.bytes});
  }
  if (zone) {
    TRY(check_zone(*zone));
    found.zone = *zone;
    tx.execute("update project set zone=$2 where id=$1", project, *zone);
  }
  return found;
}

Project Projects::opened(std::int64_t project, const storage::Blob& name, const std::string& zone, Instant created_at) const {
  return {.id = project,
          .name = vault_.open<Purpose::kCabinet>(name_place(project), vault::Sealed<Category::kContent>{name.bytes}),
          .zone = zone,
          .right = Right::kEditor,
          .created_at = created_at};
}

std::optional<Project> Projects::load(storage::Transaction& tx, std::int64_t project) const {
  const auto row = tx.row<storage::Blob, std::string, Instant>("select name, zone, created_at from project where id=$1",
                                                               project);
  if (!row) return std::nullopt;
  const auto& [name, zone, created_at] = *row;
  return opened(project, name, zone, created_at);
}

Result<Project> Projects::find(storage::Transaction& tx, std::int64_t user, std::int64_t project) const {
  const auto row = tx.row<std::string, storage::Blob, std::string, Instant>(
      "select m.access, p.name, p.zone, p.created_at from member m join project p on p.id = m.project_id where m.project_id=$1 and "
      "m.user_id=$2",
      project, user);
  if (!row) return not_found("project");
  const auto& [access, name, zone, created_at] = *row;
  Project found = opened(project, name, zone, created_at);
  found.right = right_of(access);
  return found;
}

Result<Seat> Projects::seat_of(storage::Transaction& tx, std::int64_t user, std::int64_t project) const {
  const auto row = tx.row<std::string, std::string>(
      "select m.access, p.zone from member m join project p on p.id = m.project_id where m.project_id=$1 and m.user_id=$2", project,
      user);
  if (!row) return not_found("project");
  return Seat{.right = right_of(std::get<0>(*row)), .zone = std::get<1>(*row)};
}

std::vector<Project> Projects::of_user(storage::Transaction& tx, std::int64_t user) const {
  std::vector<Project> all;
  for (const auto& [project, access] :
       tx.rows<std::int64_t, std::string>("select project_id, access from member where user_id=$1 order by project_id",
                                          user)) {
    all.push_back(*load(tx, project));
    all.back().right = right_of(access);
  }
  return all;
}

std::set<std::int64_t> Projects::ids_of_user(storage::Transaction& tx, std::int64_t user) {
  std::set<std::int64_t> ids;
  for (const auto& [project] : tx.rows<std::int64_t>("select project_id from member where user_id=$1", user)) ids.insert(project);
  return ids;
}

std::vector<Member> Projects::members(storage::Transaction& tx, std::int64_t project) const {
  std::vector<Member> all;
  for (const auto& [user, access] : tx.rows<std::int64_t, std::string>(
           "select user_id, access from member where project_id=$1 order by created_at, user_id", project)) {
    all.push_back({user, right_of(access)});
  }
  return all;
}

Result<> Projects::change_right(storage::Transaction& tx, std::int64_t project, std::int64_t user, Right right) const {
  if (right == Right::kEditor) TRY(check_other_owner(tx, project, user));
  const auto changed =
      tx.execute("update member set access=$3 where project_id=$1 and user_id=$2", project, user, to_string(right));
  return changed == 1 ? Result<>() : not_found("member");
}

Result<> Projects::remove_member(storage::Transaction& tx, std::int64_t project, std::int64_t user) const {
  TRY(check_other_owner(tx, project, user));
  const auto removed = tx.execute("delete from member where project_id=$1 and user_id=$2", project, user);
  return removed == 1 ? Result<>() : not_found("member");
}

std::vector<std::int64_t> Projects::only_of(storage::Transaction& tx, std::int64_t user) {
  std::vector<std::int64_t> all;
  for (const auto& [project] : tx.rows<std::int64_t>(
           "select project_id from member m where user_id=$1 and not exists (select 1 from member o where "
           "o.project_id=m.project_id and o.user_id<>$1) order by project_id",
           user)) {
    all.push_back(project);
  }
  return all;
}

std::vector<std::int64_t> Projects::ownerless_without(storage::Transaction& tx, std::int64_t user) {
  std::vector<std::int64_t> all;
  for (const auto& [project] : tx.rows<std::int64_t>(
           "select project_id from member m where user_id=$1 and access='owner' and exists (select 1 from member o where "
           "o.project_id=m.project_id and o.user_id<>$1) and not exists (select 1 from member o where "
           "o.project_id=m.project_id and o.user_id<>$1 and o.access='owner') order by project_id",
           user)) {
    all.push_back(project);
  }
  return all;
}

void Projects::add_member(storage::Transaction& tx, std::int64_t project, std::int64_t user, Right right) const {
  tx.execute(
      "insert into member (project_id, user_id, access, created_at) values ($1,$2,$3,$4) on conflict (project_id, "
      "user_id) do nothing",
      project, user, to_string(right), clock_.now());
}

}  // namespace postmypost::projects
