#include "usage.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string>

namespace postmypost::bench {
namespace {

double status_mb(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kilobytes = 0;
    if (word == name && status >> kilobytes) return kilobytes / 1024;
  }
  return 0;
}

}  // namespace

double thread_cpu_seconds() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

double process_cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double peak_memory_mb() { return status_mb("VmHWM:"); }
double resident_memory_mb() { return status_mb("VmRSS:"); }

double syncs_per_second(const std::filesystem::path& folder) {
  constexpr std::chrono::seconds kLong{2};
  const std::filesystem::path file = folder / "sync-rate";
  const int handle = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (handle < 0) throw std::runtime_error("no file can be made in " + folder.string());
  const std::array<char, 4096> page{};
  const auto begin = std::chrono::steady_clock::now();
  int count = 0;
  while (std::chrono::steady_clock::now() - begin < kLong) {
    if (::write(handle, page.data(), page.size()) != static_cast<ssize_t>(page.size()) || ::fdatasync(handle) != 0) {
      throw std::runtime_error("the disk of " + folder.string() + " does not take a page");
    }
    ++count;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  ::close(handle);
  std::filesystem::remove(file);
  return count / seconds;
}

}  // namespace postmypost::bench
