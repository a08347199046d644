#include "publications/rubrics.hpp"

#include "base/text.hpp"

namespace postmypost::publications {
namespace {

using vault::Category;
using vault::KeyScope;
using vault::Purpose;

constexpr std::size_t kLongestName = 100;
constexpr std::int64_t kMostRubrics = 500;

vault::Place name_place(std::int64_t rubric, std::int64_t project) {
  return {"rubric", "name", rubric, KeyScope::kProject, project};
}

Result<> check_name(std::string& name) {
  name = tidy(name);
  if (name.empty()) {
    return fail({.code = "rubric.name_empty", .detail = "The rubric needs a name.", .field = "/name", .rule = "required",
                 .how_to_fix = "Write a name."});
  }
  if (count_graphemes(name) > kLongestName) {
    return fail({.code = "rubric.name_too_long", .detail = "The name has more than 100 characters.", .field = "/name",
                 .rule = "max_grapheme=100", .how_to_fix = "Shorten the name."});
  }
  return {};
}

}  // namespace

Result<Rubric> Rubrics::create(storage::Transaction& tx, std::int64_t project_id, std::string name) const {
  TRY(check_name(name));
  const auto count = tx.value<std::int64_t>("select count(*) from rubric where project_id=$1", project_id).value_or(0);
  if (count >= kMostRubrics) {
    return fail({.kind = ErrorKind::kConflict, .code = "rubric.too_many", .detail = "The project has 500 rubrics already.",
                 .rule = "max_items=500", .how_to_fix = "Delete one first."});
  }
  Rubric rubric{.id = tx.next_id("rubric"), .project_id = project_id, .name = std::move(name), .created_at = clock_.now()};
  const auto sealed = vault_.seal<Category::kContent>(name_place(rubric.id, project_id), rubric.name);
  tx.execute("insert into rubric (id, project_id, name, created_at) values ($1,$2,$3,$4)", rubric.id, project_id,
             storage::Blob{sealed.bytes}, rubric.created_at);
  return rubric;
}

Result<Rubric> Rubrics::rename(storage::Transaction& tx, std::int64_t project_id, std::int64_t id, std::string name) const {
  TRY_ASSIGN(Rubric rubric, find(tx, project_id, id));
  TRY(check_name(name));
  rubric.name = std::move(name);
  const auto sealed = vault_.seal<Category::kContent>(name_place(id, project_id), rubric.name);
  tx.execute("update rubric set name=$2 where id=$1", id, storage::Blob{sealed.bytes});
  return rubric;
}

Result<> Rubrics::remove(storage::Transaction& tx, std::int64_t project_id, std::int64_t id) const {
  TRY(find(tx, project_id, id));
  tx.execute("update publication set rubric_id=null where rubric_id=$1", id);
  tx.execute("delete from rubric where id=$1", id);
  return {};
}

Result<Rubric> Rubrics::find(storage::Transaction& tx, std::int64_t project_id, std::int64_t id) const {
  const auto row = tx.row<storage::Blob, Instant>("select name, created_at from rubric where id=$1 and project_id=$2", id, project_id);
  if (!row) return not_found("rubric");
  return Rubric{.id = id,
                .project_id = project_id,
                .name = vault_.open<Purpose::kCabinet>(name_place(id, project_id),
                                                       vault::Sealed<Category::kContent>{std::get<0>(*row).bytes}),
                .created_at = std::get<1>(*row)};
}

std::vector<Rubric> Rubrics::of_project(storage::Transaction& tx, std::int64_t project_id) const {
  std::vector<Rubric> all;
  for (const auto& [id] : tx.rows<std::int64_t>("select id from rubric where project_id=$1 order by id", project_id)) {
    all.push_back(find(tx, project_id, id).value());
  }
  return all;
}

}  // namespace postmypost::publications
