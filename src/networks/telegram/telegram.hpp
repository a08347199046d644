// Telegram by the Bot API (core.telegram.org/bots/api). Class VI: no key and no listing, so a lost answer is a doubt.
#pragma once

#include <memory>

#include "networks/network.hpp"

namespace postmypost::networks {

std::unique_ptr<Network> make_telegram(const NetworkSettings& settings);

}  // namespace postmypost::networks
