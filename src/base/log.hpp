// JSON-lines log on standard error. Thread-safe.
//
// A line is {"at","level","event",…fields}. Fields are chosen by the caller one by one; there is no way to log a
// whole request, row or answer, and a field that log_fields.hpp does not declare does not compile. So a name, an address, a
// text, a token or an IP address never goes to the log.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/log_fields.hpp"

namespace postmypost::log {

enum class Level { kDebug, kInfo, kWarning, kError };

using Value = std::variant<std::string, std::int64_t, double, bool>;

// The name of a declared field: a literal that stands in log_fields.hpp.
struct FieldName {
  std::string_view text;
  consteval FieldName(const char* name) : text(name) {
    if (!declares(kLogFields, Medium::kLogField, text)) this_log_field_is_not_declared_in_log_fields_hpp();
  }

 private:
  static void this_log_field_is_not_declared_in_log_fields_hpp();  // never defined: the compiler's error says its name
};

struct Field {
  std::string_view name;
  Value value;
  Field(FieldName n, std::string v) : name(n.text), value(std::move(v)) {}
  Field(FieldName n, std::string_view v) : name(n.text), value(std::string(v)) {}
  Field(FieldName n, const char* v) : name(n.text), value(std::string(v)) {}
  Field(FieldName n, bool v) : name(n.text), value(v) {}
  Field(FieldName n, double v) : name(n.text), value(v) {}
  template <class T>
    requires std::is_integral_v<T>
  Field(FieldName n, T v) : name(n.text), value(static_cast<std::int64_t>(v)) {}
};
using Fields = std::initializer_list<Field>;

void set_level(Level least);
void write(Level level, std::string_view event, Fields fields = {});
inline void debug(std::string_view event, Fields fields = {}) { write(Level::kDebug, event, fields); }
inline void info(std::string_view event, Fields fields = {}) { write(Level::kInfo, event, fields); }
inline void warning(std::string_view event, Fields fields = {}) { write(Level::kWarning, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::kError, event, fields); }

// The line `write` would print, without the newline; for tests.
std::string format_line(Level level, std::string_view event, Fields fields, std::string_view at);

}  // namespace postmypost::log
