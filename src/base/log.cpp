#include "base/log.hpp"

#include <boost/json.hpp>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>

#include "base/clock.hpp"
#include "base/zones.hpp"

namespace postmypost::log {
namespace {

std::atomic<Level> least_level{Level::kInfo};
std::mutex writing;

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warning", "error"};

}  // namespace

void set_level(Level least) { least_level = least; }

std::string format_line(Level level, std::string_view event, Fields fields, std::string_view at) {
  boost::json::object line{{"at", at}, {"level", kLevels[static_cast<std::size_t>(level)]}, {"event", event}};
  for (const Field& field : fields) {
    std::visit([&](const auto& value) { line[field.name] = value; }, field.value);
  }
  return boost::json::serialize(line);
}

void write(Level level, std::string_view event, Fields fields) {
  if (level < least_level.load(std::memory_order_relaxed)) return;
  const std::string line = format_line(level, event, fields, to_rfc3339(SystemClock().now())) + "\n";
  const std::lock_guard lock(writing);
  // One write per line keeps lines whole; a log that can't be written must not stop the service.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace postmypost::log
