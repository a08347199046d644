// Named places where a crash test may kill this process.
//
// A test hook: with POSTMYPOST_FAULT="name:hit" in the environment the process sends itself SIGKILL at that hit (counted
// from 1) of that name; POSTMYPOST_FAULT_LIST=FILE appends each name the first time it is passed, so that a test can list
// the points before it uses them. Without either it costs one relaxed load.
#pragma once

#include <atomic>
#include <string_view>

namespace postmypost::fault {

extern std::atomic<bool> armed;
void pass(std::string_view name);

}  // namespace postmypost::fault

#define FAULT_POINT(name)                                                                 \
  do {                                                                                    \
    if (::postmypost::fault::armed.load(std::memory_order_relaxed)) ::postmypost::fault::pass(name); \
  } while (false)
