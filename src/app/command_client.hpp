// Commands that work on the data: through the running server's socket, or, when none runs, on the data itself.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "app/options.hpp"

namespace postmypost::app {

// Prints the answer; returns the exit code.
int send_command(const Options& options, const std::string& command, const boost::json::object& body);

bool is_server_running(const Options& options);

}  // namespace postmypost::app
