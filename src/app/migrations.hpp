// The tables of every room, in the order in which they came.
#pragma once

#include <vector>

#include "storage/database.hpp"

namespace postmypost::app {

std::vector<storage::Migration> all_migrations();

}  // namespace postmypost::app
