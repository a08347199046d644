// The words of base/purposes.hpp under the vault's name; they live in `base` because rooms below the vault declare data too.
#pragma once

#include "base/purposes.hpp"

namespace postmypost::vault {

using postmypost::allowed;
using postmypost::Category;
using postmypost::is_decided_by_person;
using postmypost::Purpose;

}  // namespace postmypost::vault
