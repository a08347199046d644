// What a legal request may name of a person, one kind of data at a time (clause 3.2.5; care/legal_requests.hpp decides when).
#pragma once

#include <array>
#include <string>
#include <vector>

#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::identity {

inline constexpr std::array kExtracted{Category::kName,   Category::kEmail,    Category::kIpAddress,
                                       Category::kDevice, Category::kActivity, Category::kAgreement};

bool may_be_extracted(Category category);
// In words, each value on its own; none for a kind that may not be extracted.
std::vector<std::string> extract(storage::Transaction& tx, const vault::Vault& vault, std::int64_t user, Category category);

}  // namespace postmypost::identity
