// JSON-lines log on standard error. Thread-safe.
//
// A line is {"at","level","event",…fields}. Fields are chosen by the caller one by one; there is no way to log a
// whole request, row or answer, and values under names that look like secrets are replaced ("token",
// "password", "authorization", "cookie", "secret", "email"). Personal data never goes to the log.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace postmypost::log {

enum class Level { kDebug, kInfo, kWarning, kError };

using Value = std::variant<std::string, std::int64_t, double, bool>;
struct Field {
  std::string_view name;
  Value value;
  Field(std::string_view n, std::string v) : name(n), value(std::move(v)) {}
  Field(std::string_view n, std::string_view v) : name(n), value(std::string(v)) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string(v)) {}
  Field(std::string_view n, bool v) : name(n), value(v) {}
  Field(std::string_view n, double v) : name(n), value(v) {}
  template <class T>
    requires std::is_integral_v<T>
  Field(std::string_view n, T v) : name(n), value(static_cast<std::int64_t>(v)) {}
};
using Fields = std::initializer_list<Field>;

void set_level(Level least);
void write(Level level, std::string_view event, Fields fields = {});
inline void debug(std::string_view event, Fields fields = {}) { write(Level::kDebug, event, fields); }
inline void info(std::string_view event, Fields fields = {}) { write(Level::kInfo, event, fields); }
inline void warning(std::string_view event, Fields fields = {}) { write(Level::kWarning, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::kError, event, fields); }

// The line `write` would print, without the newline; for tests of redaction.
std::string format_line(Level level, std::string_view event, Fields fields, std::string_view at);

}  // namespace postmypost::log
