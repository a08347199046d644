// Which texts a person has read, for the rooms' own use.
#pragma once

#include "storage/database.hpp"

namespace postmypost::identity {

// The current versions of the policy and of the terms.
bool has_acknowledged(storage::Transaction& tx, std::int64_t user);

}  // namespace postmypost::identity
