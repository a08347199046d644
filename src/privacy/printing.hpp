// The registry as documents: docs/privacy/registry.md, the machine's JSON, and the record of processing in two
// languages.
#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>

#include "privacy/registry.hpp"
#include "privacy/words.hpp"

namespace postmypost::privacy {

std::string registry_page(const Registry& registry);  // Markdown, by codes
boost::json::object registry_json(const Registry& registry);

struct Recipient {
  std::string name, country;  // ISO 3166; empty: whoever runs the server that the person names
};
// Markdown: what a record of processing asks of the service. What only the operator knows is left to be filled in.
std::string record_of_processing(const Registry& registry, Language language, std::span<const Recipient> recipients);

}  // namespace postmypost::privacy
