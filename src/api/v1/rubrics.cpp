// Rubrics of a project: a project's own headings for its publications.
#include "api/v1/rubrics.hpp"

#include "base/zones.hpp"
#include "publications/rubrics.hpp"

namespace postmypost::api::v1 {

struct RubricInput {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(RubricInput, (), (name))
struct RubricView {
  std::int64_t id = 0;
  std::string name, created_at;
};
BOOST_DESCRIBE_STRUCT(RubricView, (), (id, name, created_at))
struct RubricList {
  std::vector<RubricView> items;
};
BOOST_DESCRIBE_STRUCT(RubricList, (), (items))

namespace {

publications::Rubrics rubrics_of(const Call& call) { return {call.with.vault, call.with.clock}; }

RubricView view_of(const publications::Rubric& rubric) {
  return {.id = rubric.id, .name = rubric.name, .created_at = to_rfc3339(rubric.created_at)};
}

Result<RubricList> list_rubrics(Call& call) {
  RubricList list;
  for (const auto& rubric : call.with.database.read([&](storage::Transaction& tx) { return rubrics_of(call).of_project(tx, call.project()); })) {
    list.items.push_back(view_of(rubric));
  }
  return list;
}

Result<RubricView> create_rubric(Call& call, const RubricInput& in) {
  TRY_ASSIGN(const auto rubric, call.with.database.write([&](storage::Transaction& tx) {
    return rubrics_of(call).create(tx, call.project(), in.name);
  }));
  return view_of(rubric);
}

Result<RubricView> rename_rubric(Call& call, const RubricInput& in) {
  TRY_ASSIGN(const auto rubric, call.with.database.write([&](storage::Transaction& tx) {
    return rubrics_of(call).rename(tx, call.project(), call.id("rubric"), in.name);
  }));
  return view_of(rubric);
}

Result<> remove_rubric(Call& call) {
  return call.with.database.write([&](storage::Transaction& tx) { return rubrics_of(call).remove(tx, call.project(), call.id("rubric")); });
}

}  // namespace

Routes rubric_routes() {
  return {
      {"GET", "/api/v1/projects/{project}/rubrics", endpoint<list_rubrics>(Access::kMember, 200, "Rubrics of a project")},
      {"POST", "/api/v1/projects/{project}/rubrics", endpoint<create_rubric>(Access::kMember, 201, "Create a rubric")},
      {"PATCH", "/api/v1/projects/{project}/rubrics/{rubric}", endpoint<rename_rubric>(Access::kMember, 200, "Rename a rubric")},
      {"DELETE", "/api/v1/projects/{project}/rubrics/{rubric}",
       endpoint<remove_rubric>(Access::kMember, 204, "Delete a rubric; its publications stay, without one")},
  };
}

}  // namespace postmypost::api::v1
