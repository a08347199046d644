#include "storage/postgresql/line.hpp"

#include <algorithm>
#include <utility>

#include "storage/postgresql/worker.hpp"

namespace postmypost::storage::postgresql {

Line::Line(LineRules rules, IdBlocks& ids) : rules_(std::move(rules)), ids_(ids) {
  for (int i = 0; i < rules_.threads; ++i) threads_.emplace_back([this] { Worker(*this).run(); });
}

Line::~Line() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  ended_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Line::submit(std::function<bool(Transaction&)> run, std::function<void(std::exception_ptr)> done) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back({.run = std::move(run),
                      .done = std::move(done),
                      .give_up_at = std::chrono::steady_clock::now() + rules_.patience});
  }
  changed_.notify_one();
}

bool Line::is_this_thread() const {
  return std::ranges::any_of(threads_, [](const std::thread& t) { return t.get_id() == std::this_thread::get_id(); });
}

std::optional<Line::Work> Line::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
  return take_first();
}

std::optional<Line::Work> Line::take() {
  const std::lock_guard lock(mutex_);
  return take_first();
}

std::optional<Line::Work> Line::take_first() {
  if (queue_.empty()) return std::nullopt;
  std::optional<Work> work(std::move(queue_.front()));
  queue_.pop_front();
  return work;
}

std::vector<Line::Work> Line::take_given_up() {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  const auto given_up =
      std::ranges::find_if(queue_, [&](const Work& work) { return !ending_ && work.give_up_at > now; });
  std::vector<Work> works(std::move_iterator(queue_.begin()), std::move_iterator(given_up));
  queue_.erase(queue_.begin(), given_up);
  return works;
}

bool Line::is_empty() {
  const std::lock_guard lock(mutex_);
  return queue_.empty();
}

bool Line::may_wait(const Work& work) {
  const std::lock_guard lock(mutex_);
  return !ending_ && std::chrono::steady_clock::now() < work.give_up_at;
}

void Line::rest(std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  ended_.wait_for(lock, pause, [this] { return ending_; });
}

}  // namespace postmypost::storage::postgresql
