// Letters: signing up by one, confirming an address, a new password; and the operator's view of the relay.
#include "api/v1/people_views.hpp"
#include "base/zones.hpp"

namespace postmypost::api::v1 {

struct LetterSignUp {
  std::string name, email, password, locale;
  std::int64_t acknowledged_policy_version = 0, acknowledged_terms_version = 0;
};
BOOST_DESCRIBE_STRUCT(LetterSignUp, (), (name, email, password, locale, acknowledged_policy_version, acknowledged_terms_version))

struct AddressInput {
  std::string email;
};
BOOST_DESCRIBE_STRUCT(AddressInput, (), (email))

struct LinkInput {
  std::string token, password;
};
BOOST_DESCRIBE_STRUCT(LinkInput, (), (token, password))

struct MailView {
  std::optional<std::string> relay, sender;  // none: this server sends no letters
  bool encrypted = false, signs_in = false;
  std::int64_t waiting = 0, sent = 0, refused = 0, given_up = 0, asked_today = 0;
  std::optional<std::string> problem, problem_at;
};
BOOST_DESCRIBE_STRUCT(MailView, (),
                      (relay, sender, encrypted, signs_in, waiting, sent, refused, given_up, asked_today, problem, problem_at))

struct LetterChoice {
  bool notices = false;  // by letter as well
};
BOOST_DESCRIBE_STRUCT(LetterChoice, (), (notices))

struct EndInput {
  std::string token;
};
BOOST_DESCRIBE_STRUCT(EndInput, (), (token))

namespace {

Result<> sign_up_by_letter(Call& call, const LetterSignUp& in) {
  return call.with.identity.sign_up_by_letter({.name = in.name,
                                               .email = in.email,
                                               .password = in.password,
                                               .locale = in.locale,
                                               .policy_version = in.acknowledged_policy_version,
                                               .terms_version = in.acknowledged_terms_version},
                                              visitor_of(call));
}

Result<> confirm_again(Call& call, const AddressInput& in) { return call.with.identity.confirm_again(in.email, visitor_of(call)); }

Result<SessionView> confirm(Call& call, const LinkInput& in) {
  TRY_ASSIGN(const identity::SignedIn signed_in, call.with.identity.confirm_by_link(in.token, in.password, visitor_of(call)));
  return session_opened(call, signed_in);
}

Result<> ask_for_password(Call& call, const AddressInput& in) { return call.with.identity.ask_for_password(in.email, visitor_of(call)); }

Result<> set_password(Call& call, const LinkInput& in) { return call.with.identity.set_password_by_link(in.token, in.password); }

Result<> my_letter_again(Call& call) { return call.with.identity.confirm_again(call.me().user_id); }

Result<LetterChoice> show_choice(Call& call) {
  return LetterChoice{call.with.database.read([&](storage::Transaction& tx) { return care::NoticeLetters::wants(tx, call.me().user_id); })};
}

Result<LetterChoice> choose(Call& call, const LetterChoice& in) {
  TRY(call.with.database.write([&](storage::Transaction& tx) { return call.with.notice_letters.choose(tx, call.me().user_id, in.notices); }));
  return show_choice(call);
}

Result<> end_letters(Call& call, const EndInput& in) {
  call.with.database.write([&](storage::Transaction& tx) { care::NoticeLetters::end_by(tx, in.token); });
  return {};
}

Result<MailView> show_mail(Call& call) {
  if (!call.with.relay) return MailView{};
  const auto state = call.with.database.read([&](storage::Transaction& tx) { return call.with.outbox.state(tx); });
  return MailView{.relay = call.with.relay->address(),
                  .sender = call.with.relay->sender,
                  .encrypted = call.with.relay->security != mail::Security::kPlain,
                  .signs_in = !call.with.relay->user.empty(),
                  .waiting = state.waiting,
                  .sent = state.sent,
                  .refused = state.refused,
                  .given_up = state.given_up,
                  .asked_today = state.asked_today,
                  .problem = state.problem,
                  .problem_at = state.problem_at ? std::optional(to_rfc3339(*state.problem_at)) : std::nullopt};
}

Result<> send_test_letter(Call& call) { return call.with.identity.send_test_letter(call.me().user_id); }

}  // namespace

Routes letter_routes() {
  return {
      {"POST", "/api/v1/signup/letter",
       endpoint<sign_up_by_letter>(Access::kAnonymous, 202, "Sign up on an open server that confirms addresses by a letter")},
      {"POST", "/api/v1/confirmations/letter",
       endpoint<confirm_again>(Access::kAnonymous, 202, "Have the letter that confirms an address sent again")},
      {"POST", "/api/v1/confirmations", endpoint<confirm>(Access::kAnonymous, 201, "Confirm an address by the link of a letter, and sign in")},
      {"POST", "/api/v1/password/letter", endpoint<ask_for_password>(Access::kAnonymous, 202, "Have a letter for a new password sent")},
      {"POST", "/api/v1/password", endpoint<set_password>(Access::kAnonymous, 204, "Set a new password by the link of a letter")},
      {"POST", "/api/v1/me/email/letter",
       before_reading(in_person(endpoint<my_letter_again>(Access::kSession, 202, "Have the letter for one's own address sent again")))},
      {"GET", "/api/v1/me/letters", endpoint<show_choice>(Access::kSession, 200, "Whether notices come by letter as well")},
      {"PUT", "/api/v1/me/letters", endpoint<choose>(Access::kSession, 200, "Have them by letter as well, or not")},
      {"POST", "/api/v1/letters/unsubscribe", endpoint<end_letters>(Access::kAnonymous, 204, "End notices by letter with the link of one")},
      {"GET", "/api/v1/instance/mail", endpoint<show_mail>(Access::kOperator, 200, "The mail relay and how letters fare")},
      {"POST", "/api/v1/instance/mail/test", endpoint<send_test_letter>(Access::kOperator, 202, "Send oneself a test letter")},
  };
}

}  // namespace postmypost::api::v1
