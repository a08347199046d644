#include "app/migrations.hpp"

#include "accounts/schema.hpp"
#include "api/schema.hpp"
#include "cabinet/schema.hpp"
#include "care/schema.hpp"
#include "identity/schema.hpp"
#include "leaving/schema.hpp"
#include "media/schema.hpp"
#include "pages/schema.hpp"
#include "privacy/schema.hpp"
#include "projects/schema.hpp"
#include "publications/schema.hpp"
#include "publishing/policies_schema.hpp"
#include "publishing/schema.hpp"
#include "vault/schema.hpp"

namespace postmypost::app {

std::vector<storage::Migration> all_migrations() {
  return {
      {1, "vault", vault::kSchema},         {2, "identity", identity::kSchema},
      {3, "projects", projects::kSchema},   {4, "media", media::kSchema},
      {5, "publications", publications::kSchema}, {6, "pages", pages::kSchema},
      {7, "accounts", accounts::kSchema},   {8, "publishing", publishing::kSchema},
      {9, "publishing", publishing::kWorkersSchema},
      {10, "publishing", publishing::kPoliciesSchema},
      {11, "publications", publications::kErasureSchema},
      {12, "identity", identity::kLeavingSchema},
      {13, "privacy", privacy::kSchema},
      {14, "identity", identity::kChoicesSchema},
      {15, "care", care::kNoticesSchema},
      {16, "care", care::kTicketsSchema},
      {17, "care", care::kRegistersSchema},
      {18, "vault", vault::kPeopleSchema},
      {19, "cabinet", cabinet::kSchema},
      {20, "identity", identity::kRestrictionSchema},
      {21, "leaving", leaving::kSchema},
      {23, "publications", publications::kStagesSchema},
      {24, "media", media::kUploadsSchema},
      {25, "leaving", leaving::kRemovalSchema},
      {27, "identity", identity::kTokensSchema},
      {28, "api", api::kSchema},
      {29, "publishing", publishing::kEventsSchema},
  };
}

}  // namespace postmypost::app
