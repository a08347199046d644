#include "base/fault_point.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <set>
#include <string>

namespace postmypost::fault {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

struct Plan {
  std::string name, list;
  long hit = 0;

  Plan() : list(environment("POSTMYPOST_FAULT_LIST")) {
    const std::string fault = environment("POSTMYPOST_FAULT");
    const auto colon = fault.rfind(':');
    if (colon == std::string::npos) return;
    name = fault.substr(0, colon);
    hit = std::strtol(fault.c_str() + colon + 1, nullptr, 10);
  }
};

const Plan plan;

}  // namespace

std::atomic<bool> armed{std::getenv("POSTMYPOST_FAULT") != nullptr || std::getenv("POSTMYPOST_FAULT_LIST") != nullptr};

void pass(std::string_view name) {
  static std::mutex mutex;
  static std::set<std::string, std::less<>> seen;
  static long hits = 0;
  const std::lock_guard lock(mutex);
  if (!plan.list.empty() && seen.emplace(name).second) {
    const int file = ::open(plan.list.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    const std::string line = std::string(name) + "\n";
    if (file >= 0 && ::write(file, line.data(), line.size()) < 0) std::abort();
    if (file >= 0) ::close(file);
  }
  if (name == plan.name && ++hits == plan.hit) ::kill(::getpid(), SIGKILL);
}

}  // namespace postmypost::fault
