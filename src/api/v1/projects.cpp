// Projects, members, the pulse of publishing.
#include "api/v1/people_views.hpp"
#include "api/v1/rubrics.hpp"
#include "base/zones.hpp"
#include "publishing/overview.hpp"

namespace postmypost::api::v1 {

struct NewProject {
  std::string name, zone;
};
BOOST_DESCRIBE_STRUCT(NewProject, (), (name, zone))
struct ProjectChange {
  std::optional<std::string> name, zone;
};
BOOST_DESCRIBE_STRUCT(ProjectChange, (), (name, zone))
struct ProjectList {
  std::vector<ProjectView> items;
};
BOOST_DESCRIBE_STRUCT(ProjectList, (), (items))
struct MemberView {
  std::int64_t user_id = 0;
  std::string name, right;
};
BOOST_DESCRIBE_STRUCT(MemberView, (), (user_id, name, right))
struct MemberList {
  std::vector<MemberView> items;
};
BOOST_DESCRIBE_STRUCT(MemberList, (), (items))
struct MemberChange {
  std::string right;
};
BOOST_DESCRIBE_STRUCT(MemberChange, (), (right))
struct PulseView {
  bool on_time = true;
  std::optional<std::string> last_published_at;
  std::int64_t waiting_for_person = 0;
  std::int64_t missed = 0;
  std::optional<std::string> missed_from, missed_to, problem;
};
BOOST_DESCRIBE_STRUCT(PulseView, (),
                      (on_time, last_published_at, waiting_for_person, missed, missed_from, missed_to, problem))

namespace {

Result<ProjectList> list_projects(Call& call) { return ProjectList{session_view(call, call.me().user_id).projects}; }

Result<ProjectView> create_project(Call& call, const NewProject& in) {
  TRY_ASSIGN(const projects::Project made, call.with.database.write([&](storage::Transaction& tx) {
    return call.with.projects.create(tx, call.me().user_id, in.name, in.zone);
  }));
  return project_view(made);
}

Result<ProjectView> show_project(Call& call) {
  return project_view(*call.admitted);
}

// Planned publications keep their own zone and instant: a new zone is for what is planned from now on.
Result<ProjectView> change_project(Call& call, const ProjectChange& in) {
  TRY_ASSIGN(const projects::Project changed, call.with.database.write([&](storage::Transaction& tx) {
    return call.with.projects.rename(tx, call.me().user_id, call.project(), in.name, in.zone);
  }));
  return project_view(changed);
}

Result<MemberList> list_members(Call& call) {
  const auto members =
      call.with.database.read([&](storage::Transaction& tx) { return call.with.projects.members(tx, call.project()); });
  MemberList list;
  for (const auto& member : members) {
    const auto person = call.with.identity.person(member.user_id);
    list.items.push_back({.user_id = member.user_id,
                          .name = person ? person->name : "",
                          .right = std::string(projects::to_string(member.right))});
  }
  return list;
}

Result<MemberList> change_member(Call& call, const MemberChange& in) {
  if (in.right != "owner" && in.right != "editor") return fail(json::not_in_enum("/right", "owner, editor"));
  TRY(call.with.database.write([&](storage::Transaction& tx) {
    return call.with.projects.change_right(tx, call.project(), call.id("member"),
                                           in.right == "owner" ? projects::Right::kOwner : projects::Right::kEditor);
  }));
  return list_members(call);
}

Result<> remove_member(Call& call) {
  return call.with.database.write([&](storage::Transaction& tx) {
    return call.with.projects.remove_member(tx, call.project(), call.id("member"));
  });
}

Result<PulseView> show_pulse(Call& call) {
  const auto pulse = call.with.database.read([&](storage::Transaction& tx) {
    return publishing::pulse_of(tx, call.project(), call.with.clock.now());
  });
  PulseView view{.on_time = pulse.on_time,
                 .last_published_at = {},
                 .waiting_for_person = pulse.waiting_for_person,
                 .missed = pulse.missed,
                 .missed_from = {},
                 .missed_to = {},
                 .problem = pulse.pause};
  if (pulse.last_published_at) view.last_published_at = to_rfc3339(*pulse.last_published_at);
  if (pulse.missed_from) view.missed_from = to_rfc3339(*pulse.missed_from);
  if (pulse.missed_to) view.missed_to = to_rfc3339(*pulse.missed_to);
  if (call.with.database.is_full()) view.problem = "storage.full";
  return view;
}

}  // namespace

Routes project_routes() {
  Routes routes{
      {"GET", "/api/v1/projects", endpoint<list_projects>(Access::kSession, 200, "One's projects")},
      {"POST", "/api/v1/projects", endpoint<create_project>(Access::kSession, 201, "Create a project")},
      {"GET", "/api/v1/projects/{project}", endpoint<show_project>(Access::kMember, 200, "A project")},
      {"PATCH", "/api/v1/projects/{project}", endpoint<change_project>(Access::kOwner, 200, "Change a project")},
      {"GET", "/api/v1/projects/{project}/members", endpoint<list_members>(Access::kMember, 200, "Members of a project")},
      {"PATCH", "/api/v1/projects/{project}/members/{member}",
       endpoint<change_member>(Access::kOwner, 200, "Give a member another right; two owners may be")},
      {"DELETE", "/api/v1/projects/{project}/members/{member}",
       endpoint<remove_member>(Access::kOwner, 204, "Take a member out of the project")},
      {"GET", "/api/v1/projects/{project}/pulse", endpoint<show_pulse>(Access::kMember, 200, "Does publishing go on time")},
  };
  for (Route& route : rubric_routes()) routes.push_back(std::move(route));
  return routes;
}

}  // namespace postmypost::api::v1
