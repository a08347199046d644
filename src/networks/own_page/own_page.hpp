// The own page: hosted here, its step is a LocalEffect, so it is published exactly once without a gate.
#pragma once

#include <memory>

#include "networks/network.hpp"

namespace postmypost::networks {

std::unique_ptr<Network> make_own_page();

}  // namespace postmypost::networks
