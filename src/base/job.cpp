#include "base/job.hpp"

#include <exception>

#include "base/log.hpp"

namespace postmypost {

Job::Job(std::string name, std::chrono::milliseconds after_start, std::chrono::milliseconds between, Work work)
    : name_(std::move(name)), after_start_(after_start), between_(between), work_(std::move(work)), thread_([this] { run(); }) {}

Job::~Job() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Job::run_soon() {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  changed_.notify_one();
}

void Job::run() {
  std::unique_lock lock(mutex_);
  for (auto pause = after_start_;; pause = between_) {
    changed_.wait_for(lock, pause, [this] { return stopping_ || wanted_; });
    if (stopping_) return;
    wanted_ = false;
    lock.unlock();
    work_once();
    lock.lock();
  }
}

void Job::work_once() {
  try {
    work_(stopping_);
  } catch (const std::exception& failure) {  // a store that is full, busy or away: the next round goes on
    log::warning("job.failed", {{"job", name_}, {"what", failure.what()}});
  }
}

}  // namespace postmypost
