#include "statistics/histograms.hpp"

namespace postmypost::statistics {

std::string bin_of(const NumberHistogram& histogram, std::int64_t number) {
  std::size_t bin = 0;
  while (bin + 1 < histogram.begins.size() && number >= histogram.begins[bin + 1]) ++bin;
  const std::string begin = std::to_string(histogram.begins[bin]);
  if (bin + 1 == histogram.begins.size()) return begin + "+";
  const std::int64_t last = histogram.begins[bin + 1] - 1;
  return last == histogram.begins[bin] ? begin : begin + "-" + std::to_string(last);
}

}  // namespace postmypost::statistics
