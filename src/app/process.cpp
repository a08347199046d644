#include "app/process.hpp"

#include <sys/resource.h>

// jemalloc reads this before main. Two arenas, and what is freed goes back to the system within a second: an idle server must not
// keep what each of a dozen threads once needed.
extern "C" const char* malloc_conf = "narenas:2,background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";

namespace postmypost::app {

void allow_many_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace postmypost::app
