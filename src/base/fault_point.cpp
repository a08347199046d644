#include "base/fault_point.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace postmypost::fault {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

struct Plan {
  std::string name, list;
  long hit = 0;
  int signal = SIGKILL;
  std::chrono::milliseconds sleep{0};
  std::set<std::string, std::less<>> seen = {};
  long hits = 0;
};

Plan plan_from_environment() {
  Plan plan{.name = {}, .list = environment("POSTMYPOST_FAULT_LIST")};
  const std::string fault = environment("POSTMYPOST_FAULT");
  const auto colon = fault.find(':');
  if (colon == std::string::npos) return plan;
  plan.name = fault.substr(0, colon);
  char* end = nullptr;
  plan.hit = std::strtol(fault.c_str() + colon + 1, &end, 10);
  if (std::string_view(end) == ":stop") plan.signal = SIGSTOP;
  else if (*end == ':') plan.sleep = std::chrono::milliseconds(std::strtol(end + 1, nullptr, 10));
  return plan;
}

std::mutex mutex;
Plan plan = plan_from_environment();

bool is_set(const Plan& p) { return !p.name.empty() || !p.list.empty(); }

void list(Plan& p, std::string_view name) {
  if (p.list.empty() || !p.seen.emplace(name).second) return;
  const int file = ::open(p.list.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  const std::string line = std::string(name) + "\n";
  if (file < 0 || ::write(file, line.data(), line.size()) < 0) std::abort();
  ::close(file);
}

}  // namespace

std::atomic<bool> armed{is_set(plan)};

void arm_from_environment() {
  const std::lock_guard lock(mutex);
  plan = plan_from_environment();
  armed = is_set(plan);
}

void pass(std::string_view name) {
  std::unique_lock lock(mutex);
  list(plan, name);
  if (name != plan.name || ++plan.hits != plan.hit) return;
  const auto sleep = plan.sleep;
  const int signal = plan.signal;
  lock.unlock();
  std::this_thread::sleep_for(sleep);
  ::kill(::getpid(), signal);
}

}  // namespace postmypost::fault
