// Notices are what the tables say: whose they are, in which order, and how far they were seen.
#include "care/notices.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "care/schema.hpp"
#include "identity/schema.hpp"
#include "projects/schema.hpp"
#include "publishing/schema.hpp"
#include "support/stores.hpp"

namespace postmypost::care {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kAnna = 1, kBoris = 2;

class NoticesTest : public testing::Test {
 protected:
  NoticesTest()
      : stores_({identity::kSchema, identity::kLeavingSchema, projects::kSchema, publishing::kSchema, kNoticesSchema, kTicketsSchema, kRegistersSchema}) {
    for (const std::int64_t user : {kAnna, kBoris}) {
      run("insert into person (id, name, email, email_index, password_hash, role, locale, theme, created_at) values "
          "($1,$2,$2,$3,'-','user','ru','system',0)",
          user, storage::Blob{"x"}, storage::Blob{std::to_string(user)});
    }
    for (const std::int64_t project : {10, 20}) {
      run("insert into project (id, name, zone, created_at) values ($1,$2,'UTC',0)", project, storage::Blob{"x"});
    }
    run("insert into member (project_id, user_id, access, created_at) values (10,$1,'owner',100),(20,$2,'owner',100)", kAnna,
        kBoris);
  }

  template <class... A>
  void run(std::string_view sql, const A&... values) {
    stores_.write([&](storage::Transaction& tx) { tx.execute(sql, values...); });
  }
  void delivery(std::int64_t id, std::int64_t project, std::string_view state, std::optional<std::string> reason = {}) {
    run("insert into delivery (id, project_id, publication_id, account_id, channel, uid, state, reason, due, late_policy, "
        "text_digest, created_at) values ($1,$2,$3,5,'telegram',$4,$5,$6,0,'hold','-',0)",
        id, project, id + 1000, std::to_string(id), state, reason);
  }
  void event(std::int64_t id, std::int64_t of, std::int64_t at, std::string_view to, std::string_view code) {
    run("insert into delivery_event (id, delivery_id, at, from_state, to_state, code, params) values "
        "($1,$2,$3,'sending',$4,$5,'{}')",
        id, of, Instant{at}, to, code);
  }
  void read_text(std::int64_t id, std::int64_t version, std::int64_t at) {
    run("insert into acknowledgement (id, user_id, document, version, sha256, locale, at) values ($1,$2,'policy',$3,'-','ru',$4)", id,
        kAnna, version, Instant{at});
  }
  NoticePage page(std::optional<std::string> cursor = {}, std::int64_t limit = 10, std::int64_t user = kAnna) {
    return stores_.read([&](storage::Transaction& tx) { return notices_of(tx, user, cursor, limit).value(); });
  }
  std::vector<std::string> kinds(std::int64_t user = kAnna) {
    std::vector<std::string> all;
    for (const Notice& notice : page({}, 10, user).items) all.push_back(notice.kind + ":" + notice.code);
    return all;
  }
  std::int64_t unseen(std::int64_t user = kAnna) {
    return stores_.read([&](storage::Transaction& tx) { return unseen_of(tx, user); });
  }
  void mark(const std::string& cursor) {
    ASSERT_TRUE(stores_.write([&](storage::Transaction& tx) { return mark_seen(tx, kAnna, cursor); }));
  }

  support::Stores stores_;
};

TEST_F(NoticesTest, tell_failures_doubts_lost_accounts_and_new_texts_newest_first_and_nothing_else) {
  delivery(1, 10, "failed");
  delivery(2, 10, "held", "undecided");
  delivery(3, 10, "held", "auth");
  delivery(4, 10, "published");
  event(11, 1, 200, "failed", "refused");
  event(12, 2, 300, "held", "undecided");
  event(13, 3, 400, "held", "account_lost");
  event(14, 4, 500, "published", "answered");
  event(15, 4, 450, "retry_wait", "not_applied");
  read_text(21, 1, 50);
  read_text(22, 2, 350);
  EXPECT_THAT(kinds(), ElementsAre("account_lost:account_lost", "policy_changed:policy", "doubt:undecided", "failure:refused"));
  const auto items = page().items;
  EXPECT_EQ(items[3].project_id, 10);
  EXPECT_EQ(items[3].publication_id, 1001);
  EXPECT_EQ(items[1].version, 2);
}

TEST_F(NoticesTest, are_for_members_from_their_first_day_on) {
  delivery(1, 10, "failed");
  event(11, 1, 99, "failed", "refused");
  event(12, 1, 100, "failed", "refused");
  delivery(2, 20, "failed");
  event(13, 2, 300, "failed", "refused");
  EXPECT_EQ(page().items.size(), 1U);
  EXPECT_EQ(page().items[0].id, 12);
  EXPECT_EQ(page({}, 10, kBoris).items[0].id, 13);
  EXPECT_THAT(kinds(99), IsEmpty());
}

TEST_F(NoticesTest, come_in_pages_that_leave_nothing_out_and_repeat_nothing_at_one_instant) {
  delivery(1, 10, "failed");
  for (std::int64_t id = 1; id <= 7; ++id) event(id, 1, 200 + (id > 3 ? 1 : 0), "failed", "refused");
  read_text(21, 1, 50);
  read_text(22, 2, 201);
  std::vector<std::string> all;
  std::optional<std::string> cursor;
  do {
    const NoticePage part = page(cursor, 3);
    for (const Notice& notice : part.items) all.push_back(notice.cursor());
    cursor = part.next_cursor;
  } while (cursor);
  EXPECT_THAT(all, ElementsAre("201.0.7", "201.0.6", "201.0.5", "201.0.4", "201.1.22", "200.0.3", "200.0.2", "200.0.1"));
}

TEST_F(NoticesTest, are_counted_until_they_are_seen_and_seeing_is_not_taken_back) {
  delivery(1, 10, "failed");
  event(11, 1, 200, "failed", "refused");
  event(12, 1, 300, "failed", "refused");
  EXPECT_EQ(unseen(), 2);
  mark("200.0.11");
  EXPECT_EQ(unseen(), 1);
  mark("300.0.12");
  EXPECT_EQ(unseen(), 0);
  mark("200.0.11");
  EXPECT_EQ(unseen(), 0);
  event(13, 1, 400, "expired", "expired");
  EXPECT_EQ(unseen(), 1);
}

TEST_F(NoticesTest, refuse_a_cursor_that_is_none) {
  for (const char* cursor : {"", "1", "1.0", "1.0.x", "1.0.2.3", "a.0.1", "1.99.1", "1..1"}) {
    const auto answer = stores_.read([&](storage::Transaction& tx) { return notices_of(tx, kAnna, cursor, 10); });
    EXPECT_EQ(answer ? "" : answer.error().code, "notices.cursor") << cursor;
  }
}

}  // namespace
}  // namespace postmypost::care
