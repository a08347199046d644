// What the document says by hand (openapi_words.cpp) is about routes that there are.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "api/v1/api.hpp"
#include "api/v1/openapi_words.hpp"

namespace postmypost::api::v1 {
namespace {

bool exists(std::string_view method, std::string_view path) {
  return std::ranges::any_of(all_routes(), [&](const Route& route) { return route.method == method && route.path == path; });
}

TEST(OpenApi, words_about_parameters_and_bodies_are_about_routes_that_exist) {
  for (const Bytes& one : byte_bodies()) EXPECT_TRUE(exists(one.method, one.path)) << one.method << " " << one.path;
}

TEST(OpenApi, every_group_of_routes_has_words) {
  for (const Route& route : all_routes()) EXPECT_FALSE(words_of_tag(tag_of(route.path)).empty()) << route.path;
}

TEST(OpenApi, groups_routes_by_what_they_are_about) {
  EXPECT_EQ(tag_of("/api/v1/projects"), "projects");
  EXPECT_EQ(tag_of("/api/v1/projects/{project}"), "projects");
  EXPECT_EQ(tag_of("/api/v1/projects/{project}/publications/{publication}"), "publications");
  EXPECT_EQ(tag_of("/api/v1/me/exports"), "me");
  EXPECT_EQ(tag_of("/files/{project}/{file}/original.jpg"), "files");
}

TEST(OpenApi, every_operation_has_an_id_of_its_own_and_may_be_refused) {
  std::set<std::string> ids;
  std::size_t operations = 0;
  for (const auto& path : openapi_document().at("paths").as_object()) {
    for (const auto& method : path.value().as_object()) {
      const json::object& operation = method.value().as_object();
      ++operations;
      EXPECT_TRUE(ids.insert(std::string(operation.at("operationId").as_string())).second) << path.key();
      EXPECT_TRUE(operation.at("responses").as_object().contains("400")) << path.key();
    }
  }
  EXPECT_EQ(operations, all_routes().size());
}

}  // namespace
}  // namespace postmypost::api::v1
