// The OpenAPI 3.1 document, from the route table and the described structs.
#include <algorithm>
#include <map>
#include <set>

#include "api/v1/api.hpp"
#include "api/v1/openapi_words.hpp"
#include "api/v1/shapes.hpp"

namespace postmypost::api::v1 {
namespace {

constexpr std::string_view kAbout =
    "Everything the product can do; the web application uses nothing else. Signed in by the session cookie, or by an access token as "
    "`Authorization: Bearer`. With the cookie, methods other than GET need the header `X-Requested-With: postmypost`. Errors are problem "
    "details (RFC 9457) with a stable `code`. Members that the document does not name are refused.";

// Answers that every route of some kind can give. The name is the component's.
struct Refusal {
  int status;
  std::string_view name, words;
};
constexpr Refusal kUnreadable{400, "Unreadable", "The request can't be read"};
constexpr Refusal kNobody{401, "Nobody", "Nobody is signed in, or the token is none"};
constexpr Refusal kForbidden{403, "Forbidden", "This person may not do this"};
constexpr Refusal kMissing{404, "Missing", "There is nothing of this id that the caller may see"};
constexpr Refusal kState{409, "State", "Not in this state"};
constexpr Refusal kStale{412, "Stale", "It is not what it was when it was read"};
constexpr Refusal kTooMany{429, "TooMany", "Asked too often; Retry-After says how many seconds to wait"};
constexpr Refusal kInvalid{422, "Invalid", "The request breaks a rule; `field` and `rule` say which"};
constexpr Refusal kUnread{428, "Unread", "A version of the policy or terms has to be acknowledged first"};
constexpr Refusal kOther{0, "Other", "Any other problem"};

bool is_open(Access access) { return access == Access::kSetUp || access == Access::kAnyone || access == Access::kAnonymous; }

json::object json_content(json::object schema, std::string_view type = "application/json") {
  return {{type, json::object{{"schema", std::move(schema)}}}};
}

json::object schema_of(std::string_view type) {
  if (type == "date") return {{"type", "string"}, {"format", "date"}};
  return {{"type", type}};
}

json::object parameter(std::string_view in, std::string_view name, std::string_view words, std::string_view type) {
  json::object made{{"name", name}, {"in", in}, {"description", words}, {"schema", schema_of(type)}};
  if (in == "path") made["required"] = true;
  return made;
}

using Names = std::vector<std::string>;

// Of a path's parameters.
Names names_of(std::string_view path) {
  const http::PathPattern pattern(path);
  const auto views = pattern.names();  // into the pattern
  return Names(views.begin(), views.end());
}

// The path with other names, as another route of the same shape has them: paths of a document differ in more.
std::string with_names(std::string_view path, const Names& names) {
  std::string renamed;
  std::size_t next = 0;
  for (std::size_t at = 0; at < path.size(); ++at) {
    renamed += path[at];
    if (path[at] != '{') continue;
    renamed += names.at(next++);
    at = path.find('}', at) - 1;
  }
  return renamed;
}

// Headers that routes of a kind take, by their names among the components.
struct Header {
  std::string_view component, name, words;
};
constexpr Header kKey{"IdempotencyKey", "Idempotency-Key",
                      "A name of the client's own for this request, 1 to 255 visible ASCII characters. Sent again with the same body within 24 "
                      "hours, nothing is done twice and the answer is the same; with another body it is refused."};
constexpr Header kIfMatch{"IfMatch", "If-Match", "The ETag that a GET of this address answered: the change is made only if it still holds, otherwise 412."};
constexpr Header kIfNoneMatch{"IfNoneMatch", "If-None-Match", "An ETag: while it still holds, the answer is 304 without a body."};
constexpr Header kLastEvent{"LastEventId", "Last-Event-ID", "The id of the last event that was heard: what came since is told first, some of it twice."};

std::vector<std::string_view> headers_of(const Route& route) {
  const Endpoint& e = route.payload;
  if (is_open(e.access)) return {};
  if (route.path == "/api/v1/events") return {kLastEvent.component};
  if (!writes(route.method, e)) return e.output && !is_unsafe(route.method) ? std::vector{kIfNoneMatch.component} : std::vector<std::string_view>();
  if (e.reach == Reach::kOutside) return {kKey.component};
  return {kKey.component, kIfMatch.component};
}

json::array parameters_of(const Route& route, const Names& shown) {
  json::array parameters;
  const Names own = names_of(route.path);
  for (std::size_t i = 0; i < own.size(); ++i) {
    const std::string_view type = is_text_parameter(own[i]) ? "string" : "integer";
    parameters.push_back(parameter("path", shown[i], words_of_parameter(own[i]), type));
  }
  for (const QueryParameter& one : query_of(route.method, route.payload)) {
    parameters.push_back(parameter("query", one.name, one.description, one.type));
  }
  for (const std::string_view name : headers_of(route)) {
    parameters.push_back(json::object{{"$ref", "#/components/parameters/" + std::string(name)}});
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

std::string_view words_of(Access access) {
  switch (access) {
    case Access::kSetUp: return "Only while the server is not set up.";
    case Access::kAnyone: return "For everybody, also before the server is set up.";
    case Access::kAnonymous: return "For everybody, once the server is set up.";
    case Access::kSession: return "For everybody who is signed in.";
    case Access::kMember: return "For members of the project.";
    case Access::kOwner: return "For owners of the project.";
    case Access::kOperator: return "For the operator.";
  }
  return "";
}

std::vector<Refusal> refusals_of(const Route& route, bool has_body) {
  const Endpoint& e = route.payload;
  const bool open = is_open(e.access);
  std::vector<Refusal> all{kUnreadable};
  if (!open) all.push_back(kNobody);
  if (is_unsafe(route.method) || e.access == Access::kOwner || e.access == Access::kOperator) all.push_back(kForbidden);
  if (route.path.contains('{')) all.push_back(kMissing);
  if (is_unsafe(route.method)) all.push_back(kState);
  if (writes(route.method, e) && !open && e.reach == Reach::kDatabase) all.push_back(kStale);
  if (has_body || is_unsafe(route.method) || !query_of(route.method, e).empty()) all.push_back(kInvalid);
  if (!open && !e.before_reading) all.push_back(kUnread);
  if (!open) all.push_back(kTooMany);
  return all;
}

json::object reference_to(const Refusal& refusal) { return {{"$ref", "#/components/responses/" + std::string(refusal.name)}}; }

const Bytes* bytes_of(const Route& route, bool is_answer) {
  const auto all = byte_bodies();
  const auto found = std::ranges::find_if(all, [&](const Bytes& one) {
    return one.method == route.method && one.path == route.path && one.is_answer == is_answer;
  });
  return found == all.end() ? nullptr : &*found;
}

json::object bytes_content(const Bytes& bytes) {
  if (bytes.field.empty()) return {{bytes.type, json::object()}};
  json::object file{{"type", "string"}, {"contentMediaType", "application/octet-stream"}};
  return json_content({{"type", "object"}, {"required", json::array{bytes.field}}, {"properties", json::object{{bytes.field, std::move(file)}}}},
                      bytes.type);
}

// Connecting takes what the network asks for, and answers with the account, or with where to send the person.
bool is_connecting(const Route& route) {
  return route.method == "POST" && (route.path.ends_with("/accounts") || route.path.ends_with("/reconnect"));
}

json::object text_members(json::array names, bool closed) {
  json::object properties;
  for (const json::value& name : names) properties[name.as_string()] = json::object{{"type", "string"}};
  return {{"type", "object"}, {"required", std::move(names)}, {"properties", std::move(properties)}, {"additionalProperties", !closed}};
}

json::object input_of(const Route& route) {
  return is_connecting(route) ? text_members({"channel"}, false) : route.payload.input();
}

json::object responses_of(const Route& route, bool has_body) {
  const Endpoint& e = route.payload;
  json::object success{{"description", e.summary}};
  if (e.output) success["content"] = json_content(is_connecting(route) ? json::schema<AccountView>() : e.output());
  if (const Bytes* bytes = bytes_of(route, true)) success["content"] = bytes_content(*bytes);
  json::object responses{{std::to_string(e.status), std::move(success)}};
  if (is_connecting(route)) {
    responses["202"] = json::object{{"description", "The person has to agree on the network's own page; then /api/v1/connect/return ends it"},
                                    {"content", json_content(text_members({"redirect"}, true))}};
  }
  if (e.later != 0) {
    responses[std::to_string(e.later)] = json::object{{"description", "Begun: it takes effect later"}, {"content", json_content(e.output())}};
  }
  if (e.output && !is_unsafe(route.method) && !is_open(e.access)) {
    responses["304"] = json::object{{"description", "Still what the If-None-Match says"}};
  }
  if (!e.secret.empty()) {  // the same body, but for the member
    responses["200"] = json::object{{"description", "Sent again with its Idempotency-Key: the same answer, the secret null"},
                                    {"content", json_content(e.output())}};
  }
  for (const Refusal& refusal : refusals_of(route, has_body)) responses[std::to_string(refusal.status)] = reference_to(refusal);
  responses["default"] = reference_to(kOther);
  return responses;
}

json::object operation(const Route& route, const Names& names) {
  const Endpoint& e = route.payload;
  const Bytes* bytes = bytes_of(route, false);
  std::string description(words_of(e.access));
  if (e.before_reading) description += " Also for whoever has not acknowledged the current texts, or is leaving.";
  json::object operation{{"operationId", operation_id(route)},
                         {"summary", e.summary},
                         {"description", description},
                         {"tags", json::array{tag_of(route.path)}},
                         {"responses", responses_of(route, e.input || bytes)}};
  if (auto parameters = parameters_of(route, names); !parameters.empty()) operation["parameters"] = std::move(parameters);
  if (e.input || bytes) {
    operation["requestBody"] = json::object{{"required", true}, {"content", bytes ? bytes_content(*bytes) : json_content(input_of(route))}};
  }
  if (e.before_reading) operation["x-before-reading"] = true;
  if (e.area == Area::kInPerson) operation["x-in-person"] = true;  // no access token reaches it
  if (const std::string scope = scope_of(e.area, writes(route.method, e)); !scope.empty()) operation["x-scope"] = scope;
  if (!is_open(e.access)) operation["x-rate"] = to_string(rate_of(route.method, e));
  if (!e.secret.empty()) operation["x-shown-once"] = e.secret;
  json::array security;
  if (!is_open(e.access)) security.push_back(json::object{{"session", json::array{}}});
  if (!is_open(e.access) && e.area != Area::kInPerson) security.push_back(json::object{{"token", json::array{}}});
  operation["security"] = std::move(security);
  return operation;
}

std::string lower(std::string_view method) {
  std::string text;
  for (const char c : method) text += static_cast<char>(c - 'A' + 'a');
  return text;
}

json::object components() {
  json::object responses;
  for (const Refusal& one : {kUnreadable, kNobody, kForbidden, kMissing, kState, kStale, kInvalid, kUnread, kTooMany, kOther}) {
    responses[one.name] = json::object{
        {"description", one.words},
        {"content", json_content(json::object{{"$ref", "#/components/schemas/Problem"}}, "application/problem+json")}};
  }
  json::object parameters;
  for (const Header& one : {kKey, kIfMatch, kIfNoneMatch, kLastEvent}) parameters[one.component] = parameter("header", one.name, one.words, "string");
  return {{"schemas", json::object{{"Problem", json::schema<ProblemView>()}}},
          {"responses", std::move(responses)},
          {"parameters", std::move(parameters)},
          {"securitySchemes",
           json::object{{"session", json::object{{"type", "apiKey"}, {"in", "cookie"}, {"name", "session"}}},
                        {"token", json::object{{"type", "http"}, {"scheme", "bearer"}}}}}};
}

json::object info() {
  return {{"title", "Postmypost API"},
          {"version", "1"},
          {"description", kAbout},
          {"contact", json::object{{"name", "The operator of the server, whom /api/v1/instance names"}}},
          {"license", json::object{{"name", "Apache-2.0"}, {"url", "https://www.apache.org/licenses/LICENSE-2.0"}}}};
}

}  // namespace

json::object openapi_document() {
  json::object paths;
  std::map<std::string, Names> shapes;  // paths without names, and the names the first route gave
  std::set<std::string> tags;
  const Routes routes = all_routes();
  for (const Route& route : routes) {
    const Names own = names_of(route.path);
    const Names& names = shapes.try_emplace(with_names(route.path, Names(own.size())), own).first->second;
    json::value& path = paths[with_names(route.path, names)];
    if (!path.is_object()) path = json::object{};
    path.as_object()[lower(route.method)] = operation(route, names);
    tags.insert(tag_of(route.path));
  }
  json::array described;
  for (const std::string& tag : tags) described.push_back(json::object{{"name", tag}, {"description", words_of_tag(tag)}});
  return {{"openapi", "3.1.0"},
          {"info", info()},
          {"servers", json::array{json::object{{"url", "/"}}}},
          {"tags", std::move(described)},
          {"paths", std::move(paths)},
          {"components", components()}};
}

}  // namespace postmypost::api::v1
