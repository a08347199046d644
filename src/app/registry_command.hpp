// `postmypost registry`: what the program keeps, printed from the declarations of the rooms.
#pragma once

#include <string>

#include "app/options.hpp"

namespace postmypost::app {

struct RegistryArguments {
  bool necessity = false;
  bool json = false, reads = false;
  std::string record;  // "ru", "en": the record of processing instead
};

// Returns the exit code. `reads` asks the running server.
int print_registry(const Options& options, const RegistryArguments& arguments);

}  // namespace postmypost::app
