// Described structs from and to JSON values, and their JSON schema. Included by json.hpp only.
#pragma once

#include <concepts>
#include <map>
#include <type_traits>

namespace postmypost::json {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_patch = false;
template <class T>
inline constexpr bool is_patch<Patch<T>> = true;
template <class T>
inline constexpr bool is_text_map = std::is_same_v<T, std::map<std::string, std::string>>;
template <class T>
inline constexpr bool is_count_map = std::is_same_v<T, std::map<std::string, std::int64_t>>;  // only written

template <class T>
using Members = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

// "kPublishNow" -> "publish_now", "public_" -> "public".
std::string enum_name(std::string_view enumerator);

// A member that would be a word of C++ ends in "_", which its JSON name has not: `new_` is "new".
constexpr std::string_view member_name(std::string_view name) { return name.ends_with('_') ? name.substr(0, name.size() - 1) : name; }

// One way to build each kind of error keeps the templates small.
Error wrong_type(const std::string& at, std::string_view wanted);
Error missing_member(const std::string& at);
Error unknown_member(const std::string& at);
Error out_of_range(const std::string& at, std::int64_t min, std::int64_t max);
Error not_in_enum(const std::string& at, const std::string& names);
Result<> check_length(const std::string& at, std::size_t size, std::size_t min, std::size_t max, std::string_view unit);

template <class T>
Result<> read_into(const value& from, T& to, const std::string& at, const Rules& limits, Unknown unknown);

template <class T>
Result<> read_members(const object& from, T& to, const std::string& at, Unknown unknown) {
  Result<> result;
  std::size_t known = 0;
  boost::mp11::mp_for_each<Members<T>>([&](auto member) {
    if (!result) return;
    auto& target = to.*member.pointer;
    using M = std::remove_cvref_t<decltype(target)>;
    const value* found = from.if_contains(member_name(member.name));
    const std::string here = at + "/" + std::string(member_name(member.name));
    if (!found) {
      if constexpr (!is_optional<M> && !is_patch<M>) result = fail(missing_member(here));
      return;
    }
    ++known;
    result = read_into(*found, target, here, rules<T>(member.name), unknown);
  });
  if (!result || unknown == Unknown::kIgnore || known == from.size()) return result;
  for (const auto& member : from) {
    bool mine = false;
    boost::mp11::mp_for_each<Members<T>>([&](auto m) { mine = mine || member.key() == member_name(m.name); });
    if (!mine) return fail(unknown_member(at + "/" + std::string(member.key())));
  }
  return result;
}

template <class T>
Result<> read_into(const value& from, T& to, const std::string& at, const Rules& limits, Unknown unknown) {
  if constexpr (std::is_same_v<T, value>) {
    to = from;
  } else if constexpr (std::is_same_v<T, object>) {
    if (!from.is_object()) return fail(wrong_type(at, "object"));
    to = from.as_object();
  } else if constexpr (is_optional<T>) {
    if (!from.is_null()) return read_into(from, to.emplace(), at, limits, unknown);
  } else if constexpr (is_patch<T>) {
    to.present = true;
    return read_into(from, to.value, at, limits, unknown);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!from.is_bool()) return fail(wrong_type(at, "boolean"));
    to = from.as_bool();
  } else if constexpr (std::is_integral_v<T>) {
    if (!from.is_int64() && !from.is_uint64()) return fail(wrong_type(at, "integer"));
    boost::json::error_code inexact;
    const auto number = from.to_number<std::int64_t>(inexact);
    if (inexact || number < limits.min || number > limits.max || !std::in_range<T>(number)) {
      return fail(out_of_range(at, limits.min, limits.max));
    }
    to = static_cast<T>(number);
  } else if constexpr (std::is_floating_point_v<T>) {
    if (!from.is_number()) return fail(wrong_type(at, "number"));
    to = from.to_number<T>();
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!from.is_string()) return fail(wrong_type(at, "string"));
    to.assign(from.as_string().data(), from.as_string().size());
    return check_length(at, to.size(), limits.min_length, limits.max_length, "length");
  } else if constexpr (std::is_enum_v<T>) {
    if (!from.is_string()) return fail(wrong_type(at, "string"));
    bool found = false;
    std::string names;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto e) {
      const std::string name = enum_name(e.name);
      names += (names.empty() ? "" : ", ") + name;
      if (name == std::string_view(from.as_string())) to = e.value, found = true;
    });
    if (!found) return fail(not_in_enum(at, names));
  } else if constexpr (is_vector<T>) {
    if (!from.is_array()) return fail(wrong_type(at, "array"));
    TRY(check_length(at, from.as_array().size(), limits.min_items, limits.max_items, "items"));
    for (std::size_t i = 0; i < from.as_array().size(); ++i) {
      TRY(read_into(from.as_array()[i], to.emplace_back(), at + "/" + std::to_string(i), {}, unknown));
    }
  } else if constexpr (is_text_map<T>) {
    if (!from.is_object()) return fail(wrong_type(at, "object"));
    for (const auto& member : from.as_object()) {
      TRY(read_into(member.value(), to[member.key()], at + "/" + std::string(member.key()), {}, unknown));
    }
  } else {
    if (!from.is_object()) return fail(wrong_type(at, "object"));
    return read_members(from.as_object(), to, at, unknown);
  }
  return {};
}

// Errors: `json.type`, `json.required`, `json.unknown_field`, `json.range`, `json.enum`, `json.length`; `field` is the
// JSON pointer of the first member at fault.
template <class T>
Result<T> read(const value& from, Unknown unknown = Unknown::kRefuse) {
  T to{};
  TRY(read_into(from, to, "", {}, unknown));
  return to;
}

template <class T>
value write(const T& from) {
  if constexpr (std::is_same_v<T, value> || std::is_same_v<T, object> || std::is_same_v<T, array>) {
    return from;
  } else if constexpr (is_optional<T>) {
    return from ? write(*from) : value(nullptr);
  } else if constexpr (is_patch<T>) {
    return write(from.value);
  } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
    return value(from);
  } else if constexpr (std::is_enum_v<T>) {
    value name;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto e) {
      if (e.value == from) name = enum_name(e.name);
    });
    return name;
  } else if constexpr (is_vector<T>) {
    array items;
    items.reserve(from.size());
    for (const auto& item : from) items.push_back(write(item));
    return items;
  } else if constexpr (is_text_map<T> || is_count_map<T>) {
    object members;
    for (const auto& [name, one] : from) members[name] = one;
    return members;
  } else {
    object members;
    boost::mp11::mp_for_each<Members<T>>([&](auto m) { members[member_name(m.name)] = write(from.*m.pointer); });
    return members;
  }
}

// JSON Schema 2020-12 of a described struct, as OpenAPI 3.1 embeds it.
template <class T>
object schema(const Rules& limits = {}) {
  if constexpr (std::is_same_v<T, value>) {
    return {};
  } else if constexpr (std::is_same_v<T, object>) {
    return {{"type", "object"}};
  } else if constexpr (is_optional<T>) {
    object inner = schema<typename T::value_type>(limits);
    if (const value* type = inner.if_contains("type"); type && type->is_string()) {
      inner["type"] = array{*type, "null"};
      if (value* names = inner.if_contains("enum")) names->as_array().push_back(nullptr);
    }
    return inner;
  } else if constexpr (is_patch<T>) {
    return schema<decltype(T::value)>(limits);
  } else if constexpr (std::is_same_v<T, bool>) {
    return {{"type", "boolean"}};
  } else if constexpr (std::is_integral_v<T>) {
    object number{{"type", "integer"}, {"format", sizeof(T) == 8 ? "int64" : "int32"}};
    if (limits.min != Rules{}.min) number["minimum"] = limits.min;
    if (limits.max != Rules{}.max) number["maximum"] = limits.max;
    return number;
  } else if constexpr (std::is_floating_point_v<T>) {
    return {{"type", "number"}};
  } else if constexpr (std::is_same_v<T, std::string>) {
    object text{{"type", "string"}};
    if (limits.min_length > 0) text["minLength"] = limits.min_length;
    if (limits.max_length != Rules{}.max_length) text["maxLength"] = limits.max_length;
    return text;
  } else if constexpr (std::is_enum_v<T>) {
    array names;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
        [&](auto e) { names.emplace_back(enum_name(e.name)); });
    return {{"type", "string"}, {"enum", std::move(names)}};
  } else if constexpr (is_vector<T>) {
    object list{{"type", "array"}, {"items", schema<typename T::value_type>()}};
    if (limits.min_items > 0) list["minItems"] = limits.min_items;
    if (limits.max_items != Rules{}.max_items) list["maxItems"] = limits.max_items;
    return list;
  } else if constexpr (is_text_map<T>) {
    return {{"type", "object"}, {"additionalProperties", object{{"type", "string"}}}};
  } else if constexpr (is_count_map<T>) {
    return {{"type", "object"}, {"additionalProperties", object{{"type", "integer"}}}};
  } else {
    object properties;
    array required;
    boost::mp11::mp_for_each<Members<T>>([&](auto m) {
      using M = std::remove_cvref_t<decltype(std::declval<T&>().*m.pointer)>;
      properties[member_name(m.name)] = schema<M>(rules<T>(m.name));
      if constexpr (!is_optional<M> && !is_patch<M>) required.emplace_back(member_name(m.name));
    });
    object all{{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
    if (!required.empty()) all["required"] = std::move(required);
    return all;
  }
}

}  // namespace postmypost::json
