// Mastodon and servers that speak its API. The idempotency class belongs to the server's software and version.
#pragma once

#include <memory>

#include "networks/network.hpp"

namespace postmypost::networks {

std::unique_ptr<Network> make_mastodon();

}  // namespace postmypost::networks
