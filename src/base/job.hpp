// Work that a process does again and again beside everything else: first some time after its start, then at intervals.
//
// One thread of its own. The work gets a flag that turns true when it is to end early; ending the job waits for it. What it
// throws is logged by its name, and the next round goes on.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace postmypost {

class Job {
 public:
  using Work = std::function<void(const std::atomic<bool>& stop)>;
  Job(std::string name, std::chrono::milliseconds after_start, std::chrono::milliseconds between, Work work);
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  void run_soon();  // without waiting for the interval

 private:
  void run();
  void work_once();

  const std::string name_;
  const std::chrono::milliseconds after_start_, between_;
  const Work work_;
  std::atomic<bool> stopping_{false};
  bool wanted_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace postmypost
