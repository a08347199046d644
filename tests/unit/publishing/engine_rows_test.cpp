// Rows of the engine without network: planning, claims, the gate's compare-and-set, recovery.
#include <gtest/gtest.h>

#include <algorithm>

#include "identity/schema.hpp"
#include "projects/schema.hpp"
#include "publications/schema.hpp"
#include "publishing/attempts.hpp"
#include "publishing/claims.hpp"
#include "publishing/overview.hpp"
#include "publishing/planning.hpp"
#include "publishing/schema.hpp"
#include "publishing/workers.hpp"
#include "support/stores.hpp"

namespace postmypost::publishing {
namespace {

constexpr std::int64_t kWorker = 7;

class EngineRows : public testing::Test {
 protected:
  EngineRows() : stores_({identity::kSchema, identity::kRestrictionSchema, projects::kSchema, publications::kSchema, publications::kStagesSchema, kSchema, kWorkersSchema}) {}

  std::vector<projects::AccountRow> accounts(std::initializer_list<std::int64_t> ids) {
    std::vector<projects::AccountRow> rows;
    for (const auto id : ids) rows.push_back({.id = id, .project_id = 1, .channel = "telegram"});
    return rows;
  }

  publications::Publication publication(Instant at, std::string text = "Привет") {
    publications::Publication p;
    p.project_id = 1;
    p.author_id = 1;
    p.timing = publications::Timing::kAt;
    p.zone = "UTC";
    p.instant = at;
    p.language = "ru";
    p.details = {{.account_id = {}, .text = std::move(text), .pictures = {}}};
    return p;
  }

  std::int64_t plan(Instant at, std::initializer_list<std::int64_t> account_ids, std::string text = "Привет", bool force = false) {
    return stores_.write([&](storage::Transaction& tx) -> Result<std::int64_t> {
      TRY_ASSIGN(const auto saved, publications_.save(tx, publication(at, text)));
      TRY(planning_.plan(tx, saved, accounts(account_ids), force));
      return saved.id;
    }).value();
  }

  std::vector<Delivery> claim() {
    return stores_.write([&](storage::Transaction& tx) { return claim_due(tx, kWorker, stores_.clock.now(), {}); });
  }
  std::vector<Delivery> deliveries(std::int64_t publication) {
    return stores_.read([&](storage::Transaction& tx) { return deliveries_of(tx, publication); });
  }
  Instant now() { return stores_.clock.now(); }

  std::int64_t open(storage::Transaction& tx, const Delivery& d) {
    const Intent intent{d.id, d.generation, d.epoch, "send", "digest"};
    return open_intents(tx, std::span(&intent, 1), now()).front();
  }
  bool pass_one(storage::Transaction& tx, const Delivery& d, std::int64_t attempt) {
    const GateKey key{attempt, d.id, d.epoch};
    return pass_gates(tx, std::span(&key, 1), now()).front();
  }
  static void release(storage::Transaction& tx, const Delivery& d) {
    const Release one{d.account_id, d.id};
    release_lanes(tx, std::span(&one, 1));
  }

  support::Stores stores_;
  publications::Publications publications_{*stores_.vault, stores_.clock};
  Planning planning_{*stores_.vault, stores_.clock, stores_.random};
};

TEST_F(EngineRows, claims_nothing_before_its_time_and_one_per_account) {
  plan(now() + seconds(10), {1});
  EXPECT_TRUE(claim().empty());
  plan(now(), {1, 2}, "a");
  plan(now(), {1}, "b");
  const auto first = claim();
  ASSERT_EQ(first.size(), 2U) << "one in flight per lane";
  EXPECT_TRUE(claim().empty());
}

TEST_F(EngineRows, puts_what_is_past_the_late_window_aside_for_a_person_or_lets_it_expire) {
  const auto held = plan(now() - minutes(31), {1}, "a");
  auto skipped = publication(now() - minutes(31), "b");
  skipped.late_policy = publications::LatePolicy::kSkip;
  const auto expired = stores_.write([&](storage::Transaction& tx) -> Result<std::int64_t> {
    TRY_ASSIGN(const auto saved, publications_.save(tx, skipped));
    TRY(planning_.plan(tx, saved, accounts({2}), false));
    return saved.id;
  }).value();
  const auto inside = plan(now() - minutes(29), {3}, "c");
  EXPECT_EQ(claim().size(), 1U);
  EXPECT_EQ(deliveries(held)[0].state, State::kHeld);
  EXPECT_EQ(deliveries(held)[0].reason, "missed");
  EXPECT_EQ(deliveries(expired)[0].state, State::kExpired);
  EXPECT_EQ(deliveries(inside)[0].state, State::kClaimed);
}

TEST_F(EngineRows, refuses_a_move_that_is_not_in_the_table_and_rolls_it_back) {
  const auto id = plan(now(), {1});
  EXPECT_THROW(stores_.write([&](storage::Transaction& tx) {
    Delivery delivery = deliveries_of(tx, id)[0];
    move(tx, delivery, {.to = State::kSending, .code = "leap"}, now());
  }), std::logic_error);
  EXPECT_EQ(deliveries(id)[0].state, State::kScheduled);
}

TEST_F(EngineRows, writes_an_event_for_every_move) {
  const auto id = plan(now(), {1});
  claim();
  const auto events = stores_.read([&](storage::Transaction& tx) { return events_of(tx, deliveries_of(tx, id)[0].id); });
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].code, "planned");
  EXPECT_EQ(events[1].from, State::kScheduled);
  EXPECT_EQ(events[1].to, State::kClaimed);
}

class Gate : public EngineRows {
 protected:
  Delivery sending() {
    plan(now(), {1});
    Delivery delivery = claim().at(0);
    stores_.write([&](storage::Transaction& tx) {
      move(tx, delivery, {.to = State::kSending, .code = "intent"}, now());
      attempt_ = open(tx, delivery);
    });
    return delivery;
  }
  bool pass(const Delivery& delivery) {
    return stores_.write([&](storage::Transaction& tx) { return pass_one(tx, delivery, attempt_); });
  }
  std::int64_t attempt_ = 0;
};

TEST_F(Gate, is_passed_once) {
  const Delivery delivery = sending();
  EXPECT_TRUE(pass(delivery));
  EXPECT_FALSE(pass(delivery));
}

TEST_F(Gate, loses_when_a_rescuer_closed_the_attempt) {
  const Delivery delivery = sending();
  EXPECT_TRUE(stores_.write([&](storage::Transaction& tx) { return close_attempt(tx, attempt_, "rescued", true, now()); }));
  EXPECT_FALSE(pass(delivery));
}

TEST_F(Gate, makes_a_rescuer_lose_when_it_was_first) {
  const Delivery delivery = sending();
  EXPECT_TRUE(pass(delivery));
  EXPECT_FALSE(stores_.write([&](storage::Transaction& tx) { return close_attempt(tx, attempt_, "rescued", true, now()); }));
}

TEST_F(Gate, loses_with_an_epoch_that_is_not_the_deliverys) {
  Delivery stale = sending();
  stores_.write([&](storage::Transaction& tx) { tx.execute("update delivery set epoch=epoch+1 where id=$1", stale.id); });
  EXPECT_FALSE(pass(stale));
}

TEST_F(Gate, allows_one_unresolved_attempt_per_step) {
  const Delivery delivery = sending();
  try {
    stores_.write([&](storage::Transaction& tx) { open(tx, delivery); });
    FAIL() << "a second unresolved attempt";
  } catch (const storage::DatabaseError& error) {
    EXPECT_EQ(error.kind(), storage::DatabaseError::Kind::kUnique);
  }
}

TEST_F(Gate, recovery_gives_back_before_it_and_doubts_after_it) {
  const Delivery before = sending();
  const auto quiet = [](storage::Transaction&, const Delivery&) { return seconds(60); };
  const auto recovered = [&] { return stores_.write([&](storage::Transaction& tx) { return recover(tx, Whose::kEverybody, now(), quiet, 100); }); };
  EXPECT_EQ(recovered(), 1U);
  EXPECT_EQ(deliveries(before.publication_id)[0].state, State::kRetryWait);
  EXPECT_EQ(recovered(), 0U) << "recovery is idempotent";
  const Delivery again = claim().at(0);
  stores_.write([&](storage::Transaction& tx) {
    Delivery delivery = again;
    move(tx, delivery, {.to = State::kSending, .code = "intent"}, now());
    attempt_ = open(tx, delivery);
  });
  EXPECT_TRUE(pass(deliveries(before.publication_id)[0]));
  EXPECT_EQ(recovered(), 1U);
  const Delivery doubt = deliveries(before.publication_id)[0];
  EXPECT_EQ(doubt.state, State::kUnknown);
  EXPECT_EQ(doubt.ready_at, now() + seconds(60));
}

TEST_F(EngineRows, planning_again_moves_adds_and_cancels_until_something_was_claimed) {
  const auto id = plan(now() + hours(1), {1, 2});
  const auto replan = [&](std::initializer_list<std::int64_t> ids, Instant at) {
    return stores_.write([&](storage::Transaction& tx) -> Result<> {
      auto p = publications_.load(tx, id).value();
      p.instant = at;
      TRY_ASSIGN(const auto saved, publications_.save(tx, p));
      return planning_.plan(tx, saved, accounts(ids), false);
    });
  };
  ASSERT_TRUE(replan({2, 3}, now()));
  const auto after = deliveries(id);
  ASSERT_EQ(after.size(), 3U);
  EXPECT_EQ(after[0].state, State::kCancelled);
  EXPECT_EQ(after[1].due, now());
  EXPECT_EQ(after[2].account_id, 3);
  EXPECT_EQ(claim().size(), 2U);
  EXPECT_EQ(replan({2}, now()).error().code, "publication.frozen");
}

TEST_F(EngineRows, the_same_text_in_doubt_for_the_same_account_and_minute_is_refused_unless_forced) {
  const auto id = plan(now(), {1});
  Delivery delivery = claim().at(0);
  stores_.write([&](storage::Transaction& tx) {
    move(tx, delivery, {.to = State::kSending, .code = "intent"}, now());
    move(tx, delivery, {.to = State::kUnknown, .code = "no_answer"}, now());
    release(tx, delivery);
  });
  const auto again = stores_.write([&](storage::Transaction& tx) -> Result<> {
    TRY_ASSIGN(const auto saved, publications_.save(tx, publication(now())));
    return planning_.plan(tx, saved, accounts({1}), false);
  });
  EXPECT_EQ(again.error().code, "publication.in_doubt");
  EXPECT_EQ(again.error().params.at("publication"), std::to_string(id));
  plan(now(), {2});
  plan(now(), {1}, "Другой текст");
  plan(now(), {1}, "Привет", true);
}

TEST_F(EngineRows, publish_again_raises_the_generation_and_forgets_the_frozen_content) {
  const auto id = plan(now(), {1});
  Delivery delivery = claim().at(0);
  stores_.write([&](storage::Transaction& tx) {
    move(tx, delivery, {.to = State::kSending, .code = "intent"}, now());
    move(tx, delivery, {.to = State::kUnknown, .code = "no_answer"}, now());
    move(tx, delivery, {.to = State::kHeld, .code = "undecided", .reason = reason::kUndecided}, now());
    release(tx, delivery);
  });
  EXPECT_EQ(actions_for(deliveries(id)[0]), (std::vector<std::string>{"confirm_published", "publish_again"}));
  EXPECT_FALSE(stores_.write([&](storage::Transaction& tx) { return planning_.retry(tx, delivery); })) << "a doubt is never simply retried";
  ASSERT_TRUE(stores_.write([&](storage::Transaction& tx) { return planning_.publish_again(tx, delivery); }));
  const Delivery again = deliveries(id)[0];
  EXPECT_EQ(again.generation, 1);
  EXPECT_FALSE(again.frozen_at);
  EXPECT_EQ(again.state, State::kScheduled);
}

TEST(States, every_state_has_a_name_that_reads_back) {
  for (const Move& move : kMoves) {
    EXPECT_EQ(parse_state(to_string(move.from)), move.from);
    EXPECT_EQ(parse_state(to_string(move.to)), move.to);
  }
  EXPECT_THROW(parse_state("limbo"), std::invalid_argument);
  EXPECT_TRUE(std::ranges::none_of(kMoves, [](const Move& m) { return m.from == State::kPublished || m.from == State::kCancelled; }));
}

TEST(Status, shows_the_worst_of_several_doubt_first) {
  Delivery published{.state = State::kPublished}, doubt{.state = State::kUnknown}, failed{.state = State::kFailed};
  EXPECT_EQ(status_of({published, failed}), Status::kError);
  EXPECT_EQ(status_of({published, failed, doubt}), Status::kUnknown);
  EXPECT_EQ(status_of(std::vector<Delivery>{}), Status::kDraft);
}

TEST_F(EngineRows, remember_each_stretch_without_a_worker_also_behind_a_later_start) {
  const Instant start{1'000'000'000};
  const auto known = stores_.write([&](storage::Transaction& tx) {
    EXPECT_TRUE(silences(tx, start, start + minutes(1)).empty());  // nobody has worked yet
    const std::int64_t first = sign_on(tx, "first", "journal", {.number = 1}, start);
    EXPECT_TRUE(show_beat(tx, first, {.number = 2}, start + seconds(10)));
    sign_on(tx, "second", "journal", {.number = 3}, start + seconds(60));
    return silences(tx, start + seconds(30), start + seconds(61));
  });
  ASSERT_EQ(known.size(), 2U);
  EXPECT_EQ(known[0].from, start + seconds(10));
  EXPECT_EQ(known[0].until, start + seconds(60));
  EXPECT_EQ(known[1].from, start + seconds(60));
  EXPECT_EQ(known[1].until, start + seconds(61));
}

TEST_F(EngineRows, count_no_silence_while_another_worker_lives) {
  const Instant start{1'000'000'000};
  const auto known = stores_.write([&](storage::Transaction& tx) {
    const std::int64_t first = sign_on(tx, "first", "its journal", {.number = 1}, start);
    EXPECT_TRUE(show_beat(tx, first, {.number = 2}, start + seconds(60)));
    sign_on(tx, "second", "another", {.number = 1}, start + seconds(30));
    return silences(tx, start, start + seconds(60));
  });
  ASSERT_EQ(known.size(), 1U);
  EXPECT_EQ(known[0].from, start + seconds(60));
}

// The last row of a journal stays, however old: its beat is what tells an old database from the present one.
TEST_F(EngineRows, forget_workers_that_ended_long_ago_but_never_the_last_of_a_journal) {
  const Instant start{1'000'000'000};
  const auto left = stores_.write([&](storage::Transaction& tx) {
    sign_on(tx, "first", "journal", {.number = 1}, start);
    const std::int64_t second = sign_on(tx, "second", "journal", {.number = 2}, start + seconds(10));
    sign_off(tx, second, start + seconds(20));
    sign_on(tx, "living", "another", {.number = 1}, start);
    forget_ended(tx, start + seconds(10));  // the first one ended just then, not before
    EXPECT_EQ(tx.value<std::int64_t>("select count(*) from worker"), 3);
    forget_ended(tx, start + minutes(1));
    return tx.rows<std::string>("select name from worker order by name");
  });
  EXPECT_EQ(left, (std::vector<std::tuple<std::string>>{{"living"}, {"second"}}));
}

}  // namespace
}  // namespace postmypost::publishing
