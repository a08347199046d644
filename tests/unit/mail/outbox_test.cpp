#include "mail/outbox.hpp"

#include <gtest/gtest.h>


#include "mail/relay.hpp"
#include "mail/schema.hpp"
#include "mail/sending.hpp"
#include "support/stores.hpp"
#include "vault/ledger.hpp"
#include "vault/schema.hpp"

namespace postmypost::mail {
namespace {

constexpr std::int64_t kAnna = 7, kBoris = 8;
constexpr const char* kAddress = "anna@example.org";

class OutboxTest : public testing::Test {
 protected:
  OutboxTest() : stores_({vault::kSchema, vault::kPeopleSchema, kSchema}) {}

  bool put(std::int64_t user, LetterKind kind) {
    return stores_.write([&](storage::Transaction& tx) { return outbox_.put_with_link(tx, user, kind, "ru", kAddress); });
  }
  std::string token(std::int64_t user, LetterKind kind) {
    return stores_.write([&](storage::Transaction& tx) { return outbox_.make_link(tx, user, kind, kAddress).value(); });
  }
  std::optional<Link> find(const std::string& token) {
    return stores_.read([&](storage::Transaction& tx) { return outbox_.find(tx, token); });
  }
  bool use(const Link& link) {
    return stores_.write([&](storage::Transaction& tx) { return outbox_.use(tx, link); });
  }
  std::int64_t count(std::string_view condition) {
    return stores_.read([&](storage::Transaction& tx) { return *tx.value<std::int64_t>("select count(*) from letter where " + std::string(condition)); });
  }
  std::string state() {
    return stores_.read([&](storage::Transaction& tx) { return *tx.value<std::string>("select state from letter order by made_at desc, id desc limit 1"); });
  }
  std::vector<vault::DisclosureRow> passed_on(std::int64_t user) {
    return stores_.read([&](storage::Transaction& tx) { return vault::Ledger::of_person(tx, user, {}, {}, 50); });
  }
  // A port of this machine where nobody listens: binding one and closing it.
  Relay nobody() { return {.security = Security::kPlain, .host = "127.0.0.1", .port = 1, .sender = "post@example.org", .timeout = seconds(3)}; }
  Sending sending(const Relay& relay) {
    return Sending({*stores_.database, *stores_.vault, stores_.clock, relay, [] { return Face{"Operator", "https://post.example.org"}; }});
  }

  support::Stores stores_;
  std::atomic<int> woken_{0};
  Outbox outbox_{*stores_.vault, stores_.clock, stores_.random, [this] { ++woken_; }};
  const std::atomic<bool> going_on_{false};
};

TEST_F(OutboxTest, a_link_serves_once_for_a_day_for_its_person_and_address) {
  const std::string mine = token(kAnna, LetterKind::kConfirm);
  const auto link = find(mine);
  ASSERT_TRUE(link);
  EXPECT_EQ(link->user_id, kAnna);
  EXPECT_EQ(link->kind, LetterKind::kConfirm);
  EXPECT_EQ(link->address, kAddress);
  EXPECT_FALSE(find("another"));
  EXPECT_FALSE(find(""));
  EXPECT_TRUE(use(*link));
  EXPECT_FALSE(use(*link));
  EXPECT_FALSE(find(mine));
  const std::string old = token(kAnna, LetterKind::kPassword);
  stores_.clock.advance(hours(23));
  EXPECT_TRUE(find(old));
  stores_.clock.advance(hours(1));
  EXPECT_FALSE(find(old));
}

TEST_F(OutboxTest, using_a_link_ends_the_others_of_its_kind_and_person_only) {
  const std::string first = token(kAnna, LetterKind::kConfirm), second = token(kAnna, LetterKind::kConfirm);
  const std::string other_kind = token(kAnna, LetterKind::kPassword), others = token(kBoris, LetterKind::kConfirm);
  EXPECT_TRUE(use(*find(second)));
  EXPECT_FALSE(find(first));
  EXPECT_TRUE(find(other_kind));
  EXPECT_TRUE(find(others));
}

TEST_F(OutboxTest, only_the_hash_of_a_link_and_a_sealed_address_are_stored) {
  const std::string secret = token(kAnna, LetterKind::kConfirm);
  const auto [hash, address] = stores_.read([&](storage::Transaction& tx) {
    return *tx.row<storage::Blob, storage::Blob>("select token_hash, address from letter_link");
  });
  EXPECT_EQ(hash.bytes.size(), 32U);
  EXPECT_EQ(hash.bytes.find(secret), std::string::npos);
  EXPECT_EQ(address.bytes.find("anna"), std::string::npos);
}

TEST_F(OutboxTest, three_letters_of_a_kind_an_hour_and_ten_a_day_are_the_most) {
  for (int i = 0; i < kMostAnHour; ++i) EXPECT_TRUE(put(kAnna, LetterKind::kConfirm));
  EXPECT_FALSE(put(kAnna, LetterKind::kConfirm));
  EXPECT_TRUE(put(kAnna, LetterKind::kPassword)) << "of another kind";
  EXPECT_TRUE(put(kBoris, LetterKind::kConfirm)) << "for another person";
  std::int64_t today = kMostAnHour;
  for (int hour = 1; hour < 12; ++hour) {
    stores_.clock.advance(hours(1) + seconds(1));
    while (put(kAnna, LetterKind::kConfirm)) ++today;
  }
  EXPECT_EQ(today, kMostADay);
  stores_.clock.advance(hours(24));
  EXPECT_TRUE(put(kAnna, LetterKind::kConfirm));
}

TEST_F(OutboxTest, wakes_the_sender_after_the_commit_only) {
  put(kAnna, LetterKind::kConfirm);
  EXPECT_EQ(woken_, 1);
  const auto undone = stores_.write([&](storage::Transaction& tx) -> Result<> {
    outbox_.put(tx, kAnna, LetterKind::kTaken, "ru", kAddress);
    return fail({.code = "x"});
  });
  EXPECT_FALSE(undone);
  EXPECT_EQ(woken_, 1);
  EXPECT_EQ(count("1=1"), 1);
}

TEST_F(OutboxTest, a_relay_that_is_away_leaves_the_letter_waiting_and_the_ledger_says_that_nothing_was_sent) {
  put(kAnna, LetterKind::kConfirm);
  const Relay relay = nobody();
  EXPECT_EQ(sending(relay).work(going_on_), 1);
  EXPECT_EQ(state(), "waiting");
  EXPECT_EQ(sending(relay).work(going_on_), 0) << "not before its pause is over";
  stores_.clock.advance(seconds(16));
  EXPECT_EQ(sending(relay).work(going_on_), 1);
  const auto rows = passed_on(kAnna);
  ASSERT_EQ(rows.size(), 2U);
  for (const auto& row : rows) {
    EXPECT_EQ(row.outcome, vault::DisclosureOutcome::kNotSent);
    EXPECT_EQ(row.disclosure.recipient_host, "127.0.0.1");
    EXPECT_EQ(row.disclosure.what, (std::vector<std::string>{"email", "letter"}));
    EXPECT_EQ(row.disclosure.clause, "3.2.2");
    EXPECT_EQ(row.disclosure.purpose, Purpose::kIdentify);
    EXPECT_EQ(vault::kind_of(row.disclosure), "letter");
  }
  stores_.clock.advance(kLetterLife);
  EXPECT_EQ(sending(relay).work(going_on_), 0) << "its link is of no use any more";
  EXPECT_EQ(state(), "given_up");
  EXPECT_EQ(count("address is null and secret is null and ended_at is not null"), 1) << "nothing of it stays";
  stores_.clock.advance(days(1));
  EXPECT_EQ(sending(relay).work(going_on_), 0);
  const auto seen = stores_.read([&](storage::Transaction& tx) { return outbox_.state(tx); });
  EXPECT_EQ(seen.given_up, 1);
  EXPECT_EQ(seen.waiting, 0);
  EXPECT_EQ(seen.problem, "unreachable");
}

TEST_F(OutboxTest, what_a_killed_process_had_in_hand_is_tried_again_when_its_claim_is_over_and_its_row_says_unknown) {
  put(kAnna, LetterKind::kConfirm);
  stores_.write([&](storage::Transaction& tx) {
    const auto row = vault::Ledger::record(tx, {.recipient_host = "127.0.0.1", .user_id = kAnna, .evidence = "letter:1"}, stores_.clock.now());
    tx.execute("update letter set state='sending', tries=1, disclosure_id=$1, next_at=$2", row.id(), stores_.clock.now() + seconds(90));
  });
  const Relay relay = nobody();
  EXPECT_EQ(sending(relay).work(going_on_), 0) << "another process may be at it";
  sending(relay).take_over();
  EXPECT_EQ(sending(relay).work(going_on_), 1);
  const auto rows = passed_on(kAnna);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].outcome, vault::DisclosureOutcome::kUnknown);
  EXPECT_EQ(rows[0].outcome, vault::DisclosureOutcome::kNotSent);
}

TEST_F(OutboxTest, a_letter_whose_person_was_erased_ends_and_nothing_is_sent) {
  put(kAnna, LetterKind::kConfirm);
  stores_.vault->destroy(vault::KeyScope::kUser, kAnna);
  EXPECT_EQ(sending(nobody()).work(going_on_), 1);
  EXPECT_EQ(state(), "refused");
  EXPECT_EQ(passed_on(kAnna)[0].outcome, vault::DisclosureOutcome::kNotSent);
}

TEST_F(OutboxTest, counts_what_was_asked_for_by_day) {
  const auto asked = [&] { return stores_.read([&](storage::Transaction& tx) { return outbox_.state(tx).asked_today; }); };
  EXPECT_EQ(asked(), 0);
  for (int i = 0; i < 2; ++i) stores_.write([&](storage::Transaction& tx) { outbox_.note_asked(tx); });
  EXPECT_EQ(asked(), 2);
  stores_.clock.advance(days(1));
  EXPECT_EQ(asked(), 0);
}

std::string code_of(const RelayWords& words) {
  const auto relay = relay_of(words, "/etc/hostname");
  return relay ? (*relay ? (*relay)->address() : "none") : relay.error().code;
}

TEST(RelayOptions, are_read_or_refused_in_words) {
  const std::string sender = "post@example.org";
  EXPECT_EQ(code_of({}), "none");
  EXPECT_EQ(code_of({.sender = sender}), "mail.relay_missing");
  EXPECT_EQ(code_of({.ca_file = "/etc/hostname"}), "mail.relay_missing");
  EXPECT_EQ(code_of({.url = "smtp://relay.example.org"}), "mail.sender_missing");
  EXPECT_EQ(code_of({.url = "smtp://relay.example.org", .sender = sender}), "smtp://relay.example.org:587");
  EXPECT_EQ(code_of({.url = "smtp://relay.example.org:443/", .sender = sender}), "smtp://relay.example.org:443");
  EXPECT_EQ(code_of({.url = "smtps://Relay.Example.org", .sender = sender}), "smtps://relay.example.org:465");
  EXPECT_EQ(code_of({.url = "smtp-plain://127.0.0.1:2525", .sender = sender}), "smtp-plain://127.0.0.1:2525");
  EXPECT_EQ(code_of({.url = "smtp-plain://[::1]", .sender = sender}), "smtp-plain://[::1]:25");
  EXPECT_EQ(code_of({.url = "smtp://10.0.0.5", .sender = sender}), "smtp://10.0.0.5:587") << "at a private address";
  for (const char* url : {"smtp-plain://localhost", "smtp-plain://192.168.0.2", "smtp-plain://127.0.0.1.example.org"}) {
    EXPECT_EQ(code_of({.url = url, .sender = sender}), "mail.relay_plain") << url;
  }
  for (const char* url : {"relay.example.org", "http://relay.example.org", "smtp://", "smtp://me:word@relay.example.org", "smtp://relay.example.org/x",
                          "smtp://relay.example.org?x", "smtp://relay.example.org#x", "smtp://relay.example.org:99999", "smtp://a b"}) {
    EXPECT_EQ(code_of({.url = url, .sender = sender}), "mail.relay_form") << url;
  }
  for (const char* wrong : {"post", "Post <post@example.org>", "a@example.org\r\nRCPT TO:<b@example.org>"}) {
    EXPECT_EQ(code_of({.url = "smtp://relay.example.org", .sender = wrong}), "mail.sender_form") << wrong;
  }
  EXPECT_EQ(code_of({.url = "smtp://relay.example.org", .sender = sender, .user = "me"}), "mail.credentials_half");
  EXPECT_EQ(code_of({.url = "smtp://relay.example.org", .sender = sender, .password_file = "/etc/hostname"}), "mail.credentials_half");
  EXPECT_EQ(code_of({.url = "smtp://relay.example.org", .sender = sender, .user = "me", .password_file = "/nowhere"}), "mail.password_file");
  EXPECT_EQ(code_of({.url = "smtp://relay.example.org", .sender = sender, .ca_file = "/nowhere"}), "mail.ca_file");
}

}  // namespace
}  // namespace postmypost::mail
