#include <gtest/gtest.h>

#include "base/json.hpp"

namespace postmypost::json {

enum class Mood { kCalm, kVeryGlad };
BOOST_DESCRIBE_ENUM(Mood, kCalm, kVeryGlad)
struct Inner {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (text))
struct Outer {
  std::int64_t id = 0;
  std::optional<std::string> note;
  std::vector<Inner> items;
  Mood mood = Mood::kCalm;
  Patch<std::string> change;
};
BOOST_DESCRIBE_STRUCT(Outer, (), (id, note, items, mood, change))

template <>
constexpr Rules rules<Inner>(std::string_view member) {
  return member == "text" ? Rules{.max_length = 5} : Rules{};
}

namespace {

Result<Outer> read_outer(std::string_view text) {
  auto parsed = parse(text);
  if (!parsed) return fail(parsed.error());
  return read<Outer>(*parsed);
}

TEST(Json, reads_a_described_struct_and_writes_it_back) {
  const auto outer = read_outer(R"({"id":9007199254740991,"items":[{"text":"да"}],"mood":"very_glad","change":null})");
  ASSERT_TRUE(outer);
  EXPECT_EQ(outer->id, 9007199254740991);
  EXPECT_FALSE(outer->note);
  EXPECT_EQ(outer->mood, Mood::kVeryGlad);
  EXPECT_TRUE(outer->change.present);
  EXPECT_FALSE(outer->change.value);
  EXPECT_EQ(write(*outer).at("mood"), "very_glad");
}

struct Bad {
  const char* text;
  const char* code;
  const char* field;
};
class BadJson : public testing::TestWithParam<Bad> {};
TEST_P(BadJson, is_refused_with_code_and_pointer) {
  const auto outer = read_outer(GetParam().text);
  ASSERT_FALSE(outer) << GetParam().text;
  EXPECT_EQ(outer.error().code, GetParam().code) << GetParam().text;
  EXPECT_EQ(outer.error().field, GetParam().field) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(
    Table, BadJson,
    testing::Values(Bad{R"({"items":[],"mood":"calm"})", "json.required", "/id"},
                    Bad{R"({"id":"1","items":[],"mood":"calm"})", "json.type", "/id"},
                    Bad{R"({"id":1.5,"items":[],"mood":"calm"})", "json.type", "/id"},
                    Bad{R"({"id":18446744073709551615,"items":[],"mood":"calm"})", "json.range", "/id"},
                    Bad{R"({"id":1,"items":[{"text":1}],"mood":"calm"})", "json.type", "/items/0/text"},
                    Bad{R"({"id":1,"items":[{"text":"longer"}],"mood":"calm"})", "json.length", "/items/0/text"},
                    Bad{R"({"id":1,"items":[{"text":"a","b":1}],"mood":"calm"})", "json.unknown_field", "/items/0/b"},
                    Bad{R"({"id":1,"items":[],"mood":"angry"})", "json.enum", "/mood"},
                    Bad{R"({"id":1,"id":2,"items":[],"mood":"calm"})", "json.duplicate_key", ""},
                    Bad{R"({"id":1,"items":[{"text":"a","text":"b"}],"mood":"calm"})", "json.duplicate_key", ""},
                    Bad{R"({"":1,"":2})", "json.duplicate_key", ""},
                    Bad{R"({"id":1e400,"items":[],"mood":"calm"})", "json.malformed", ""},
                    Bad{R"({"id":1,)", "json.malformed", ""}, Bad{R"({"id":1} x)", "json.malformed", ""},
                    Bad{"{\"note\":\"\xff\"}", "json.malformed", ""}));

TEST(Json, refuses_what_is_nested_too_deeply) {
  EXPECT_EQ(parse(std::string(1000, '[') + std::string(1000, ']')).error().code, "json.too_deep");
}

TEST(Json, says_its_schema_from_the_same_declaration) {
  const object described = schema<Outer>();
  EXPECT_EQ(described.at("additionalProperties"), false);
  EXPECT_EQ(described.at("required"), value(array{"id", "items", "mood"}));
  EXPECT_EQ(described.at("properties").at("items").at("items").at("properties").at("text").at("maxLength"), 5);
}

}  // namespace
}  // namespace postmypost::json
