// What a run cost: CPU time of threads and of the process, memory.
#pragma once

#include <boost/json.hpp>

#include <filesystem>

namespace postmypost::bench {

double thread_cpu_seconds();   // of the calling thread
double process_cpu_seconds();  // user and system, all threads
double peak_memory_mb();       // the largest resident set so far
double resident_memory_mb();

// fdatasync calls a second on one file of `folder`, each after an append of 4 KB: what the disk allows at most.
double syncs_per_second(const std::filesystem::path& folder);

}  // namespace postmypost::bench
