// The erasure plan: what belongs to a person, project, account or publication, as the rooms declare it (Belongs in
// base/personal_data.hpp), and how it ends. Who may go, and in which order, is the room `leaving`'s business.
#pragma once

#include <atomic>
#include <map>
#include <string>

#include "privacy/registry.hpp"

namespace postmypost::privacy {

// How many rows ended, by table: the log extract of a destruction act.
using EndedRows = std::map<std::string, std::int64_t>;

// Ends, in this transaction, the owner's rows that an index leads to. What refers goes before what it refers to.
void erase_rows(storage::Transaction& tx, const Registry& registry, Owner owner, std::int64_t id, EndedRows& ended);

// Ends the rest, for which whole tables are read, in pieces. Call it first: those rows refer to the others.
void erase_scattered_rows(storage::Database& database, const Registry& registry, Owner owner, std::int64_t id,
                          EndedRows& ended, const std::atomic<bool>& stop);

}  // namespace postmypost::privacy
