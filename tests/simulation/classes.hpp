// Small connectors for idempotency classes that no connector of the product has yet.
#pragma once

#include <memory>

#include "networks/network.hpp"

namespace postmypost::simulation {

std::unique_ptr<networks::Network> make_two_phase();     // class III, as Instagram's containers
std::unique_ptr<networks::Network> make_refuses_same();  // class IV, as X's duplicate check

}  // namespace postmypost::simulation
