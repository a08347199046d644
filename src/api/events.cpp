#include "api/events.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "base/json.hpp"
#include "base/log.hpp"
#include "base/zones.hpp"
#include "projects/projects.hpp"

namespace postmypost::api {
namespace {

constexpr std::chrono::milliseconds kLookEvery{300};
constexpr Duration kOverlap = seconds(10);  // between an instant and the commit of its row
constexpr Duration kKept = days(1);         // of the outbox: Retention::kAnswer
constexpr std::size_t kMostMissed = 1'000;
constexpr std::size_t kMostWaiting = 5'000;  // of a client that does not read
constexpr std::size_t kMostStreams = 512;
constexpr std::ptrdiff_t kMostOfOne = 8;

std::vector<Announced> announced_since(storage::Transaction& tx, Instant after, std::size_t most) {
  std::vector<Announced> rows;
  tx.each(
      "select o.id, o.topic, o.project_id, o.subject_id, o.at, d.publication_id from outbox o left join delivery d on d.id = "
      "o.subject_id and o.topic like 'delivery.%' where o.at > $1 order by o.at, o.id limit $2",
      {after.us, static_cast<std::int64_t>(most)}, [&](const storage::Row& row) {
        Announced one{.id = row.get<std::int64_t>(0), .topic = row.text(1), .project_id = row.get<std::int64_t>(2), .at = row.get<Instant>(4)};
        const auto subject = row.get<std::int64_t>(3);
        if (one.topic.starts_with("delivery.")) {
          one.delivery_id = subject;
          one.publication_id = row.get<std::optional<std::int64_t>>(5).value_or(0);  // 0: erased since
        } else {
          one.publication_id = subject;
        }
        rows.push_back(std::move(one));
      });
  return rows;
}

std::string in_words(const Announced& one) {
  json::object data{{"topic", one.topic}, {"project_id", one.project_id}, {"publication_id", one.publication_id}, {"at", to_rfc3339(one.at)}};
  if (one.delivery_id) data["delivery_id"] = *one.delivery_id;
  return fmt::format("id: {}\nevent: change\ndata: {}\n\n", one.at.us, json::serialize(data));
}

}  // namespace

class Events::Stream final : public http::Feed {
 public:
  explicit Stream(identity::Actor actor) : actor_(std::move(actor)) {}

  std::optional<std::string> next() override {
    const std::lock_guard lock(mutex_);
    if (is_over_ && waiting_.empty()) return std::nullopt;
    std::string text;
    for (std::string& one : waiting_) text += one;
    waiting_.clear();
    return text;
  }

  void say(std::string text) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(text));
    if (waiting_.size() > kMostWaiting) is_over_ = true;  // it comes back with its Last-Event-ID
  }
  void end() {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }

  const identity::Actor& actor() const { return actor_; }
  std::set<std::int64_t> projects;  // of the thread that looks

 private:
  const identity::Actor actor_;
  std::mutex mutex_;
  std::deque<std::string> waiting_{"retry: 2000\n\n"};
  bool is_over_ = false;
};

Events::Events(storage::Database& database, const identity::Identity& identity, const Clock& clock)
    : database_(database), identity_(identity), clock_(clock), thread_([this] { run(); }) {}

Events::~Events() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Result<std::shared_ptr<http::Feed>> Events::listen(const identity::Actor& actor, std::optional<Instant> after) {
  auto stream = std::make_shared<Stream>(actor);
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(streams_, [](const auto& one) { return one.expired(); });
    const auto of_one = std::ranges::count_if(streams_, [&](const auto& weak) {
      const auto one = weak.lock();
      return one && one->actor().user_id == actor.user_id;
    });
    if (of_one >= kMostOfOne || streams_.size() >= kMostStreams) {
      return fail({.kind = ErrorKind::kTooMany,
                   .code = "events.too_many",
                   .detail = "Too many streams of events are open.",
                   .rule = "streams=" + std::to_string(kMostOfOne),
                   .how_to_fix = "Use one stream for everything you show, and close the others.",
                   .retry_after_s = 10});
    }
    streams_.push_back(stream);
  }
  changed_.notify_all();
  if (!after) return stream;
  // From here on what is new is said by `look`; twice is allowed.
  const auto missed = database_.read([&](storage::Transaction& tx) {
    const std::set<std::int64_t> mine = projects::Projects::ids_of_user(tx, actor.user_id);
    auto rows = announced_since(tx, *after - kOverlap, kMostMissed + 1);
    const bool fits = rows.size() <= kMostMissed && *after + kKept > clock_.now();
    if (!fits) return std::string("event: reset\ndata: {}\n\n");
    std::string text;
    for (const Announced& one : rows) {
      if (mine.contains(one.project_id)) text += in_words(one);
    }
    return text;
  });
  stream->say(missed);
  return stream;
}

std::vector<std::shared_ptr<Events::Stream>> Events::streams() {
  std::vector<std::shared_ptr<Stream>> alive;
  for (const auto& weak : streams_) {
    if (auto stream = weak.lock()) alive.push_back(std::move(stream));
  }
  return alive;
}

void Events::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (streams().empty()) {
      looked_until_ = {};
      seen_.clear();
      changed_.wait(lock);
      continue;
    }
    lock.unlock();
    try {
      look();
    } catch (const std::exception& failure) {  // the store is away: the next look tells what was missed
      log::warning("events.failed", {{"why", failure.what()}});
    }
    lock.lock();
    changed_.wait_for(lock, kLookEvery, [this] { return stopping_; });
  }
}

void Events::look() {
  const Instant now = clock_.now();
  if (looked_until_ == Instant{}) looked_until_ = now;
  std::vector<std::shared_ptr<Stream>> all;
  {
    const std::lock_guard lock(mutex_);
    all = streams();
  }
  const auto rows = database_.read([&](storage::Transaction& tx) {
    for (const auto& stream : all) {
      stream->projects = projects::Projects::ids_of_user(tx, stream->actor().user_id);
      if (!identity_.is_alive(tx, stream->actor())) stream->end();
    }
    return announced_since(tx, looked_until_ - kOverlap, kMostWaiting);
  });
  for (const Announced& one : rows) {
    if (!seen_.emplace(one.at, one.id).second) continue;
    for (const auto& stream : all) {
      if (stream->projects.contains(one.project_id)) stream->say(in_words(one));
    }
    looked_until_ = std::max(looked_until_, one.at);
  }
  std::erase_if(seen_, [&](const auto& one) { return one.first < looked_until_ - kOverlap - kOverlap; });
}

}  // namespace postmypost::api
