#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "identity/identity.hpp"
#include "identity/policy_text.hpp"
#include "identity/schema.hpp"
#include "support/stores.hpp"

namespace postmypost::identity {
namespace {

const Visitor kVisitor{.ip = "203.0.113.7", .user_agent = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"};

class IdentityTest : public testing::Test {
 protected:
  IdentityTest() : stores_({kSchema, kLeavingSchema, kChoicesSchema, kRestrictionSchema}) {}

  static NewPerson anna(std::string email = "anna@example.org") {
    return {.name = "Анна Ларина", .email = std::move(email), .password = "four unrelated words", .locale = "ru",
            .policy_version = kPolicyVersion, .terms_version = kTermsVersion};
  }
  SignedIn set_up(Mode mode = Mode::kPrivate) {
    return people_.set_up(*people_.new_set_up_token(), {.operator_name = "Оператор", .operator_contact = "op@example.org", .public_url = "https://post.example/", .mode = mode}, anna(), kVisitor).value();
  }

  support::Stores stores_;
  Identity people_{*stores_.database, *stores_.vault, stores_.clock, stores_.random};
};

TEST_F(IdentityTest, a_set_up_link_serves_once_and_for_a_day) {
  const std::string old = *people_.new_set_up_token();
  const std::string token = *people_.new_set_up_token();
  EXPECT_EQ(people_.check_set_up_token(old).error().code, "setup.link_unknown") << "a fresh link ends the older one";
  stores_.clock.advance(hours(25));
  EXPECT_EQ(people_.check_set_up_token(token).error().code, "setup.link_expired");
  set_up();
  EXPECT_FALSE(people_.new_set_up_token());
  EXPECT_EQ(people_.settings().public_url, "https://post.example");
}

TEST_F(IdentityTest, set_up_with_anything_wrong_stores_nothing) {
  const std::string token = *people_.new_set_up_token();
  const auto try_with = [&](Settings s, NewPerson p) { return people_.set_up(token, std::move(s), p, kVisitor).error().code; };
  const Settings good{.operator_name = "o", .operator_contact = "c", .public_url = "https://post.example"};
  EXPECT_EQ(try_with({.operator_contact = "c", .public_url = "https://post.example"}, anna()), "setup.operator_name");
  EXPECT_EQ(try_with({.operator_name = "o", .public_url = "https://post.example"}, anna()), "setup.operator_contact");
  for (const char* url : {"post.example", "ftp://post.example", "https://post.example/path", "https://user@post.example", "https://"}) {
    EXPECT_EQ(try_with({.operator_name = "o", .operator_contact = "c", .public_url = url}, anna()), "setup.public_url") << url;
  }
  NewPerson unread = anna();
  unread.policy_version = 0;
  EXPECT_EQ(try_with(good, unread), "signup.acknowledge");
  EXPECT_FALSE(people_.settings().set_up);
  EXPECT_FALSE(people_.find_by_email("anna@example.org"));
}

TEST_F(IdentityTest, acknowledges_the_versions_that_were_shown) {
  const auto signed_in = set_up();
  const auto rows = people_.acknowledgements(signed_in.actor.user_id);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].sha256, render_document("policy", "ru", "Оператор", "op@example.org")->sha256);
}

TEST_F(IdentityTest, who_has_not_read_the_current_version_is_known_at_every_call_until_they_say_so) {
  const auto op = set_up();
  EXPECT_TRUE(people_.session(op.token)->has_acknowledged);
  const std::int64_t made = people_.create_user(anna("made@example.org"), Role::kUser).value();
  const std::string script = people_.create_token(made, "script", "", {}).value().token;
  const auto signed_in = people_.sign_in("made@example.org", "four unrelated words", kVisitor).value();
  EXPECT_FALSE(signed_in.actor.has_acknowledged);
  EXPECT_FALSE(people_.bearer(script)->has_acknowledged) << "nor may a program go on for them";
  EXPECT_EQ(people_.unread(made).size(), 2U);
  EXPECT_EQ(people_.acknowledge(made, kPolicyVersion - 1, kTermsVersion, "ru").error().code, "policy.version_not_current");
  ASSERT_TRUE(people_.acknowledge(made, kPolicyVersion, kTermsVersion, "ru"));
  ASSERT_TRUE(people_.acknowledge(made, kPolicyVersion, kTermsVersion, "en"));
  EXPECT_EQ(people_.acknowledgements(made).size(), 2U) << "a text is acknowledged once";
  EXPECT_TRUE(people_.session(signed_in.token)->has_acknowledged);
  EXPECT_TRUE(people_.bearer(script)->has_acknowledged);
  EXPECT_TRUE(people_.unread(made).empty());
}

TEST_F(IdentityTest, asks_again_at_a_new_version_and_only_for_what_is_new) {
  const auto op = set_up();
  stores_.write([&](storage::Transaction& tx) {
    tx.execute("update acknowledgement set version=$1 where document='policy'", kPolicyVersion - 1);
  });
  EXPECT_FALSE(people_.session(op.token)->has_acknowledged);
  const auto unread = people_.unread(op.actor.user_id);
  ASSERT_EQ(unread.size(), 1U);
  EXPECT_EQ(unread[0].document, "policy");
  EXPECT_EQ(unread[0].before, kPolicyVersion - 1);
}

TEST_F(IdentityTest, private_mode_needs_an_invitation_that_serves_once) {
  const auto op = set_up();
  EXPECT_EQ(people_.sign_up(anna("b@example.org"), {}, kVisitor).error().code, "signup.invitation_needed");
  const auto invitation = people_.invite(op.actor.user_id, {});
  ASSERT_TRUE(people_.sign_up(anna("b@example.org"), invitation.token, kVisitor));
  EXPECT_EQ(people_.sign_up(anna("c@example.org"), invitation.token, kVisitor).error().code, "invitation.unusable");
  const auto withdrawn = people_.invite(op.actor.user_id, {});
  ASSERT_TRUE(people_.revoke_invitation(withdrawn.row.id));
  EXPECT_FALSE(people_.invitation(withdrawn.token));
  const auto late = people_.invite(op.actor.user_id, {});
  stores_.clock.advance(days(8));
  EXPECT_FALSE(people_.invitation(late.token));
}

TEST_F(IdentityTest, signs_in_whatever_the_case_of_the_address_and_refuses_alike) {
  set_up();
  EXPECT_TRUE(people_.sign_in(" ANNA@Example.ORG ", "four unrelated words", kVisitor));
  const auto wrong_password = people_.sign_in("anna@example.org", "another password", kVisitor);
  const auto nobody = people_.sign_in("nobody@example.org", "another password", kVisitor);
  EXPECT_EQ(wrong_password.error().code, nobody.error().code);
  EXPECT_EQ(wrong_password.error().detail, nobody.error().detail);
}

TEST_F(IdentityTest, slows_guessing_down_and_lets_go_after_a_while) {
  set_up();
  for (int i = 0; i < 6; ++i) static_cast<void>(people_.sign_in("anna@example.org", "wrong wrong wrong", kVisitor));
  const auto blocked = people_.sign_in("anna@example.org", "four unrelated words", kVisitor);
  EXPECT_EQ(blocked.error().code, "signin.too_many");
  EXPECT_GT(blocked.error().retry_after_s, 0);
  stores_.clock.advance(minutes(16));
  EXPECT_TRUE(people_.sign_in("anna@example.org", "four unrelated words", kVisitor));
}

TEST_F(IdentityTest, many_guesses_at_once_are_not_let_through_together) {
  set_up();
  std::atomic<int> judged = 0;
  std::vector<std::jthread> guessers;
  for (int i = 0; i < 12; ++i) {
    guessers.emplace_back([&] { judged += people_.sign_in("anna@example.org", "wrong wrong wrong", kVisitor).error().code == "signin.wrong"; });
  }
  guessers.clear();
  EXPECT_EQ(judged, 5);
}

TEST_F(IdentityTest, sessions_end_by_hand_by_idleness_and_by_a_new_password) {
  const auto first = set_up();
  const auto second = people_.sign_in("anna@example.org", "four unrelated words", kVisitor).value();
  const auto rows = people_.sessions(first.actor.user_id);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].device, "Firefox, Linux");
  EXPECT_EQ(rows[0].ip, "203.0.113.7");
  ASSERT_TRUE(people_.change_password(first.actor.user_id, second.actor.session_id, "four unrelated words", "five entirely other words"));
  EXPECT_FALSE(people_.session(first.token));
  EXPECT_TRUE(people_.session(second.token));
  people_.end_session(first.actor.user_id + 1, second.actor.session_id);
  EXPECT_TRUE(people_.session(second.token)) << "another person can't end it";
  stores_.clock.advance(days(15));
  EXPECT_FALSE(people_.session(second.token));
}

TEST_F(IdentityTest, an_access_token_stands_for_its_person) {
  const auto op = set_up();
  const std::string token = people_.create_token(op.actor.user_id, "script", "", {}).value().token;
  EXPECT_EQ(people_.bearer(token)->user_id, op.actor.user_id);
  EXPECT_FALSE(people_.bearer("pmp_other"));
  EXPECT_FALSE(people_.session(token));
}

TEST_F(IdentityTest, an_address_is_taken_once) {
  set_up(Mode::kOpen);
  EXPECT_EQ(people_.sign_up(anna("Anna@example.org"), {}, kVisitor).error().code, "signup.not_possible");
  for (const char* bad : {"anna", "anna@", "@example.org", "anna@example", "a b@example.org", "a@b@example.org", "a@example.org."}) {
    EXPECT_EQ(people_.sign_up(anna(bad), {}, {.ip = bad, .user_agent = ""}).error().code, "email.form") << bad;
  }
}

TEST(NewPassword, is_long_rare_and_not_ones_own_name) {
  const auto code = [](std::string_view p) {
    const auto result = check_new_password(p, {"Анна Ларина", "anna@example.org"}, "/password");
    return result ? std::string() : result.error().code;
  };
  EXPECT_EQ(code("коротко"), "password.too_short");
  EXPECT_EQ(code(std::string(129, 'a')), "password.too_long");
  EXPECT_EQ(code("Password12345"), "password.too_common");
  EXPECT_EQ(code("anna@example.org1"), "password.contains_own_words");
  EXPECT_EQ(code("двенадцать букв"), "");
  EXPECT_EQ(code("            "), "") << "no rules about kinds of characters";
}

// The texts must not claim what nobody can promise, and must name every clause in both languages.
TEST(Documents, say_every_clause_in_both_languages_and_claim_nothing) {
  for (const Clause& clause : kPolicyVersion1) {
    EXPECT_FALSE(clause.ru.empty() || clause.en.empty()) << clause.number;
  }
  for (const char* locale : {"ru", "en"}) {
    for (const char* kind : {"policy", "terms", "improve", "personalise", "security"}) {
      const Document document = render_document(kind, locale, "Operator", "op@example.org").value();
      std::string all;
      for (const Section& section : document.sections) all += section.paragraphs[0] + "\n";
      EXPECT_EQ(all.find('{'), std::string::npos);
      EXPECT_NE(all.find("op@example.org"), std::string::npos);
      for (const char* claim : {"152-ФЗ", "152-FZ", "GDPR", "certified", "сертифи", "exactly once", "erased everywhere", "удалено везде", "postmypost.io", "обезличен", "anonym"}) {
        EXPECT_EQ(all.find(claim), std::string::npos) << claim;
      }
    }
  }
  EXPECT_NE(render_document("policy", "ru", "A", "c")->sha256, render_document("policy", "ru", "B", "c")->sha256);
  EXPECT_FALSE(render_document("cookies", "ru", "A", "c"));
}

TEST(Documents, show_what_a_new_version_says_otherwise_and_nothing_else) {
  const Document first = render_document("policy", "ru", "A", "c", 1).value();
  const Document now = render_document("policy", "ru", "A", "c").value();
  EXPECT_EQ(first.version, 1);
  EXPECT_EQ(now.version, kPolicyVersion);
  EXPECT_NE(first.sha256, now.sha256);
  const auto changes = changes_since(1, "policy", "ru", "A", "c").value();
  EXPECT_EQ(changes.size(), kPolicyChanges2.size());
  std::string rebuilt;  // the old text with the changes is the new text
  for (const Section& section : first.sections) {
    const auto change = std::ranges::find(changes, section.number, &ClauseChange::number);
    if (change != changes.end()) EXPECT_EQ(change->before, section.paragraphs[0]);
    rebuilt += (change == changes.end() ? section.paragraphs[0] : *change->after) + "\n";
  }
  std::string all;
  for (const Section& section : now.sections) all += section.paragraphs[0] + "\n";
  EXPECT_EQ(rebuilt, all);
  EXPECT_TRUE(changes_since(kPolicyVersion, "policy", "ru", "A", "c").value().empty());
  EXPECT_FALSE(changes_since(kPolicyVersion + 1, "policy", "ru", "A", "c"));
}

}  // namespace
}  // namespace postmypost::identity
