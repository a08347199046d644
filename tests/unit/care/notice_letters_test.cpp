// Notices by letter: only for who wants them, only what is new, and ended at once.
#include "care/notice_letters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "care/schema.hpp"
#include "identity/schema.hpp"
#include "mail/schema.hpp"
#include "projects/schema.hpp"
#include "publishing/schema.hpp"
#include "support/stores.hpp"

namespace postmypost::care {
namespace {

using testing::ElementsAre;

class NoticeLettersTest : public testing::Test {
 protected:
  NoticeLettersTest()
      : stores_({identity::kSchema, identity::kLeavingSchema, identity::kChoicesSchema, identity::kRestrictionSchema, projects::kSchema,
                 publishing::kSchema, kNoticesSchema, kTicketsSchema, kRegistersSchema, mail::kSchema}) {
    people_.send_letters_by(outbox_);
    anna_ = *people_.create_user({.name = "Анна", .email = "anna@example.org", .password = "four unrelated words here", .locale = "ru"},
                                 identity::Role::kUser);
    run("insert into ticket (id, user_id, topic, state, opened_at, due_at) values (1,$1,'fault','open',0,0)", anna_);
  }

  template <class... A>
  void run(std::string_view sql, const A&... values) {
    stores_.write([&](storage::Transaction& tx) { tx.execute(sql, values...); });
  }
  void answer(std::int64_t id) {
    stores_.clock.advance(seconds(1));
    run("insert into ticket_message (id, ticket_id, number, side, author_id, text, at) values ($1,1,$1,'support',9,$2,$3)", id,
        storage::Blob{"x"}, stores_.clock.now());
  }
  Result<> choose(bool wanted) {
    return stores_.write([&](storage::Transaction& tx) { return letters_.choose(tx, anna_, wanted); });
  }
  bool wants() {
    return stores_.read([&](storage::Transaction& tx) { return NoticeLetters::wants(tx, anna_); });
  }
  void work_later() {
    stores_.clock.advance(kBeforeLetter + seconds(1));
    letters_.work(going_on_);
  }
  struct Letter {
    std::string about, locale, token;
  };
  std::vector<Letter> sent() {
    return stores_.read([&](storage::Transaction& tx) {
      std::vector<Letter> all;
      tx.each("select id, about, locale, secret from letter where kind='notices' order by id", {}, [&](const storage::Row& row) {
        all.push_back({row.text(1), row.text(2),
                       stores_.vault->open<Purpose::kIdentify>(mail::letter_place("secret", row.integer(0), anna_),
                                                               vault::Sealed<Category::kAccess>{row.blob(3)})});
      });
      return all;
    });
  }

  support::Stores stores_;
  mail::Outbox outbox_{*stores_.vault, stores_.clock, stores_.random};
  identity::Identity people_{*stores_.database, *stores_.vault, stores_.clock, stores_.random};
  NoticeLetters letters_{{*stores_.database, *stores_.vault, stores_.clock, people_, outbox_}};
  const std::atomic<bool> going_on_{false};
  std::int64_t anna_ = 0;
};

TEST_F(NoticeLettersTest, come_to_nobody_who_did_not_switch_them_on) {
  answer(1);
  work_later();
  EXPECT_EQ(sent().size(), 0U);
  EXPECT_FALSE(wants());
}

TEST_F(NoticeLettersTest, tell_once_of_what_is_new_and_unseen) {
  answer(1);
  stores_.clock.advance(seconds(1));
  ASSERT_TRUE(choose(true));
  work_later();
  EXPECT_EQ(sent().size(), 0U) << "what was there before";
  answer(2);
  letters_.work(going_on_);
  EXPECT_EQ(sent().size(), 0U) << "whoever looks soon hears of it in the cabinet";
  work_later();
  ASSERT_EQ(sent().size(), 1U);
  EXPECT_EQ(sent()[0].about, "ticket_answered");
  EXPECT_EQ(sent()[0].locale, "ru");
  work_later();
  EXPECT_EQ(sent().size(), 1U) << "once";
  answer(3);
  const auto newest = stores_.read([&](storage::Transaction& tx) { return notices_of(tx, anna_, {}, 1)->items[0].cursor(); });
  ASSERT_TRUE(stores_.write([&](storage::Transaction& tx) { return mark_seen(tx, anna_, newest); }));
  work_later();
  EXPECT_EQ(sent().size(), 1U) << "seen";
}

TEST_F(NoticeLettersTest, are_ended_by_the_link_of_any_letter_until_they_are_switched_on_again) {
  ASSERT_TRUE(choose(true));
  answer(1);
  work_later();
  const std::string token = sent()[0].token;
  stores_.write([&](storage::Transaction& tx) { NoticeLetters::end_by(tx, "another"); });
  EXPECT_TRUE(wants());
  stores_.write([&](storage::Transaction& tx) { NoticeLetters::end_by(tx, token); });
  EXPECT_FALSE(wants());
  answer(2);
  work_later();
  EXPECT_EQ(sent().size(), 1U);
  ASSERT_TRUE(choose(true));
  stores_.write([&](storage::Transaction& tx) { NoticeLetters::end_by(tx, token); });
  EXPECT_TRUE(wants()) << "a link of before does not end what was chosen since";
  ASSERT_TRUE(choose(false));
  EXPECT_FALSE(wants());
}

TEST_F(NoticeLettersTest, that_are_too_many_wait_and_nothing_is_left_out) {
  ASSERT_TRUE(choose(true));
  for (std::int64_t id = 1; id <= mail::kMostAnHour + 1; ++id) {
    answer(id);
    work_later();
  }
  EXPECT_EQ(sent().size(), static_cast<std::size_t>(mail::kMostAnHour));
  stores_.clock.advance(hours(1));
  letters_.work(going_on_);
  EXPECT_EQ(sent().size(), static_cast<std::size_t>(mail::kMostAnHour) + 1);
}

TEST_F(NoticeLettersTest, need_a_relay_and_an_address_that_somebody_confirmed) {
  run("update person set email_confirmed_by='unconfirmed' where id=$1", anna_);
  EXPECT_EQ(choose(true).error().code, "person.unconfirmed");
  const identity::Identity without{*stores_.database, *stores_.vault, stores_.clock, stores_.random};
  const NoticeLetters none{{*stores_.database, *stores_.vault, stores_.clock, without, outbox_}};
  EXPECT_EQ(stores_.write([&](storage::Transaction& tx) { return none.choose(tx, anna_, true); }).error().code, "letter.none");
}

}  // namespace
}  // namespace postmypost::care
