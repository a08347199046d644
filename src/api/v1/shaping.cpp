#include "api/v1/shaping.hpp"

#include <map>
#include <memory>

#include "base/encoding.hpp"

namespace postmypost::api::v1 {
namespace {

constexpr std::size_t kTagBytes = 16;

// The wanted members; one without children is wanted whole.
struct Wanted {
  std::map<std::string, Wanted, std::less<>> members;
};

Wanted parse_fields(std::string_view text) {
  Wanted all;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view path = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    Wanted* at = &all;
    while (!path.empty()) {
      const std::size_t dot = path.find('.');
      at = &at->members[std::string(path.substr(0, dot))];
      path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    }
  }
  return all;
}

// The schema of the members below: of an array those of its items, of what may be null those of what else it may be.
const json::object* members_of(const json::object& schema) {
  if (const auto* properties = schema.if_contains("properties")) return &properties->as_object();
  if (const auto* items = schema.if_contains("items")) return members_of(items->as_object());
  if (const auto* any = schema.if_contains("anyOf")) {
    for (const json::value& one : any->as_array()) {
      if (const auto* found = members_of(one.as_object())) return found;
    }
  }
  return nullptr;
}

// The first name that the schema has not; empty when it has all.
std::string unknown_of(const Wanted& wanted, const json::object& schema, const std::string& at) {
  const json::object* members = members_of(schema);
  for (const auto& [name, below] : wanted.members) {
    const json::value* member = members ? members->if_contains(name) : nullptr;
    if (!member) return at + name;
    if (auto unknown = unknown_of(below, member->as_object(), at + name + "."); !below.members.empty() && !unknown.empty()) {
      return unknown;
    }
  }
  return {};
}

void keep(json::value& value, const Wanted& wanted) {
  if (wanted.members.empty()) return;
  if (value.is_array()) {
    for (json::value& item : value.as_array()) keep(item, wanted);
  } else if (value.is_object()) {
    json::object kept;
    for (auto& member : value.as_object()) {
      const auto found = wanted.members.find(std::string_view(member.key()));
      if (found == wanted.members.end()) continue;
      keep(member.value(), found->second);
      kept[member.key()] = std::move(member.value());
    }
    value = std::move(kept);
  }
}

Error unknown_field(const std::string& name) {
  return {.code = "request.fields",
          .detail = "The answer has no member " + name + ".",
          .field = "?fields",
          .rule = "member",
          .how_to_fix = "Name members of the answer, apart by commas; docs/openapi.json has them all.",
          .params = {{"name", name}}};
}

http::Response with_fields(const Call& call, const Endpoint& endpoint, http::Response response, std::string_view fields) {
  const Wanted wanted = parse_fields(fields);
  json::object schema = endpoint.output();
  const json::object* top = members_of(schema);
  const json::value* items = top ? top->if_contains("items") : nullptr;
  const bool is_list = items != nullptr;
  if (auto unknown = unknown_of(wanted, is_list ? items->as_object() : schema, ""); !unknown.empty()) {
    return problem_response(unknown_field(unknown), call.request.id);
  }
  json::value body = boost::json::parse(response.body);
  keep(is_list ? body.as_object().at("items") : body, wanted);
  response.body = json::serialize(body);
  return response;
}

}  // namespace

std::string etag_of(std::string_view body) { return "\"" + hex(sha256(body)).substr(0, kTagBytes * 2) + "\""; }

http::Response shaped(const Call& call, const Endpoint& endpoint, http::Response response) {
  const bool is_json = endpoint.output && response.status == 200 && response.headers.get("Content-Type") == "application/json";
  if (!is_json) return response;
  const std::string tag = etag_of(response.body);  // of the whole, so that it fits If-Match however little was asked for
  if (const auto fields = call.request.query_value("fields"); fields && !fields->empty()) {
    response = with_fields(call, endpoint, std::move(response), *fields);
  }
  if (response.status == 200) response.headers.set("ETag", tag);
  return response;
}

}  // namespace postmypost::api::v1
