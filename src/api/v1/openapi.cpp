// The OpenAPI 3.1 document, from the route table and the described structs.
#include "api/v1/api.hpp"

namespace postmypost::api::v1 {
namespace {

json::object json_content(json::object schema, std::string_view type = "application/json") {
  return {{type, json::object{{"schema", std::move(schema)}}}};
}

json::array parameters_of(std::string_view path) {
  json::array parameters;
  for (const std::string_view name : http::PathPattern(path).names()) {
    const bool text = name == "token" || name == "kind" || name == "purpose";
    parameters.push_back(json::object{{"name", name},
                                      {"in", "path"},
                                      {"required", true},
                                      {"schema", json::object{{"type", text ? "string" : "integer"}}}});
  }
  return parameters;
}

std::string operation_id(const Route& route) {
  std::string id;
  for (const char c : std::string(route.method) + std::string(route.path.substr(route.path.starts_with("/api/v1") ? 7 : 0))) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter) id += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    else if (!id.empty() && id.back() != '_') id += '_';
  }
  while (id.ends_with('_')) id.pop_back();
  return id;
}

json::object operation(const Route& route) {
  const Endpoint& e = route.payload;
  json::object success{{"description", e.summary}};
  if (e.output) success["content"] = json_content(e.output());
  json::object operation{
      {"operationId", operation_id(route)},
      {"summary", e.summary},
      {"responses",
       json::object{{std::to_string(e.status), std::move(success)},
                    {"default", json::object{{"description", "A problem (RFC 9457)"},
                                             {"content", json_content(json::object{{"$ref", "#/components/schemas/Problem"}},
                                                                      "application/problem+json")}}}}}};
  if (auto parameters = parameters_of(route.path); !parameters.empty()) operation["parameters"] = std::move(parameters);
  if (e.input) {
    operation["requestBody"] = json::object{{"required", true}, {"content", json_content(e.input())}};
  }
  if (e.before_reading) operation["x-before-reading"] = true;  // also before the current texts are acknowledged
  const bool open = e.access == Access::kSetUp || e.access == Access::kAnyone || e.access == Access::kAnonymous;
  operation["security"] = open ? json::array{} : json::array{json::object{{"session", json::array{}}},
                                                             json::object{{"token", json::array{}}}};
  return operation;
}

std::string lower(std::string_view method) {
  std::string text;
  for (const char c : method) text += static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace

json::object openapi_document() {
  json::object paths;
  for (const Route& route : all_routes()) {
    json::value& path = paths[route.path];
    if (!path.is_object()) path = json::object{};
    path.as_object()[lower(route.method)] = operation(route);
  }
  return {{"openapi", "3.1.0"},
          {"info", json::object{{"title", "Postmypost API"},
                                {"version", "1"},
                                {"license", json::object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
          {"servers", json::array{json::object{{"url", "/"}}}},
          {"paths", std::move(paths)},
          {"components",
           json::object{{"schemas", json::object{{"Problem", json::schema<ProblemView>()}}},
                        {"securitySchemes",
                         json::object{{"session", json::object{{"type", "apiKey"}, {"in", "cookie"}, {"name", "session"}}},
                                      {"token", json::object{{"type", "http"}, {"scheme", "bearer"}}}}}}}};
}

}  // namespace postmypost::api::v1
