// `serve --demo`: a project with a month of realistic posts on an empty server, to look around in.
#pragma once

#include "base/result.hpp"

namespace postmypost::app {

class Instance;

// Does nothing on a server that already has people. Errors: those of the parts it uses.
Result<> fill_with_demo(Instance& instance);

}  // namespace postmypost::app
