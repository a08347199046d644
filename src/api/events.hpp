// Live changes for clients: one stream a browser, fed from the outbox (publishing), at least once each.
//
// An event's id is its instant in microseconds. A client that comes back with the last one it heard gets everything since, and
// some of it twice: rows of several processes are not committed in the order of their instants. Whoever was away longer than
// the outbox is kept (a day), or missed more than fits, hears `reset` and reads anew. Only what its listener may see is sent: their
// projects and whether they are still signed in are asked again with each look. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/message.hpp"
#include "identity/actor.hpp"
#include "identity/identity.hpp"
#include "storage/database.hpp"

namespace postmypost::api {

// A row of the outbox.
struct Announced {
  std::int64_t id = 0;
  std::string topic;  // "delivery.published", "publication.changed"
  std::int64_t project_id = 0, publication_id = 0;
  std::optional<std::int64_t> delivery_id = {};
  Instant at;
};

class Events {
 public:
  Events(storage::Database& database, const identity::Identity& identity, const Clock& clock);
  ~Events();
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  // `after`: the Last-Event-ID of one who comes back. Errors: `events.too_many` (of one person, or of all).
  Result<std::shared_ptr<http::Feed>> listen(const identity::Actor& actor, std::optional<Instant> after);

 private:
  class Stream;
  void run();
  void look();
  std::vector<std::shared_ptr<Stream>> streams();

  storage::Database& database_;
  const identity::Identity& identity_;
  const Clock& clock_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::weak_ptr<Stream>> streams_;
  bool stopping_ = false;

  // Of the thread that looks.
  Instant looked_until_{};
  std::set<std::pair<Instant, std::int64_t>> seen_;
  std::thread thread_;  // the last: it uses all the others from its first moment
};

}  // namespace postmypost::api
