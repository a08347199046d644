// Accounts as the API shows them.
#pragma once

#include "api/v1/call.hpp"
#include "api/v1/shapes.hpp"

namespace postmypost::api::v1 {

networks::AccountFacts facts_of(const projects::AccountRow& row);
networks::Capabilities capabilities_of(const Call& call, const projects::AccountRow& row);
AccountView account_view(const Call& call, storage::Transaction& tx, const projects::AccountRow& row);

}  // namespace postmypost::api::v1
