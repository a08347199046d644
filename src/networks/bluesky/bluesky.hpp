// Bluesky and every AT Protocol PDS (atproto.com). Class II: the record key is chosen beforehand.
#pragma once

#include <memory>

#include "networks/network.hpp"

namespace postmypost::networks {

std::unique_ptr<Network> make_bluesky(const NetworkSettings& settings);

}  // namespace postmypost::networks
