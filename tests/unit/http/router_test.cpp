#include "http/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postmypost::http {
namespace {

const RouteTable<int> kTable({
    {"GET", "/", 0},
    {"GET", "/api/v1/projects", 1},
    {"POST", "/api/v1/projects", 2},
    {"GET", "/api/v1/projects/{project}", 3},
    {"GET", "/api/v1/projects/mine", 4},
    {"DELETE", "/api/v1/projects/{project}/accounts/{account}", 5},
    {"GET", "/@{handle}", 6},
    {"GET", "/@{handle}/{entry}", 7},
    {"GET", "/assets/{rest...}", 8},
    {"GET", "/{anything}", 9},
});

int find(std::string_view method, std::string_view path, Parameters& parameters) {
  const auto* route = kTable.match(method, path, parameters);
  return route ? route->payload : -1;
}
int find(std::string_view method, std::string_view path) {
  Parameters ignored;
  return find(method, path, ignored);
}

TEST(Router, finds_literal_paths_and_parameters) {
  Parameters parameters;
  EXPECT_EQ(find("GET", "/"), 0);
  EXPECT_EQ(find("POST", "/api/v1/projects"), 2);
  EXPECT_EQ(find("DELETE", "/api/v1/projects/12/accounts/7", parameters), 5);
  EXPECT_EQ(parameters.id("project"), 12);
  EXPECT_EQ(parameters.id("account"), 7);
  EXPECT_EQ(find("GET", "/@ann/42", parameters), 7);
  EXPECT_EQ(parameters["handle"], "ann");
  EXPECT_EQ(find("GET", "/assets/a/b.js", parameters), 8);
  EXPECT_EQ(parameters["rest"], "a/b.js");
}

TEST(Router, prefers_the_more_literal_route_whatever_the_order) {
  EXPECT_EQ(find("GET", "/api/v1/projects/mine"), 4);
  EXPECT_EQ(find("GET", "/api/v1/projects/other"), 3);
  EXPECT_EQ(find("GET", "/@ann"), 6);
  EXPECT_EQ(find("GET", "/ann"), 9);
}

TEST(Router, matches_no_empty_segment_and_no_trailing_slash) {
  for (const auto path :
       {"", "//", "/api/v1/projects/", "/api//v1/projects", "/@", "/@/42", "/assets/", "/@a/"}) {
    EXPECT_TRUE(find("GET", path) == -1 || std::string_view(path) == "/@") << path;
  }
  EXPECT_EQ(find("GET", "/@"), 9);
}

TEST(Router, serves_head_by_get_and_names_the_allowed_methods) {
  EXPECT_EQ(find("HEAD", "/api/v1/projects"), 1);
  EXPECT_EQ(find("PUT", "/api/v1/projects"), -1);
  EXPECT_THAT(kTable.allowed_methods("/api/v1/projects"),
              testing::ElementsAre("GET", "HEAD", "POST"));
  EXPECT_TRUE(kTable.allowed_methods("/nothing/here").empty());
}

TEST(Router, takes_only_canonical_positive_ids) {
  for (const auto* text :
       {"0", "-1", "01", "1x", "", "9007199254740992", "99999999999999999999", "+1", " 1"}) {
    Parameters parameters;
    parameters.add("id", text);
    EXPECT_FALSE(parameters.id("id")) << text;
  }
  Parameters parameters;
  parameters.add("id", "9007199254740991");
  EXPECT_EQ(parameters.id("id"), 9007199254740991);
  EXPECT_FALSE(parameters.id("absent"));
}

TEST(Router, refuses_a_table_that_is_ambiguous_or_malformed) {
  using Table = RouteTable<int>;
  EXPECT_THROW(Table({{"GET", "/{a}", 1}, {"GET", "/{b}", 2}}), std::logic_error);
  for (const auto* path : {"", "a", "//", "/a/", "/{a", "/{}", "/{a}b", "/{a...}/b"}) {
    EXPECT_THROW(Table({{"GET", path, 1}}), std::logic_error) << path;
  }
}

}  // namespace
}  // namespace postmypost::http
