// What every room declares (base/personal_data.hpp), in the order of the rooms.
#pragma once

#include <vector>

#include "base/personal_data.hpp"

namespace postmypost::app {

std::vector<PersonalData> all_personal_data();

}  // namespace postmypost::app
