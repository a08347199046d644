// What this room keeps: every column of its tables and every file, declared (base/personal_data.hpp).
#pragma once

#include "base/personal_data.hpp"

namespace postmypost::leaving {

extern const PersonalData kPersonalData;

}  // namespace postmypost::leaving
