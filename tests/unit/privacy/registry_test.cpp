// The registry against what is really there: every column of both stores and of the keys' database.
#include "privacy/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/migrations.hpp"
#include "app/personal_data.hpp"
#include "privacy/printing.hpp"
#include "statistics/store.hpp"
#include "support/test_store.hpp"
#include "vault/vault.hpp"

namespace postmypost::privacy {
namespace {

using support::TemporaryFolder;
using support::TestStore;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RegistryTest : public testing::Test {
 protected:
  RegistryTest() {
    if (!storage::migrate(*database_, app::all_migrations(), {1})) throw std::runtime_error("no tables");
    SystemRandom random;
    SystemClock clock;
    if (!vault::open_vault(keys_.path(), true, random, clock)) throw std::runtime_error("no keys");
  }

  std::vector<StoredColumn> stored() {
    auto columns = database_->read([](storage::Transaction& tx) { return columns_of(tx); });
    auto keys = storage::open_sqlite(keys_ / "keys.sqlite");
    for (StoredColumn& column : keys->read([](storage::Transaction& tx) { return columns_of(tx); })) {
      columns.push_back(std::move(column));
    }
    statistics::Store counts(keys_.path(), {1});
    for (StoredColumn& column : counts.database().read([](storage::Transaction& tx) { return columns_of(tx); })) {
      if (column.table.starts_with("count_")) columns.push_back(std::move(column));
    }
    return columns;
  }
  void change(std::string_view sql) {
    database_->write([&](storage::Transaction& tx) { tx.execute(sql); });
  }

  const Registry registry_{app::all_personal_data()};
  TestStore store_;
  TemporaryFolder keys_;
  std::unique_ptr<storage::Database> database_ = store_.open();
};

TEST_F(RegistryTest, declares_every_column_of_every_table_and_no_other) {
  EXPECT_THAT(stored().size(), testing::Ge(200U));
  EXPECT_THAT(registry_.differences(stored()), IsEmpty());
}

TEST_F(RegistryTest, names_a_column_that_nobody_declared) {
  change("alter table person add column phone text");
  change("create table favourite (person_id bigint not null)");
  EXPECT_THAT(registry_.differences(stored()),
              testing::UnorderedElementsAre(HasSubstr("person.phone is not declared"),
                                            HasSubstr("favourite.person_id is not declared")));
}

TEST_F(RegistryTest, names_a_declared_column_that_does_not_exist) {
  change("alter table person rename column theme to look");
  EXPECT_THAT(registry_.differences(stored()),
              testing::UnorderedElementsAre(HasSubstr("person.look is not declared"),
                                            "person.theme is declared but does not exist"));
  change("drop table zone_rules");
  EXPECT_THAT(registry_.differences(stored()), Contains("zone_rules.* is declared but does not exist"));
}

TEST_F(RegistryTest, names_a_sealed_column_that_holds_readable_text) {
  change("alter table account drop column profile");
  change("alter table account add column profile text");
  EXPECT_THAT(registry_.differences(stored()), ElementsAre("account.profile is declared sealed but holds no bytes"));
}

TEST(RegistryRules, are_kept_by_every_declaration) {
  EXPECT_THAT(Registry(app::all_personal_data()).contradictions(), IsEmpty());
}

TEST(RegistryRules, name_a_table_that_erasure_could_not_walk_through) {
  static constexpr auto kLines = std::to_array<Declared>({columns("line", "number person", Reason::kId)});
  static constexpr auto kBelongs = std::to_array<Belongs>({{"line", Owner::kPerson, "person = $1", {}, true}});
  EXPECT_THAT(Registry({{"trial", kLines, {}, {}, kBelongs}}).contradictions(), ElementsAre("line is walked but has no id"));
}

TEST(RegistryRules, name_what_breaks_them) {
  static constexpr auto kBroken = std::to_array<Declared>({
      columns("person", "phone", {.category = Category::kName, .note = "a trial"}),
      columns("person", "phone", Reason::kId),
      columns("person", "silent", {.category = Category::kName}),
      columns("person", "eternal", {.category = Category::kName, .erasure = Erasure::kKeep, .exported = "person.json"}),
      columns("person", "sealed", {.category = Category::kName, .kept = Kept::kSealed, .exported = "person.json"}),
      columns("stray", "note", {.category = Category::kName, .exported = "person.json"}),
  });
  static constexpr auto kBelongs = std::to_array<Belongs>({{"person", Owner::kPerson, "id = $1"}});
  EXPECT_THAT(Registry({{"trial", kBroken, {}, {}, kBelongs}}).contradictions(),
              ElementsAre("person.sealed is declared sealed but not listed with its key", "stray.note does not say whose it is",
                          "person.phone is declared twice", "person.silent is not exported and does not say why",
                          "person.eternal is kept when its person goes and does not say why",
                          "person.sealed is erased with its key exactly when it is sealed"));
}

TEST(RegistryDocuments, have_words_for_every_code_in_both_languages) {
  const Registry registry(app::all_personal_data());
  for (const Language language : {Language::kRussian, Language::kEnglish}) {
    EXPECT_THAT(record_of_processing(registry, language, {}), Not(HasSubstr("{days}")));
    for (const auto& facts : kCategories) EXPECT_FALSE(word(language, "category", facts.code).empty());
    for (const auto& facts : kPurposes) EXPECT_FALSE(word(language, "purpose", facts.code).empty());
    for (const auto& facts : kRetentions) EXPECT_FALSE(word(language, facts.retention).empty());
    for (const Ground& ground : kGrounds) EXPECT_FALSE(word(language, "basis", to_string(ground.basis)).empty());
  }
  EXPECT_THROW(word(Language::kEnglish, "category", "shoe_size"), std::out_of_range);
}

TEST(RegistryDocuments, name_every_personal_column) {
  const Registry registry(app::all_personal_data());
  const std::string page = registry_page(registry);
  for (const PersonalData& room : registry.rooms()) {
    for (const Declared& one : room.declared) {
      for (const std::string& name : full_names(one)) EXPECT_THAT(page, HasSubstr("`" + name + "`"));
    }
  }
}

}  // namespace
}  // namespace postmypost::privacy
