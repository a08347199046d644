// Fills a data folder with publications by the thousand, through the same tables and seals as the product.
#pragma once

#include <cstdint>
#include <string>

#include "house.hpp"

namespace postmypost::bench {

struct Fill {
  std::int64_t project = 0;        // 0: a new one
  std::int64_t accounts = 1'000;   // new Telegram accounts, one chat each
  std::int64_t publications = 0;   // in turn for each of them
  Instant first_due;
  Duration step = {};              // between one due instant and the next
  std::int64_t first_number = 1;   // of the posts' texts, which the sink tells apart by their number
  std::string sink_host = "127.0.0.1";
};

// The project that was filled.
std::int64_t fill(House& house, const Fill& wish);

}  // namespace postmypost::bench
