// Publications and deliveries as the API shows them.
#pragma once

#include "api/v1/endpoint.hpp"
#include "publications/preflight.hpp"
#include "publishing/overview.hpp"

namespace postmypost::api::v1 {

PublicationView publication_view(const Call& call, storage::Transaction& tx, const publications::Publication& p);
// The same after it changed, by id.
Result<PublicationView> publication_view(Call& call, std::int64_t id);
PreflightView preflight_view(const publications::Preflight& preflight, const publications::ResolvedTime& time,
                             const std::string& zone);
DeliveryView delivery_view(const Call& call, storage::Transaction& tx, const publishing::Delivery& d);
CardView card_view(const Call& call, storage::Transaction& tx, const publications::Publication& p);

}  // namespace postmypost::api::v1
