#include "base/error_json.hpp"

#include <boost/json.hpp>

namespace postmypost {

std::string to_json(const Error& error) {
  boost::json::object params;
  for (const auto& [name, value] : error.params) params[name] = value;
  return boost::json::serialize(boost::json::object{{"kind", static_cast<int>(error.kind)},
                                                    {"code", error.code},
                                                    {"detail", error.detail},
                                                    {"rule", error.rule},
                                                    {"how_to_fix", error.how_to_fix},
                                                    {"params", std::move(params)}});
}

std::optional<Error> error_from_json(std::string_view json) {
  boost::system::error_code broken;
  const boost::json::value value = boost::json::parse(json, broken);
  if (broken || !value.is_object()) return std::nullopt;
  const boost::json::object& object = value.as_object();
  const auto text = [&](std::string_view name) {
    const boost::json::value* member = object.if_contains(name);
    return member && member->is_string() ? std::string(member->as_string()) : std::string();
  };
  Error error{.code = text("code"), .detail = text("detail"), .rule = text("rule"), .how_to_fix = text("how_to_fix")};
  if (const auto* kind = object.if_contains("kind"); kind && kind->is_int64()) {
    error.kind = static_cast<ErrorKind>(kind->as_int64());
  }
  if (const auto* params = object.if_contains("params"); params && params->is_object()) {
    for (const auto& member : params->as_object()) {
      if (member.value().is_string()) error.params[member.key()] = std::string(member.value().as_string());
    }
  }
  return error;
}

}  // namespace postmypost
