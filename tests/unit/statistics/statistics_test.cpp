// Counts of people: one bin each, no numbers of people, nothing about a few, and nothing about who objected.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/migrations.hpp"
#include "identity/identity.hpp"
#include "privacy/registry.hpp"
#include "statistics/counting.hpp"
#include "statistics/improvement.hpp"
#include "support/stores.hpp"

namespace postmypost::statistics {
namespace {

const std::atomic<bool> kGoOn{false};

// A server with so many people, every third with a project, an account and some published posts.
struct House {
  explicit House(std::int64_t people) : stores({}) {
    if (!storage::migrate(*stores.database, app::all_migrations(), stores.clock.now())) throw std::runtime_error("no tables");
    stores.write([&](storage::Transaction& tx) {
      for (std::int64_t person = 1; person <= people; ++person) add(tx, person);
    });
  }

  void add(storage::Transaction& tx, std::int64_t person) {
    const storage::Blob sealed{"x"}, index{"index " + std::to_string(person)};
    tx.execute("insert into person (id, name, email, email_index, password_hash, role, locale, theme, created_at) "
               "values ($1,$2,$2,$3,'','user','en','system',1)",
               person, sealed, index);
    if (person % 3 != 0) return;
    tx.execute("insert into project (id, name, zone, created_at) values ($1,$2,'UTC',1)", person, sealed);
    tx.execute("insert into member (project_id, user_id, access, created_at) values ($1,$1,'owner',1)", person);
    tx.execute("insert into account (id, project_id, channel, state, connected_at, verified_at) values ($1,$1,'mastodon','connected',1,1)",
               person);
    for (std::int64_t post = person * 100; post < person * 100 + person % 5; ++post) add_post(tx, post, person);
  }
  void add_post(storage::Transaction& tx, std::int64_t post, std::int64_t person) {
    tx.execute("insert into publication (id, project_id, author_id, version, kind, zone, late_policy, language, created_at, updated_at) "
               "values ($1,$2,$2,1,'now','UTC','hold','en',1,1)",
               post, person);
    tx.execute("insert into delivery (id, project_id, publication_id, account_id, channel, uid, state, due, late_policy, text_digest, "
               "sent_at, created_at) values ($1,$2,$1,$2,'mastodon',$3,'published',1,'hold','',$4,1)",
               post, person, std::to_string(post), stores.clock.now());
  }

  Counts counted() {
    count_people(*stores.database, people.choices(), store, stores.clock.now(), kGoOn);
    const auto shown = store.newest(Purpose::kStatistics);
    return shown ? shown->counts : Counts();
  }
  std::string object(std::int64_t person) {
    const auto done = people.choices().choose(person, Purpose::kStatistics, false,
                                              {.version = 1, .locale = "ru", .screen = "choice-statistics", .control = "switch"}, "o", "c");
    return done ? "" : done.error().code;
  }

  support::Stores stores;
  identity::Identity people{*stores.database, *stores.vault, stores.clock, stores.random};
  Store store{stores.folder.path(), stores.clock.now()};
};

std::int64_t sum_of(const Counts& counts, std::string_view histogram) {
  std::int64_t sum = 0;
  for (const auto& [where, people] : counts) sum += where.first == histogram ? people : 0;
  return sum;
}

TEST(Statistics, put_each_person_into_one_bin_of_each_histogram) {
  House house(240);
  const Counts counts = house.counted();
  for (const std::string_view histogram : {kPostsOfWeek.code, kAccounts.code, kNetworkOfWeek}) EXPECT_EQ(sum_of(counts, histogram), 240);
  EXPECT_EQ(counts.at({"accounts", "1"}), 80);
  EXPECT_EQ(counts.at({"accounts", "0"}), 160);
  EXPECT_EQ(counts.at({"network_of_week", "mastodon"}), 64);
  EXPECT_EQ(counts.at({"posts_of_week", "1-2"}), 32);
  EXPECT_EQ(counts.at({"posts_of_week", "3-9"}), 32);
}

TEST(Statistics, say_nothing_about_two_hundred_people_or_fewer) {
  House few(200);
  EXPECT_TRUE(few.counted().empty());
  EXPECT_TRUE(few.store.newest(Purpose::kStatistics)->is_too_few);
  EXPECT_EQ(few.store.newest(Purpose::kStatistics)->run.people, 0) << "not even how many";
  House enough(201);
  EXPECT_FALSE(enough.counted().empty());
  EXPECT_EQ(enough.store.newest(Purpose::kStatistics)->run.people, 201);
}

TEST(Statistics, are_the_same_whether_somebody_objected_or_was_never_there) {
  House with(251), without(250);
  ASSERT_EQ(with.object(251), "");
  EXPECT_EQ(with.counted(), without.counted());
  House counted_too(251);
  EXPECT_NE(counted_too.counted(), without.counted()) << "without the objection the neighbour is seen";
}

TEST(Statistics, count_a_day_once_and_log_each_run) {
  House house(201);
  house.counted();
  house.stores.write([&](storage::Transaction& tx) { house.add(tx, 300); });
  house.counted();
  EXPECT_EQ(house.store.runs(Purpose::kStatistics, 9).size(), 1U);
  house.stores.clock.advance(days(1));
  house.counted();
  const auto runs = house.store.runs(Purpose::kStatistics, 9);
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].people, 202);
  EXPECT_EQ(runs[1].people, 201);
}

TEST(Statistics, live_where_nothing_about_a_person_can_be_reached) {
  House house(201);
  house.counted();
  storage::Database& store = house.store.database();
  for (const char* table : {"person", "delivery", "publication", "member"}) {
    EXPECT_THROW(store.read([&](storage::Transaction& tx) { return tx.value<int>("select 1 from " + std::string(table)); }),
                 storage::DatabaseError);
  }
  std::vector<std::string> names;
  for (const auto& column : store.read([](storage::Transaction& tx) { return privacy::columns_of(tx); })) {
    if (column.table.starts_with("count_")) names.push_back(column.name);
  }
  EXPECT_THAT(names, testing::Each(testing::AnyOf("purpose", "day", "histogram", "bin", "people", "at")));
}

TEST(Improvement, counts_only_who_consents_and_only_while_they_do) {
  support::TemporaryFolder folder;
  Store store(folder.path(), {1});
  std::set<std::int64_t> consenting;
  Improvement improvement([&](std::int64_t person) { return consenting.contains(person); });
  for (std::int64_t person = 1; person <= 260; ++person) {
    if (person != 7) consenting.insert(person);
    improvement.note(person, "publications", true);
    improvement.note(person, "publications", false);
    improvement.note(person, "accounts", false);
  }
  consenting.erase(9);  // withdrew during the day
  improvement.end_day(store, "2026-11-26", {2});
  const auto shown = store.newest(Purpose::kImprove);
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->run.people, 258);
  EXPECT_EQ(shown->counts, (Counts{{{"section_of_day", "publications"}, 258}, {{"actions_of_day", "1-9"}, 258}}));
  improvement.end_day(store, "2026-11-27", {3});
  EXPECT_EQ(store.runs(Purpose::kImprove, 9).size(), 1U) << "what was added is forgotten";
}

TEST(Improvement, names_sections_by_the_route_and_never_by_what_was_asked_for) {
  EXPECT_EQ(section_of("/api/v1/projects/{project}/publications/{publication}"), "publications");
  EXPECT_EQ(section_of("/api/v1/me/sessions/{session}"), "me");
  EXPECT_EQ(section_of("/api/v1/projects"), "projects");
}

TEST(Histograms, have_bins_without_gaps) {
  EXPECT_EQ(bin_of(kPostsOfWeek, 0), "0");
  EXPECT_EQ(bin_of(kPostsOfWeek, 1), "1-2");
  EXPECT_EQ(bin_of(kPostsOfWeek, 2), "1-2");
  EXPECT_EQ(bin_of(kPostsOfWeek, 29), "10-29");
  EXPECT_EQ(bin_of(kPostsOfWeek, 30), "30+");
  EXPECT_EQ(bin_of(kPostsOfWeek, 1'000'000), "30+");
}

}  // namespace
}  // namespace postmypost::statistics
