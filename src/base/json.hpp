// JSON texts and described structs.
//
// A struct declared with BOOST_DESCRIBE_STRUCT is read, written and turned into a JSON schema from that one
// declaration. Optional members may be absent or null; `Patch<T>` tells absent, null and a value apart; member
// names are the JSON names. Limits of members come from `rules<T>(member)`.
#pragma once

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace postmypost::json {

using boost::json::array;
using boost::json::object;
using boost::json::serialize;
using boost::json::string;
using boost::json::value;

// A text that must be exactly one JSON value: strict, at most `max_depth` deep, duplicate keys refused.
// Errors: kMalformed `json.malformed`, `json.duplicate_key`, `json.too_deep`.
Result<value> parse(std::string_view text, std::size_t max_depth = 32);

enum class Unknown { kRefuse, kIgnore };  // what to do with members the struct does not have

struct Rules {
  std::size_t min_length = 0, max_length = std::numeric_limits<std::size_t>::max();  // bytes of a string
  std::size_t min_items = 0, max_items = std::numeric_limits<std::size_t>::max();
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

// Specialise per struct: `template <> constexpr Rules rules<NewPost>(std::string_view member) {…}`.
template <class T>
constexpr Rules rules(std::string_view) {
  return {};
}

// A member of a PATCH body: absent, null, or a value.
template <class T>
struct Patch {
  bool present = false;
  std::optional<T> value = {};
};

}  // namespace postmypost::json

#include "base/json_binding.hpp"  // template <class T> Result<T> read(const value&, Unknown = Unknown::kRefuse);
                                  // template <class T> value write(const T&);
                                  // template <class T> object schema();
