#include "api/scopes.hpp"

#include <gtest/gtest.h>

namespace postmypost::api {
namespace {

TEST(Scopes, a_token_without_scopes_reaches_all_but_what_is_done_in_person) {
  EXPECT_TRUE(token_may("", Area::kOperator, true));
  EXPECT_EQ(token_may("", Area::kInPerson, false).error().code, "token.in_person");
}

TEST(Scopes, who_may_write_may_read_and_not_the_other_way) {
  EXPECT_TRUE(token_may("publications:write", Area::kPublications, false));
  EXPECT_EQ(token_may("publications:read", Area::kPublications, true).error().code, "token.scope_missing");
  EXPECT_EQ(token_may("publications:read", Area::kFiles, false).error().params.at("scope"), "files:read");
}

TEST(Scopes, a_word_that_only_begins_alike_is_another_one) {
  EXPECT_FALSE(covers("publications:readers", "publications:read"));
  EXPECT_FALSE(covers("publications", "publications:read"));
}

TEST(Scopes, of_a_new_token_are_known_ordered_and_single) {
  EXPECT_EQ(checked_scopes("files:write  accounts:read files:write"), "accounts:read files:write");
  EXPECT_EQ(checked_scopes(""), "");
  EXPECT_EQ(checked_scopes("everything").error().code, "token.scope");
  EXPECT_EQ(checked_scopes("analytics:write").error().code, "token.scope");
}

}  // namespace
}  // namespace postmypost::api
