// What people decide about purposes: proofs, and that a decision holds from the next transaction on, in every process.
#include "identity/choices.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/identity.hpp"
#include "identity/schema.hpp"
#include "support/stores.hpp"

namespace postmypost::identity {
namespace {

using testing::ElementsAre;

const Visitor kVisitor{.ip = "203.0.113.7", .user_agent = "Firefox/140.0 Linux"};
const ShownChoice kShown{.version = 1, .locale = "ru", .screen = "choice-security", .control = "switch"};

class ChoicesTest : public testing::Test {
 protected:
  ChoicesTest() : stores_({kSchema, kLeavingSchema, kChoicesSchema, kRestrictionSchema}) {
    const NewPerson anna{.name = "Анна", .email = "anna@example.org", .password = "four unrelated words", .locale = "ru",
                         .policy_version = kPolicyVersion, .terms_version = kTermsVersion};
    user_ = people_.set_up(*people_.new_set_up_token(),
                           {.operator_name = "o", .operator_contact = "c", .public_url = "https://post.example"}, anna,
                           kVisitor)
                .value()
                .actor.user_id;
  }

  std::string choose(Purpose purpose, bool permitted, const ShownChoice& shown = kShown) {
    const auto done = people_.choices().choose(user_, purpose, permitted, shown, "o", "c");
    return done ? "" : done.error().code;
  }
  bool permits(Purpose purpose, storage::Database& database) {
    return database.read([&](storage::Transaction& tx) { return people_.choices().permits(tx, user_, purpose); });
  }
  std::vector<std::string> chosen() {
    std::vector<std::string> words;
    for (const auto& row : people_.choices().history(user_)) words.push_back(row.choice);
    return words;
  }

  support::Stores stores_;
  Identity people_{*stores_.database, *stores_.vault, stores_.clock, stores_.random};
  std::int64_t user_ = 0;
};

TEST_F(ChoicesTest, begin_without_any_consent_and_with_the_rest_switched_on) {
  EXPECT_FALSE(permits(Purpose::kImprove, *stores_.database));
  EXPECT_TRUE(permits(Purpose::kPersonalise, *stores_.database));
  EXPECT_TRUE(permits(Purpose::kSecurity, *stores_.database));
  EXPECT_TRUE(permits(Purpose::kPublish, *stores_.database)) << "what the work itself needs is nobody's to decide";
  EXPECT_TRUE(chosen().empty()) << "no row that nobody chose";
}

TEST_F(ChoicesTest, keep_each_decision_with_the_text_that_was_shown) {
  EXPECT_EQ(choose(Purpose::kImprove, true), "");
  EXPECT_EQ(choose(Purpose::kImprove, true), "");
  stores_.clock.advance(minutes(1));
  EXPECT_EQ(choose(Purpose::kImprove, false), "");
  EXPECT_THAT(chosen(), ElementsAre("given", "withdrawn")) << "the same decision twice is one";
  const auto rows = people_.choices().history(user_);
  EXPECT_EQ(rows[0].sha256, render_document("improve", "ru", "o", "c")->sha256);
  EXPECT_EQ(rows[0].policy_version, kPolicyVersion);
  EXPECT_EQ(rows[0].shown.screen, "choice-security");
  EXPECT_EQ(rows[1].at.us - rows[0].at.us, minutes(1).us);
}

TEST_F(ChoicesTest, touch_one_purpose_only) {
  EXPECT_EQ(choose(Purpose::kImprove, true), "");
  EXPECT_EQ(choose(Purpose::kSecurity, false), "");
  EXPECT_TRUE(permits(Purpose::kImprove, *stores_.database));
  EXPECT_TRUE(permits(Purpose::kPersonalise, *stores_.database));
  EXPECT_FALSE(permits(Purpose::kSecurity, *stores_.database));
}

TEST_F(ChoicesTest, prove_a_row_and_see_that_one_was_changed) {
  ASSERT_EQ(choose(Purpose::kImprove, true), "");
  auto row = people_.choices().history(user_).front();
  EXPECT_TRUE(people_.choices().is_genuine(user_, row));
  EXPECT_FALSE(people_.choices().is_genuine(user_ + 1, row));
  row.choice = "withdrawn";
  EXPECT_FALSE(people_.choices().is_genuine(user_, row));
  row.choice = "given";
  row.at.us += 1;
  EXPECT_FALSE(people_.choices().is_genuine(user_, row));
}

TEST_F(ChoicesTest, refuse_what_was_not_shown_and_what_is_not_decided) {
  EXPECT_EQ(choose(Purpose::kImprove, true, {.version = 2, .locale = "ru", .screen = "s", .control = "c"}), "choice.text_not_current");
  for (const auto& [screen, control] : {std::pair{"", "c"}, std::pair{"s", ""}, std::pair{"s", "<b>"}}) {
    EXPECT_EQ(choose(Purpose::kImprove, true, {.version = 1, .locale = "ru", .screen = screen, .control = control}), "choice.shown");
  }
  EXPECT_EQ(choose(Purpose::kPublish, false), "choice.not_found");
  EXPECT_TRUE(chosen().empty());
}

TEST_F(ChoicesTest, open_nothing_for_security_from_the_moment_of_the_objection_in_any_process) {
  const vault::Place place{"session", "ip", 77, vault::KeyScope::kUser, user_};
  const auto address = stores_.vault->seal<Category::kIpAddress>(place, "203.0.113.7");
  const auto other_process = stores_.store.open();
  const auto opened = [&](storage::Database& database) {
    return database.read([&](storage::Transaction& tx) {
      return stores_.vault->open<Purpose::kSecurity>(tx, people_.choices(), place, address);
    });
  };
  EXPECT_EQ(opened(*other_process), "203.0.113.7");
  const auto before = stores_.vault->reads(Category::kIpAddress, Purpose::kSecurity);
  ASSERT_EQ(choose(Purpose::kSecurity, false), "");
  EXPECT_EQ(opened(*other_process), std::nullopt);
  EXPECT_EQ(opened(*stores_.database), std::nullopt);
  EXPECT_EQ(stores_.vault->reads(Category::kIpAddress, Purpose::kSecurity), before);
  ASSERT_EQ(choose(Purpose::kSecurity, true), "");
  EXPECT_EQ(opened(*other_process), "203.0.113.7");
}

TEST_F(ChoicesTest, open_nothing_of_what_belongs_to_no_one_person) {
  const vault::Place place{"session", "ip", 77, vault::KeyScope::kProject, user_};
  const auto address = stores_.vault->seal<Category::kIpAddress>(place, "203.0.113.7");
  EXPECT_EQ(stores_.read([&](storage::Transaction& tx) {
    return stores_.vault->open<Purpose::kSecurity>(tx, people_.choices(), place, address);
  }),
            std::nullopt);
}

TEST_F(ChoicesTest, erase_addresses_at_the_objection_and_note_none_until_it_is_taken_back) {
  const auto shown = [&] {
    std::vector<std::string> all;
    for (const auto& row : people_.sessions(user_)) all.push_back(row.ip);
    std::ranges::sort(all);
    return all;
  };
  const auto stored = [&] {
    return *stores_.read([](storage::Transaction& tx) { return tx.value<std::int64_t>("select count(*) from session where length(ip) > 0"); });
  };
  const auto sign_in = [&] { ASSERT_TRUE(people_.sign_in("anna@example.org", "four unrelated words", kVisitor)); };
  EXPECT_THAT(shown(), ElementsAre("203.0.113.7"));
  ASSERT_EQ(choose(Purpose::kSecurity, false), "");
  EXPECT_EQ(stored(), 0);
  sign_in();
  EXPECT_EQ(stored(), 0);
  EXPECT_THAT(shown(), ElementsAre("", ""));
  ASSERT_EQ(choose(Purpose::kSecurity, true), "");
  sign_in();
  EXPECT_THAT(shown(), ElementsAre("", "", "203.0.113.7"));
}

TEST_F(ChoicesTest, read_no_preference_while_personalisation_is_off_and_use_the_defaults) {
  ASSERT_TRUE(people_.change_person(user_, {}, "ru", "dark"));
  EXPECT_EQ(people_.person(user_)->theme, "dark");
  ASSERT_EQ(choose(Purpose::kPersonalise, false), "");
  const auto before = stores_.vault->reads(Category::kPreference, Purpose::kPersonalise);
  EXPECT_GT(before, 0U);
  const Person person = people_.person(user_).value();
  EXPECT_FALSE(person.personalised);
  EXPECT_EQ(person.locale, "en");
  EXPECT_EQ(person.theme, "system");
  EXPECT_EQ(people_.change_person(user_, {}, "ru", {}).error().code, "choice.personalise_off");
  EXPECT_TRUE(people_.change_person(user_, "Анна Л.", {}, {})) << "a name is no preference";
  EXPECT_EQ(stores_.vault->reads(Category::kPreference, Purpose::kPersonalise), before);
  ASSERT_EQ(choose(Purpose::kPersonalise, true), "");
  EXPECT_EQ(people_.person(user_)->theme, "dark") << "what was saved before is there again";
}

}  // namespace
}  // namespace postmypost::identity
