// Tickets: the clock of ten days, sealed words, and access that ends in each of its ways.
#include "care/tickets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "care/schema.hpp"
#include "identity/schema.hpp"
#include "projects/schema.hpp"
#include "support/stores.hpp"
#include "vault/schema.hpp"

namespace postmypost::care {
namespace {

using storage::Transaction;
using testing::ElementsAre;

constexpr std::int64_t kAnna = 1, kBoris = 2, kOperator = 3;
const Recipient kSupport{.host = "post.example", .name = "Оператор"};

class TicketsTest : public testing::Test {
 protected:
  TicketsTest() : stores_({vault::kSchema, identity::kSchema, projects::kSchema, kTicketsSchema}) {
    project_ = stores_.write([&](Transaction& tx) { return projects_.create(tx, kAnna, "Сойка", "UTC").value().id; });
  }

  template <class F>
  std::string code(F work) {
    const auto done = stores_.write([&](Transaction& tx) { return work(tx); });
    return done ? "" : done.error().code;
  }
  std::int64_t open(std::int64_t user = kAnna, std::string text = "Где мои данные?") {
    return stores_.write([&](Transaction& tx) {
      return tickets_.open(tx, user, {.topic = "policy", .clause = "3.2.4", .text = text}).value().id;
    });
  }
  Ticket ticket(std::int64_t id) {
    return stores_.read([&](Transaction& tx) { return tickets_.story_for_support(tx, id).value().ticket; });
  }
  std::string answer(std::int64_t id) {
    return code([&](Transaction& tx) { return tickets_.answer(tx, kOperator, id, "Вот они."); });
  }
  std::string ask(std::int64_t id, std::int64_t user = kAnna) {
    return code([&](Transaction& tx) { return tickets_.ask(tx, user, id, "А ещё?"); });
  }
  std::string give(std::int64_t id, std::int64_t for_days = 3, std::int64_t user = kAnna) {
    return code([&](Transaction& tx) { return tickets_.give_access(tx, user, id, project_, for_days); });
  }
  std::string look(std::int64_t id, std::optional<std::int64_t> project = {}) {
    return code([&](Transaction& tx) { return tickets_.look(tx, id, project.value_or(project_), kSupport); });
  }
  std::int64_t ledger_rows() {
    return *stores_.read([](Transaction& tx) { return tx.value<std::int64_t>("select count(*) from disclosure where clause='3.2.4'"); });
  }

  support::Stores stores_;
  projects::Projects projects_{*stores_.vault, stores_.clock};
  Tickets tickets_{*stores_.vault, stores_.clock, projects_};
  std::int64_t project_ = 0;
};

TEST_F(TicketsTest, have_ten_days_and_a_later_word_starts_them_anew_but_never_puts_off_what_waits) {
  const std::int64_t id = open();
  const Instant due = ticket(id).due_at;
  EXPECT_EQ(due.us - stores_.clock.now().us, days(10).us);
  stores_.clock.advance(days(4));
  EXPECT_EQ(ask(id), "");
  EXPECT_EQ(ticket(id).due_at, due) << "more words do not put the answer off";
  stores_.clock.advance(days(6));
  EXPECT_FALSE(ticket(id).is_overdue(stores_.clock.now()));
  stores_.clock.advance(Duration{1});
  EXPECT_TRUE(ticket(id).is_overdue(stores_.clock.now()));
  EXPECT_EQ(answer(id), "");
  EXPECT_EQ(ticket(id).state, "answered");
  EXPECT_FALSE(ticket(id).is_overdue(stores_.clock.now()));
  EXPECT_EQ(ask(id), "");
  EXPECT_EQ(ticket(id).state, "open");
  EXPECT_EQ(ticket(id).due_at.us - stores_.clock.now().us, days(10).us);
}

TEST_F(TicketsTest, stand_in_the_queue_by_their_deadline_until_they_are_closed) {
  const std::int64_t first = open();
  stores_.clock.advance(hours(1));
  const std::int64_t second = open(kBoris), third = open();
  ASSERT_EQ(answer(first), "");
  ASSERT_EQ(code([&](Transaction& tx) { return tickets_.close(tx, kAnna, third); }), "");
  const auto queue = [&] {
    std::vector<std::int64_t> ids;
    for (const Ticket& one : stores_.read([&](Transaction& tx) { return tickets_.queue(tx); })) ids.push_back(one.id);
    return ids;
  };
  EXPECT_THAT(queue(), ElementsAre(second, first));
  ASSERT_EQ(code([&](Transaction& tx) { return tickets_.close_by_support(tx, second); }), "");
  EXPECT_THAT(queue(), ElementsAre(first));
}

TEST_F(TicketsTest, keep_words_sealed_with_the_key_of_who_asked) {
  const std::int64_t id = open(kAnna, "канарейка в обращении");
  ASSERT_EQ(answer(id), "");
  stores_.read([&](Transaction& tx) {
    tx.each("select text from ticket_message", {}, [](const storage::Row& row) {
      EXPECT_EQ(row.blob(0).find("канарейка"), std::string::npos);
      EXPECT_EQ(row.blob(0).find("Вот они"), std::string::npos);
    });
  });
  const auto story = stores_.read([&](Transaction& tx) { return tickets_.story(tx, kAnna, id).value(); });
  ASSERT_EQ(story.messages.size(), 2U);
  EXPECT_EQ(story.messages[0].text, "канарейка в обращении");
  EXPECT_EQ(story.messages[1].side, Side::kSupport);
  stores_.vault->destroy(vault::KeyScope::kUser, kAnna);
  EXPECT_ANY_THROW(stores_.read([&](Transaction& tx) { return tickets_.story_for_support(tx, id).value(); }));
}

TEST_F(TicketsTest, are_found_by_nobody_else) {
  const std::int64_t id = open();
  EXPECT_EQ(ask(id, kBoris), "ticket.not_found");
  EXPECT_EQ(give(id, 3, kBoris), "ticket.not_found");
  EXPECT_EQ(code([&](Transaction& tx) { return tickets_.close(tx, kBoris, id); }), "ticket.not_found");
  EXPECT_EQ(code([&](Transaction& tx) -> Result<> { TRY(tickets_.story(tx, kBoris, id)); return {}; }), "ticket.not_found");
}

TEST_F(TicketsTest, refuse_what_breaks_a_rule) {
  const auto opened = [&](NewTicket given) {
    return code([&](Transaction& tx) -> Result<> { TRY(tickets_.open(tx, kAnna, given)); return {}; });
  };
  EXPECT_EQ(opened({.topic = "praise", .text = "x"}), "ticket.topic");
  EXPECT_EQ(opened({.topic = "policy", .clause = "DROP", .text = "x"}), "ticket.clause");
  EXPECT_EQ(opened({.topic = "policy", .text = " \n "}), "ticket.text_empty");
  EXPECT_EQ(opened({.topic = "policy", .text = std::string(10'001, 'x')}), "ticket.text_too_long");
  for (int i = 0; i < 20; ++i) ASSERT_EQ(opened({.topic = "other", .text = "x"}), "");
  EXPECT_EQ(opened({.topic = "other", .text = "x"}), "ticket.too_many");
  EXPECT_EQ(give(open(kBoris), 3, kBoris), "project.not_found") << "no project of theirs";
}

TEST_F(TicketsTest, give_no_access_by_themselves) {
  const std::int64_t id = open();
  EXPECT_EQ(look(id), "project.not_found");
  EXPECT_EQ(ledger_rows(), 0);
  for (const std::int64_t for_days : {0, 15, -1}) EXPECT_EQ(give(id, for_days), "ticket.access_days") << for_days;
}

TEST_F(TicketsTest, record_each_day_of_looking_once_before_anything_is_shown) {
  const std::int64_t id = open(), other = open();
  ASSERT_EQ(give(id), "");
  EXPECT_EQ(look(id), "");
  EXPECT_EQ(look(id), "");
  EXPECT_EQ(ledger_rows(), 1);
  EXPECT_EQ(look(other), "project.not_found") << "access hangs on its own ticket";
  stores_.clock.advance(days(1));
  EXPECT_EQ(look(id), "");
  EXPECT_EQ(ledger_rows(), 2);
  const auto story = stores_.read([&](Transaction& tx) { return tickets_.story(tx, kAnna, id).value(); });
  EXPECT_EQ(story.visits.size(), 2U);
  EXPECT_EQ(story.visits[0].day, "2027-01-15");
  const auto row = stores_.read([&](Transaction& tx) {
    return tx.row<std::int64_t, std::int64_t, std::string, std::string>("select user_id, project_id, evidence, recipient_host from disclosure limit 1");
  });
  EXPECT_EQ(row, (std::tuple(kAnna, project_, "ticket:" + std::to_string(id), std::string("post.example"))));
}

TEST_F(TicketsTest, end_access_by_its_time) {
  const std::int64_t id = open();
  ASSERT_EQ(give(id, 3), "");
  stores_.clock.advance(Duration{days(3).us - 1});
  EXPECT_EQ(look(id), "");
  stores_.clock.advance(Duration{1});
  EXPECT_EQ(look(id), "project.not_found");
}

TEST_F(TicketsTest, end_access_by_its_giver_with_the_ticket_and_with_the_ownership) {
  const std::int64_t id = open();
  ASSERT_EQ(give(id), "");
  const auto access = stores_.read([&](Transaction& tx) { return tickets_.story(tx, kAnna, id).value().access.front().id; });
  ASSERT_EQ(code([&](Transaction& tx) { return tickets_.end_access(tx, kAnna, id, access); }), "");
  EXPECT_EQ(code([&](Transaction& tx) { return tickets_.end_access(tx, kAnna, id, access); }), "access.not_found");
  EXPECT_EQ(look(id), "project.not_found");
  ASSERT_EQ(give(id), "");
  EXPECT_EQ(look(id), "");
  stores_.write([&](Transaction& tx) { tx.execute("update member set access='editor' where user_id=$1", kAnna); });
  EXPECT_EQ(look(id), "project.not_found");
  EXPECT_EQ(give(id), "right.owner");
  stores_.write([&](Transaction& tx) { tx.execute("update member set access='owner' where user_id=$1", kAnna); });
  EXPECT_EQ(look(id), "");
  ASSERT_EQ(code([&](Transaction& tx) { return tickets_.close_by_support(tx, id); }), "");
  EXPECT_EQ(look(id), "project.not_found");
  EXPECT_EQ(give(id), "ticket.closed");
  EXPECT_EQ(answer(id), "ticket.closed");
  EXPECT_EQ(ask(id), "ticket.closed");
}

}  // namespace
}  // namespace postmypost::care
