#include "base/json.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <cmath>
#include <set>

#include "base/text.hpp"

namespace postmypost::json {
namespace {

// Looks at the shape only: depth, repeated member names and numbers beyond double (infinity), the last two of which Boost.JSON's value
// parser would silently accept.
struct ShapeHandler {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  std::vector<std::set<std::string, std::less<>>> names;
  std::string key;
  bool has_repeated = false, has_infinite = false;

  using Code = boost::json::error_code;
  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) { return names.emplace_back(), true; }
  bool on_object_end(std::size_t, Code&) { return names.pop_back(), true; }
  bool on_array_begin(Code&) { return true; }
  bool on_array_end(std::size_t, Code&) { return true; }
  bool on_key_part(boost::json::string_view part, std::size_t, Code&) { return key.append(part), true; }
  bool on_key(boost::json::string_view part, std::size_t, Code& error) {
    key.append(part);
    if (!names.back().insert(key).second) {
      has_repeated = true;
      error = boost::json::error::syntax;
      return false;
    }
    key.clear();
    return true;
  }
  bool on_string_part(boost::json::string_view, std::size_t, Code&) { return true; }
  bool on_string(boost::json::string_view, std::size_t, Code&) { return true; }
  bool on_number_part(boost::json::string_view, Code&) { return true; }
  bool on_int64(std::int64_t, boost::json::string_view, Code&) { return true; }
  bool on_uint64(std::uint64_t, boost::json::string_view, Code&) { return true; }
  bool on_double(double number, boost::json::string_view, Code& error) {
    if (std::isfinite(number)) return true;
    has_infinite = true;
    error = boost::json::error::exponent_overflow;
    return false;
  }
  bool on_bool(bool, Code&) { return true; }
  bool on_null(Code&) { return true; }
  bool on_comment_part(boost::json::string_view, Code&) { return true; }
  bool on_comment(boost::json::string_view, Code&) { return true; }
};

Error malformed(std::string code, std::string detail, std::string fix) {
  return {.kind = ErrorKind::kMalformed, .code = std::move(code), .detail = std::move(detail), .how_to_fix = std::move(fix)};
}

}  // namespace

Result<value> parse(std::string_view text, std::size_t max_depth) {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::basic_parser<ShapeHandler> shape(options);
  boost::json::error_code error;
  const std::size_t read = shape.write_some(false, text.data(), text.size(), error);
  if (shape.handler().has_repeated) {
    return fail(malformed("json.duplicate_key", "A member name appears twice in one object.",
                          "Send every member once."));
  }
  if (shape.handler().has_infinite) {
    return fail(malformed("json.malformed", "A number is too large to be kept.", "Send a smaller number."));
  }
  if (error == boost::json::error::too_deep) {
    return fail(malformed("json.too_deep", "The JSON is nested too deeply.", "Flatten it."));
  }
  if (error || read != text.size() || !is_valid_utf8(text)) {
    return fail(malformed("json.malformed", "The body is not valid JSON in UTF-8.", "Check the syntax of the body."));
  }
  return boost::json::parse(text, {}, options);
}

}  // namespace postmypost::json
