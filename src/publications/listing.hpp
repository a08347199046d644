// Numbered pages of a project's publications, in an order that the reader chooses. What was deleted, here or over there, is not
// listed.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "storage/database.hpp"

namespace postmypost::publications {

enum class SortKey { kId, kPostAt, kCreatedAt };  // a draft without a time counts as planned for when it was made
struct Sorting {
  SortKey key = SortKey::kPostAt;
  bool descending = false;
};

struct Listed {
  std::vector<std::int64_t> ids;  // of the page
  std::int64_t total = 0;         // of all pages
};

// `from` and `to`, both or none, are half open. Totals come from counters, or for a span of time from its part of the index.
// What the order leaves open is decided by the id, in the direction of the first key. Past the end there is nothing.
Listed list_page(storage::Transaction& tx, std::int64_t project_id, const std::vector<Sorting>& order,
                 std::optional<Instant> from, std::optional<Instant> to, std::int64_t offset, std::int64_t limit);

}  // namespace postmypost::publications
