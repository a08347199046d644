// Publications and deliveries as the API shows them.
#pragma once

#include "api/v1/endpoint.hpp"
#include "publications/preflight.hpp"
#include "publishing/overview.hpp"
#include "publishing/planning.hpp"

namespace postmypost::api::v1 {

PublicationView publication_view(const Call& call, storage::Transaction& tx, const publications::Publication& p);
// The same after it changed, by id.
Result<PublicationView> publication_view(Call& call, std::int64_t id);

// A publication of this transaction's making, with what was looked up for it.
struct NewPublication {
  publications::Publication publication;
  std::vector<projects::AccountRow> accounts;
  std::vector<media::File> files;
  std::vector<publishing::Planning::Made> deliveries;
};
// The same view, from what was stored a moment ago; what is due already is looked at anew, because the engine may have it.
Result<PublicationView> new_publication_view(Call& call, const NewPublication& made);

PreflightView preflight_view(const publications::Preflight& preflight, const publications::ResolvedTime& time,
                             const std::string& zone);
DeliveryView delivery_view(const Call& call, storage::Transaction& tx, const publishing::Delivery& d);
CardView card_view(const Call& call, storage::Transaction& tx, const publications::Publication& p,
                   const std::vector<publishing::Delivery>& deliveries);

}  // namespace postmypost::api::v1
