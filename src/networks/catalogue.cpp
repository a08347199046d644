#include "networks/bluesky/bluesky.hpp"
#include "networks/mastodon/mastodon.hpp"
#include "networks/network.hpp"
#include "networks/own_page/own_page.hpp"
#include "networks/telegram/telegram.hpp"

namespace postmypost::networks {

Next Network::withdraw(const Account&, const std::string&, const Progress&, const Progress&) const {
  return Refused{{.code = "network.cannot_withdraw",
                  .detail = "This network lets nobody delete a post this way.",
                  .how_to_fix = "Delete it over there yourself."}};
}

Catalogue::Catalogue(const NetworkSettings& settings) {
  networks_.push_back(make_own_page());
  networks_.push_back(make_telegram(settings));
  networks_.push_back(make_mastodon());
  networks_.push_back(make_bluesky(settings));
}

const Network* Catalogue::find(std::string_view channel) const {
  for (const auto& network : networks_) {
    if (network->channel().id == channel) return network.get();
  }
  return nullptr;
}

}  // namespace postmypost::networks
