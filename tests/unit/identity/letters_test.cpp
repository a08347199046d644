#include <gtest/gtest.h>

#include "identity/identity.hpp"
#include "identity/schema.hpp"
#include "mail/schema.hpp"
#include "support/stores.hpp"

namespace postmypost::identity {
namespace {

using mail::LetterKind;

constexpr const char* kPassword = "four unrelated words here";
constexpr const char* kAnother = "quite another long phrase";

class LettersTest : public testing::Test {
 protected:
  LettersTest() : stores_({kSchema, kLeavingSchema, kChoicesSchema, kRestrictionSchema, mail::kSchema}) {
    people_.send_letters_by(outbox_);
    if (!people_.change_settings("o", "c", "https://post.example", Mode::kOpen)) throw std::runtime_error("no settings");
  }

  static NewPerson guest(const std::string& email, const std::string& password = kPassword) {
    return {.name = "Гость", .email = email, .password = password, .locale = "ru", .policy_version = kPolicyVersion, .terms_version = kTermsVersion};
  }
  Result<> sign_up(const std::string& email, const std::string& password = kPassword) {
    return people_.sign_up_by_letter(guest(email, password), somebody());
  }
  // A visitor of their own address each time: nobody waits for the tries of another.
  Visitor somebody() { return {.ip = "198.51.100." + std::to_string(++visitors_), .user_agent = "Firefox/1 Linux"}; }
  std::int64_t known(const std::string& email) {
    return *people_.create_user({.name = "Анна", .email = email, .password = kPassword, .locale = "ru"}, Role::kUser);
  }

  struct Letter {
    std::string kind, address, token, locale;
  };
  // Newest last, opened as the sender opens them.
  std::vector<Letter> letters() {
    return stores_.read([&](storage::Transaction& tx) {
      std::vector<Letter> all;
      tx.each("select id, user_id, kind, address, secret, locale from letter order by id", {}, [&](const storage::Row& row) {
        const std::int64_t id = row.integer(0), user = row.integer(1);
        const vault::Sealed<Category::kAccess> secret{row.is_null(4) ? "" : row.blob(4)};
        all.push_back({row.text(2),
                       stores_.vault->open<Purpose::kContact>(mail::letter_place("address", id, user), vault::Sealed<Category::kEmail>{row.blob(3)}),
                       secret.bytes.empty() ? "" : stores_.vault->open<Purpose::kIdentify>(mail::letter_place("secret", id, user), secret),
                       row.text(5)});
      });
      return all;
    });
  }
  std::string plans(std::int64_t user) {
    const auto may = stores_.read([&](storage::Transaction& tx) { return Identity::may_plan(tx, user); });
    return may ? "" : may.error().code;
  }
  std::string confirm(const std::string& token, const std::string& password = kPassword) {
    const auto done = people_.confirm_by_link(token, password, somebody());
    return done ? "" : done.error().code;
  }

  int visitors_ = 0;
  support::Stores stores_;
  mail::Outbox outbox_{*stores_.vault, stores_.clock, stores_.random};
  Identity people_{*stores_.database, *stores_.vault, stores_.clock, stores_.random};
};

TEST_F(LettersTest, whoever_signs_up_is_nobody_before_the_link_is_opened_with_their_password) {
  EXPECT_EQ(people_.sign_up(guest("guest@example.org"), {}, somebody()).error().code, "signup.by_letter");
  ASSERT_TRUE(sign_up("Guest@example.org"));
  const auto sent = letters();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].kind, "confirm");
  EXPECT_EQ(sent[0].address, "guest@example.org");
  EXPECT_EQ(sent[0].locale, "ru");
  const std::int64_t user = *people_.find_by_email("guest@example.org");
  EXPECT_EQ(plans(user), "person.unconfirmed");
  EXPECT_EQ(people_.sign_in("guest@example.org", kPassword, somebody()).error().code, "signin.wrong");
  EXPECT_EQ(people_.sign_in("nobody@example.org", kPassword, somebody()).error().code, "signin.wrong");
  EXPECT_EQ(confirm("not this one"), "link.unusable");
  EXPECT_EQ(confirm(sent[0].token, kAnother), "password.current_wrong");
  EXPECT_EQ(confirm(sent[0].token), "");
  EXPECT_EQ(confirm(sent[0].token), "link.unusable");
  EXPECT_EQ(plans(user), "");
  EXPECT_EQ(people_.person(user)->email_confirmed_by, "link");
  EXPECT_EQ(people_.acknowledgements(user).size(), 2U);
  EXPECT_TRUE(people_.sign_in("guest@example.org", kPassword, somebody()));
}

TEST_F(LettersTest, an_address_that_is_known_gets_a_letter_of_its_own_and_nothing_is_changed) {
  const std::int64_t anna = known("anna@example.org");
  ASSERT_TRUE(sign_up("anna@example.org", kAnother));
  const auto sent = letters();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].kind, "taken");
  EXPECT_EQ(sent[0].token, "");
  EXPECT_EQ(people_.person(anna)->name, "Анна");
  EXPECT_TRUE(people_.sign_in("anna@example.org", kPassword, somebody()));
}

TEST_F(LettersTest, who_signed_up_with_an_address_of_somebody_else_holds_it_for_nobody) {
  ASSERT_TRUE(sign_up("owner@example.org", "the phrase of a stranger"));
  ASSERT_TRUE(sign_up("owner@example.org", kPassword));
  const auto sent = letters();
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(confirm(sent[0].token, "the phrase of a stranger"), "password.current_wrong");
  EXPECT_EQ(confirm(sent[1].token), "");
  EXPECT_EQ(confirm(sent[0].token), "link.unusable");
  ASSERT_TRUE(sign_up("invited@example.org", "the phrase of a stranger"));
  const auto invitation = people_.invite(1, {});
  EXPECT_TRUE(people_.sign_up(guest("invited@example.org"), invitation.token, somebody())) << "an invitation takes it over";
  EXPECT_EQ(people_.person(*people_.find_by_email("invited@example.org"))->email_confirmed_by, "invitation");
}

TEST_F(LettersTest, a_sign_up_that_nobody_confirmed_leaves_after_a_week_and_others_do_not) {
  const std::int64_t anna = known("anna@example.org");
  ASSERT_TRUE(sign_up("guest@example.org"));
  const std::int64_t user = *people_.find_by_email("guest@example.org");
  EXPECT_EQ(people_.end_unconfirmed(), 0);
  stores_.clock.advance(days(7) + seconds(1));
  EXPECT_EQ(people_.end_unconfirmed(), 1);
  const auto gone = stores_.read([&](storage::Transaction& tx) { return Identity::leaving_before(tx, stores_.clock.now() - days(7)); });
  EXPECT_EQ(gone, std::vector{user});
  EXPECT_NE(anna, user);
  EXPECT_EQ(people_.end_unconfirmed(), 0);
}

TEST_F(LettersTest, a_letter_comes_again_to_who_waits_and_to_nobody_else) {
  known("anna@example.org");
  ASSERT_TRUE(sign_up("guest@example.org"));
  for (const char* email : {"guest@example.org", "anna@example.org", "nobody@example.org"}) EXPECT_TRUE(people_.confirm_again(email, somebody()));
  EXPECT_EQ(letters().size(), 2U);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(people_.confirm_again("guest@example.org", somebody())) << "the answer is the same, letter or not";
  EXPECT_EQ(letters().size(), 3U);
  EXPECT_EQ(confirm(letters()[0].token), "") << "the first link is as good as the others";
}

TEST_F(LettersTest, another_address_takes_effect_with_its_link_and_the_one_before_is_told) {
  const std::int64_t anna = known("anna@example.org");
  known("boris@example.org");
  const SignedIn session = people_.sign_in("anna@example.org", kPassword, somebody()).value();
  EXPECT_EQ(people_.ask_for_email(anna, "new@example.org", kAnother).error().code, "password.current_wrong");
  const Person asked = people_.ask_for_email(anna, "New@example.org", kPassword).value();
  EXPECT_EQ(asked.email, "anna@example.org");
  EXPECT_EQ(asked.email_awaited, "new@example.org");
  const Person taken = people_.ask_for_email(anna, "boris@example.org", kPassword).value();
  EXPECT_EQ(taken.email_awaited, "boris@example.org") << "it shows nowhere that the address is taken";
  auto sent = letters();
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].kind, "email");
  EXPECT_EQ(sent[0].address, "new@example.org");
  EXPECT_EQ(sent[1].kind, "taken");
  EXPECT_EQ(confirm(sent[0].token), "");
  sent = letters();
  EXPECT_EQ(sent.back().kind, "email_changed");
  EXPECT_EQ(sent.back().address, "anna@example.org");
  const Person changed = people_.person(anna).value();
  EXPECT_EQ(changed.email, "new@example.org");
  EXPECT_EQ(changed.email_confirmed_by, "link");
  EXPECT_EQ(changed.email_awaited, std::nullopt) << "what was asked for meanwhile ended";
  EXPECT_FALSE(people_.session(session.token));
  EXPECT_FALSE(people_.find_by_email("anna@example.org"));
}

// Whether an address is known must not show in when the limit is met.
TEST_F(LettersTest, asking_for_addresses_meets_its_limit_whether_they_are_taken_or_not) {
  const std::int64_t anna = known("anna@example.org");
  known("boris@example.org");
  for (const char* email : {"boris@example.org", "one@example.org", "boris@example.org"}) EXPECT_TRUE(people_.ask_for_email(anna, email, kPassword)) << email;
  for (const char* email : {"boris@example.org", "two@example.org"}) {
    EXPECT_EQ(people_.ask_for_email(anna, email, kPassword).error().code, "letter.too_many") << email;
  }
}

TEST_F(LettersTest, an_address_that_somebody_else_got_meanwhile_is_not_taken_from_them) {
  const std::int64_t anna = known("anna@example.org");
  ASSERT_TRUE(people_.ask_for_email(anna, "free@example.org", kPassword));
  known("free@example.org");
  EXPECT_EQ(confirm(letters()[0].token), "link.unusable");
  EXPECT_EQ(people_.person(anna)->email, "anna@example.org");
}

TEST_F(LettersTest, a_forgotten_password_is_set_by_a_link_that_ends_all_sessions_and_confirms) {
  known("anna@example.org");
  const SignedIn session = people_.sign_in("anna@example.org", kPassword, somebody()).value();
  EXPECT_TRUE(people_.ask_for_password("nobody@example.org", somebody()));
  EXPECT_EQ(letters().size(), 0U);
  ASSERT_TRUE(people_.ask_for_password("Anna@example.org", somebody()));
  const std::string token = letters()[0].token;
  EXPECT_EQ(people_.set_password_by_link(token, "short").error().code, "password.too_short");
  EXPECT_EQ(people_.set_password_by_link(token, "anna@example.org1").error().code, "password.contains_own_words");
  EXPECT_EQ(confirm(token), "link.unusable") << "a link is for one thing";
  EXPECT_TRUE(people_.set_password_by_link(token, kAnother));
  EXPECT_EQ(people_.set_password_by_link(token, kPassword).error().code, "link.unusable");
  EXPECT_FALSE(people_.session(session.token));
  EXPECT_FALSE(people_.sign_in("anna@example.org", kPassword, somebody()));
  EXPECT_TRUE(people_.sign_in("anna@example.org", kAnother, somebody()));
  EXPECT_EQ(people_.person(*people_.find_by_email("anna@example.org"))->email_confirmed_by, "operator") << "as it was";
  ASSERT_TRUE(sign_up("guest@example.org", "the phrase of a stranger"));
  ASSERT_TRUE(people_.ask_for_password("guest@example.org", somebody()));
  ASSERT_TRUE(people_.set_password_by_link(letters().back().token, kPassword));
  EXPECT_TRUE(people_.sign_in("guest@example.org", kPassword, somebody())) << "whoever reads the mailbox has the address";
}

TEST_F(LettersTest, a_password_link_to_an_address_before_is_of_no_use) {
  const std::int64_t anna = known("anna@example.org");
  ASSERT_TRUE(people_.ask_for_password("anna@example.org", somebody()));
  ASSERT_TRUE(people_.ask_for_email(anna, "new@example.org", kPassword));
  const auto sent = letters();
  EXPECT_EQ(confirm(sent[1].token), "");
  EXPECT_EQ(people_.set_password_by_link(sent[0].token, kAnother).error().code, "link.unusable");
}

TEST_F(LettersTest, without_a_relay_nothing_is_promised) {
  Identity without{*stores_.database, *stores_.vault, stores_.clock, stores_.random};
  EXPECT_FALSE(without.sends_letters());
  EXPECT_EQ(without.ask_for_password("anna@example.org", somebody()).error().code, "letter.none");
  EXPECT_EQ(without.sign_up_by_letter(guest("a@example.org"), somebody()).error().code, "letter.none");
  EXPECT_TRUE(without.sign_up(guest("a@example.org"), {}, somebody())) << "as before";
}

}  // namespace
}  // namespace postmypost::identity
