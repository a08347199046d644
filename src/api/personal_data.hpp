#pragma once

#include "base/personal_data.hpp"

namespace postmypost::api {

extern const PersonalData kPersonalData;

}  // namespace postmypost::api
