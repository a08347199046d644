#include <gtest/gtest.h>

#include "identity/identity.hpp"
#include "identity/schema.hpp"
#include "support/stores.hpp"

namespace postmypost::identity {
namespace {

class CorrectingTest : public testing::Test {
 protected:
  CorrectingTest() : stores_({kSchema, kLeavingSchema, kChoicesSchema, kRestrictionSchema}) {}

  std::int64_t person(const std::string& email) {
    return *identity_.create_user({.name = "Анна", .email = email, .password = kPassword, .locale = "ru"}, Role::kUser);
  }
  Result<> may_publish(std::int64_t user) {
    return stores_.read([&](storage::Transaction& tx) { return Identity::may_publish(tx, user); });
  }

  static constexpr const char* kPassword = "four unrelated words here";
  support::Stores stores_;
  Identity identity_{*stores_.database, *stores_.vault, stores_.clock, stores_.random};
};

TEST_F(CorrectingTest, another_address_takes_the_password_and_leaves_no_way_by_the_old_one) {
  const std::int64_t anna = person("anna@example.org");
  EXPECT_EQ(identity_.change_email(anna, 0, "new@example.org", "not this one").error().code, "password.current_wrong");
  EXPECT_EQ(identity_.person(anna)->email, "anna@example.org");
  const auto changed = identity_.change_email(anna, 0, " New@Example.org ", kPassword);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->email, "new@example.org");
  EXPECT_EQ(changed->email_confirmed_by, "self");
  EXPECT_FALSE(identity_.find_by_email("anna@example.org"));
  EXPECT_EQ(identity_.find_by_email("new@example.org"), anna);
  EXPECT_TRUE(identity_.sign_in("new@example.org", kPassword, {}));
  EXPECT_EQ(identity_.sign_in("anna@example.org", kPassword, {}).error().code, "signin.wrong");
}

TEST_F(CorrectingTest, whoever_signed_up_by_themselves_plans_nothing_before_somebody_confirms_their_address) {
  const auto plans = [&](std::int64_t user) {
    const auto may = stores_.read([&](storage::Transaction& tx) { return Identity::may_plan(tx, user); });
    return may ? "" : may.error().code;
  };
  EXPECT_EQ(plans(person("invited@example.org")), "") << "made by the operator";
  ASSERT_TRUE(identity_.change_settings("o", "c", "https://post.example", Mode::kOpen));
  const NewPerson guest{.name = "Гость", .email = "guest@example.org", .password = kPassword, .locale = "ru",
                        .policy_version = kPolicyVersion, .terms_version = kTermsVersion};
  const std::int64_t user = identity_.sign_up(guest, {}, {}).value().actor.user_id;
  EXPECT_EQ(plans(user), "person.unconfirmed");
  EXPECT_TRUE(may_publish(user)) << "that is about restriction only";
  ASSERT_TRUE(identity_.change_email(user, 0, "other@example.org", kPassword));
  EXPECT_EQ(plans(user), "person.unconfirmed") << "another address of one's own confirms nothing";
  EXPECT_EQ(identity_.confirm_address("nobody@example.org").error().code, "person.not_found");
  ASSERT_TRUE(identity_.confirm_address("other@example.org"));
  EXPECT_EQ(plans(user), "");
  EXPECT_EQ(identity_.person(user)->email_confirmed_by, "operator");
}

TEST_F(CorrectingTest, an_address_of_somebody_else_is_refused_and_ones_own_in_another_spelling_is_not) {
  const std::int64_t anna = person("anna@example.org");
  person("boris@example.org");
  EXPECT_EQ(identity_.change_email(anna, 0, "BORIS@example.org", kPassword).error().code, "email.not_possible");
  EXPECT_EQ(identity_.change_email(anna, 0, "no address", kPassword).error().code, "email.form");
  EXPECT_TRUE(identity_.change_email(anna, 0, "ANNA@example.org", kPassword));
}

TEST_F(CorrectingTest, ends_every_session_but_the_one_it_is_said_in) {
  const std::int64_t anna = person("anna@example.org");
  const SignedIn here = *identity_.sign_in("anna@example.org", kPassword, {}), there = *identity_.sign_in("anna@example.org", kPassword, {});
  ASSERT_TRUE(identity_.change_email(anna, here.actor.session_id, "new@example.org", kPassword));
  EXPECT_TRUE(identity_.session(here.token));
  EXPECT_FALSE(identity_.session(there.token));
}

TEST_F(CorrectingTest, says_by_what_an_address_was_confirmed) {
  EXPECT_EQ(identity_.person(person("anna@example.org"))->email_confirmed_by, "operator");
}

TEST_F(CorrectingTest, restriction_begins_and_ends_once_and_is_of_one_person) {
  const std::int64_t anna = person("anna@example.org"), boris = person("boris@example.org");
  const auto write = [&](auto what) { return stores_.write([&](storage::Transaction& tx) { return (identity_.*what)(tx, anna); }); };
  EXPECT_TRUE(write(&Identity::restrict));
  const auto since = identity_.person(anna)->restricted_at;
  EXPECT_EQ(since, stores_.clock.now());
  stores_.clock.advance(hours(1));
  EXPECT_FALSE(write(&Identity::restrict));
  EXPECT_EQ(identity_.person(anna)->restricted_at, since) << "the first time counts";
  EXPECT_EQ(may_publish(anna).error().code, "person.restricted");
  EXPECT_TRUE(may_publish(boris));
  EXPECT_TRUE(write(&Identity::lift_restriction));
  EXPECT_FALSE(write(&Identity::lift_restriction));
  EXPECT_TRUE(may_publish(anna));
}

}  // namespace
}  // namespace postmypost::identity
