// What this server calls personal information, from the registry (clause 1.1 of the policy).
#include "api/v1/api.hpp"
#include "privacy/registry.hpp"

namespace postmypost::api::v1 {

struct GroundView {
  std::string purpose, clause, basis;
};
BOOST_DESCRIBE_STRUCT(GroundView, (), (purpose, clause, basis))

struct PlaceView {
  std::string medium, name, subject, kept, retention;
  std::optional<std::int64_t> days;
  bool in_force = false;
};
BOOST_DESCRIBE_STRUCT(PlaceView, (), (medium, name, subject, kept, retention, days, in_force))

struct KindView {
  std::string category, clause;
  std::vector<GroundView> purposes;
  std::vector<PlaceView> places;
};
BOOST_DESCRIBE_STRUCT(KindView, (), (category, clause, purposes, places))

struct DefinitionView {
  std::vector<KindView> kinds;
};
BOOST_DESCRIBE_STRUCT(DefinitionView, (), (kinds))

namespace {

std::vector<PlaceView> places_of(const privacy::Registry& registry, Category category) {
  std::vector<PlaceView> places;
  for (const PersonalData& room : registry.rooms()) {
    for (const Declared& one : room.declared) {
      if (!one.personal || one.personal->category != category) continue;
      const RetentionFacts& rule = facts_of(one.personal->retention);
      for (std::string& name : privacy::full_names(one)) {
        places.push_back({.medium = std::string(to_string(one.medium)),
                          .name = std::move(name),
                          .subject = std::string(to_string(one.personal->subject)),
                          .kept = std::string(to_string(one.personal->kept)),
                          .retention = std::string(rule.code),
                          .days = rule.days > 0 ? std::optional<std::int64_t>(rule.days) : std::nullopt,
                          .in_force = rule.in_force});
      }
    }
  }
  return places;
}

Result<DefinitionView> show_definition(Call& call) {
  DefinitionView view;
  for (const CategoryFacts& facts : kCategories) {
    KindView kind{
        .category = std::string(facts.code), .clause = std::string(facts.clause), .purposes = {}, .places = {}};
    for (const Ground& ground : kGrounds) {
      if (ground.category != facts.category) continue;
      const PurposeFacts& purpose = facts_of(ground.purpose);
      kind.purposes.push_back(
          {std::string(purpose.code), std::string(purpose.clause), std::string(to_string(ground.basis))});
    }
    kind.places = places_of(call.with.registry, facts.category);
    view.kinds.push_back(std::move(kind));
  }
  return view;
}

}  // namespace

Routes privacy_routes() {
  return {
      {"GET", "/api/v1/privacy/definition",
       endpoint<show_definition>(Access::kAnyone, 200, "What counts as personal information here")},
  };
}

}  // namespace postmypost::api::v1
