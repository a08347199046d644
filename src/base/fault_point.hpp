// Named places where a crash test may kill this process.
//
// A test hook: with POSTMYPOST_FAULT="name:hit" in the environment the process sends itself SIGKILL
// at that hit (counted from 1) of that name; with "name:hit:sleep_ms" the thread first stands still
// there for so long while the others go on, and with "name:hit:stop" it sends SIGSTOP instead, so that a
// test decides when it goes on. POSTMYPOST_FAULT_LIST=FILE appends each name the first
// time it is passed, so that a test can list the points before it uses them. Without either it
// costs one relaxed load. Thread-safe.
#pragma once

#include <atomic>
#include <string_view>

namespace postmypost::fault {

extern std::atomic<bool> armed;
void pass(std::string_view name);

// Reads the environment anew and counts from zero: for a child that a test forks. Done once when a
// program starts.
void arm_from_environment();

}  // namespace postmypost::fault

#define FAULT_POINT(name)                                           \
  do {                                                              \
    if (::postmypost::fault::armed.load(std::memory_order_relaxed)) \
      ::postmypost::fault::pass(name);                              \
  } while (false)
