#include "app/registry_command.hpp"

#include <boost/json.hpp>
#include <iostream>

#include "app/command_client.hpp"
#include "app/instance.hpp"
#include "app/personal_data.hpp"
#include "privacy/necessity.hpp"
#include "privacy/printing.hpp"

namespace postmypost::app {
namespace {

// Every network a person can connect; the own page stays here.
std::vector<privacy::Recipient> recipients_of(const networks::Catalogue& catalogue) {
  std::vector<privacy::Recipient> recipients;
  for (const auto& network : catalogue.all()) {
    const networks::ChannelDescription& channel = network->channel();
    if (channel.id != "own_page") recipients.push_back({std::string(channel.name), std::string(channel.country)});
  }
  return recipients;
}

int print_necessity(const Options& options) {
  if (is_server_running(options)) return send_command(options, "necessity", {});
  auto stores = Stores::open(options);
  if (!stores) {
    std::fprintf(stderr, "postmypost: %s\n  %s\n", stores.error().detail.c_str(), stores.error().how_to_fix.c_str());
    return 1;
  }
  const privacy::Registry registry(all_personal_data());
  std::cout << necessity_report(held_values(*(*stores)->database, registry));
  return 0;
}

}  // namespace

int print_registry(const Options& options, const RegistryArguments& arguments) {
  if (arguments.reads) {
    if (is_server_running(options)) return send_command(options, "reads", {});
    std::fputs("postmypost: no server works with this data, so nothing was counted.\n  Name its folder with --data.\n",
               stderr);
    return 1;
  }
  if (arguments.necessity) return print_necessity(options);
  const privacy::Registry registry(all_personal_data());
  if (arguments.json) {
    std::cout << boost::json::serialize(registry_json(registry)) << "\n";
  } else if (!arguments.record.empty()) {
    std::cout << record_of_processing(registry, privacy::language_of(arguments.record),
                                      recipients_of(networks::Catalogue(options.networks)));
  } else {
    std::cout << registry_page(registry);
  }
  return 0;
}

}  // namespace postmypost::app
