// A delivery: one publication going to one account, the unit the engine works on. Plain rows and their reading.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error_json.hpp"
#include "base/result.hpp"
#include "publications/publications.hpp"
#include "publishing/states.hpp"
#include "storage/database.hpp"

namespace postmypost::publishing {

struct Delivery {
  std::int64_t id = 0;
  std::int64_t project_id = 0, publication_id = 0, account_id = 0;
  std::string channel;
  std::string uid;                 // 128 random bits in hex, never used again: network keys name it
  State state = State::kScheduled;
  std::optional<std::string> reason;
  Instant due;
  publications::LatePolicy late_policy = publications::LatePolicy::kHold;
  std::optional<Instant> ready_at;
  std::int64_t generation = 0;     // explicit human "publish again"
  std::int64_t epoch = 0;          // number of the claim; an older one loses at the gate
  std::int64_t tries = 0;          // claims of this generation that ended in RETRY_WAIT
  std::int64_t absences = 0;       // authoritative reads that did not find it
  std::string text_digest;
  std::optional<std::string> content_digest;
  std::optional<Instant> frozen_at;
  boost::json::object progress;
  std::optional<Error> last_error;
  std::optional<std::int64_t> disclosure_id;
  std::optional<std::string> remote_id, permalink;
  std::optional<Instant> sent_at;
};

// Only a person can say whether the post is there: nobody could read it, or a restore lost what we knew.
inline bool is_undecided(const Delivery& d) {
  return d.state == State::kHeld && (d.reason == reason::kUndecided || d.reason == reason::kRestored);
}

// `tail` begins with FROM and calls the table d: "from delivery d where d.state=$1".
std::vector<Delivery> select_deliveries(storage::Transaction& tx, std::string_view tail,
                                        const std::vector<storage::Parameter>& parameters);
std::optional<Delivery> load_delivery(storage::Transaction& tx, std::int64_t id);
std::vector<Delivery> deliveries_of(storage::Transaction& tx, std::int64_t publication_id);
// Of many at once, by publication.
std::map<std::int64_t, std::vector<Delivery>> deliveries_of_each(storage::Transaction& tx, std::span<const std::int64_t> publications);

}  // namespace postmypost::publishing
