// What the sent-journal tells of deliveries. Private to the room.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "publishing/delivery.hpp"
#include "publishing/dispatcher.hpp"

namespace postmypost::publishing {

// Of one delivery: the last of its entries decide.
struct Story {
  std::int64_t generation = 0, epoch = 0;
  Instant at;  // of its GATE
  bool gated = false;
  std::string outcome, sealed;
};
using Stories = std::map<std::string, Story>;  // by uid

// Behind entry `number`.
Stories stories_after(const journal::Journal& journal, std::uint64_t number);
// The last entry that the database knows of its journal.
std::uint64_t known_number(storage::Database& database, const journal::Journal& journal);
// The newest timeline that a beat behind that entry tells of.
std::string newest_timeline(const journal::Journal& journal, std::uint64_t number);
// The journal that this database knew then, whole, and still the one that everything was written into.
bool tells_everything(storage::Database& database, const journal::Journal& journal);
std::string incarnation_in(storage::Transaction& tx);

std::optional<Delivery> find_by_uid(storage::Transaction& tx, const std::string& uid);
// `found` as its story knows it to be published.
Delivery as_published(const Surroundings& with, Delivery found, const Story& story);

// Runs `work(tx, one)` on all in pieces, each a write of its own of about 5 ms.
template <class T, class Work>
void in_pieces(storage::Database& database, const std::vector<T>& all, Work work) {
  constexpr std::size_t kPiece = 100;
  for (std::size_t begin = 0; begin < all.size(); begin += kPiece) {
    const std::span<const T> piece(all.data() + begin, std::min(kPiece, all.size() - begin));
    const auto write = [&](storage::Transaction& tx) {
      for (const T& one : piece) work(tx, one);
    };
    database.write(write, storage::Queue::kEngine);
  }
}

}  // namespace postmypost::publishing
