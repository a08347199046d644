// The sink's rate without an engine and without a database: the limit of everything that is sent.
#pragma once

#include <cstdint>

namespace postmypost::bench {

struct Sent {
  double seconds = 0;
  double cpu_seconds = 0;  // of the whole process
};

// Bare libcurl: `at_once` handles of one multi, used again and again, bodies handed over whole.
Sent send_by_libcurl(unsigned short sink_port, std::int64_t count, std::int64_t at_once);
// The product's client: every request gated, and its gate answered at once.
Sent send_by_egress(unsigned short sink_port, std::int64_t count, std::int64_t at_once);

}  // namespace postmypost::bench
