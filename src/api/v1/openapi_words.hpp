// What the OpenAPI document says beyond the route table: groups of routes, parameters and bodies that no described struct shows.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace postmypost::api::v1 {

// The group of a path, e.g. "publications" of "/api/v1/projects/{project}/publications/{publication}".
std::string tag_of(std::string_view path);
std::string_view words_of_tag(std::string_view tag);

// A parameter of a path: what it names, and whether it is a text and no id.
std::string words_of_parameter(std::string_view name);
bool is_text_parameter(std::string_view name);

// Bodies and answers that are bytes. `field`: of a form, empty for the bytes themselves.
struct Bytes {
  std::string_view method, path, type, field;
  bool is_answer = false;
};
std::span<const Bytes> byte_bodies();

}  // namespace postmypost::api::v1
