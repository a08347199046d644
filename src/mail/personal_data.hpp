// What this room keeps: every column of its tables, declared (base/personal_data.hpp).
#pragma once

#include "base/personal_data.hpp"

namespace postmypost::mail {

extern const PersonalData kPersonalData;

}  // namespace postmypost::mail
