// Exports: complete, of nobody else, without secrets; encrypted while they lie; fetched once; begun again after a crash.
#include "cabinet/exports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/encoding.hpp"
#include "cabinet/export_writer.hpp"
#include "people.hpp"
#include "unpacked.hpp"
#include "privacy/retention.hpp"
#include "vault/ledger.hpp"

namespace postmypost::cabinet {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

std::string fetched(http::BodySource& source, std::size_t most = 1000) {
  std::string all;
  while (all.size() < source.size()) {
    const std::string part = source.read(most);
    if (part.empty()) throw std::runtime_error("the source broke");
    all += part;
  }
  return all;
}

class ExportsTest : public testing::Test {
 protected:
  ExportsTest() { fs::create_directories(house_.folder / "exports"); }

  std::map<std::string, std::string> exported(std::int64_t user) {
    const ExportRow row = exports_.request(user);
    EXPECT_TRUE(exports_.work_once());
    return unpacked(fetched(**exports_.fetch(user, row.id)));
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(house_.folder / "exports")) all.push_back(entry.path());
    return all;
  }
  std::string state_of(std::int64_t user) { return exports_.of_person(user).front().state; }

  House house_;
  Exports exports_{house_.for_exports()};
  const std::int64_t anna_ = house_.person("Анна Канарейка", "anna@example.org");
  const std::int64_t boris_ = house_.person("Борис Чужой", "boris@example.org");
};

TEST_F(ExportsTest, leave_out_no_column_that_is_declared_with_a_file) {
  const auto stored = house_.database->read([](storage::Transaction& tx) { return privacy::columns_of(tx); });
  const auto plan = plan_export(house_.registry, stored);
  EXPECT_THAT(left_out(house_.registry, plan), IsEmpty());
  auto shorter = plan;
  std::erase_if(shorter, [](const PlannedFile& file) { return file.name == "sessions.json"; });
  EXPECT_THAT(left_out(house_.registry, shorter), Contains(testing::HasSubstr("session.device"))) << "a column left out would be named";
}

TEST_F(ExportsTest, hold_everything_of_the_person_in_words_and_pictures) {
  const std::int64_t project = house_.project(anna_, "Обжарка");
  const std::int64_t account = house_.account(project, "Канал обжарки", "secret-token-of-a-network");
  const media::File file = house_.picture(project, "кот.png", std::string("\x89PNG bytes"));
  house_.publication(project, anna_, "Текст с картинкой", {{file.id, "Рыжий кот"}}, {account});
  const auto members = exported(anna_);
  const auto has = [&](const std::string& name, std::string_view words) {
    EXPECT_NE(members.at(name).find(words), std::string::npos) << name << " without " << words;
  };
  has("person.json", "Анна Канарейка");
  has("person.json", "anna@example.org");
  has("projects.json", "Обжарка");
  has("accounts.json", "Канал обжарки");
  has("publications.json", "Текст с картинкой");
  has("publications.json", "Рыжий кот");
  has("files.json", "кот.png");
  EXPECT_EQ(members.at(picture_name(file.original_blob, file.mime)), "\x89PNG bytes");
  has("README.ru.txt", "https://one.example");
  has("README.en.txt", "https://one.example");
}

TEST_F(ExportsTest, name_every_member_with_its_size_and_hash) {
  const auto members = exported(anna_);
  const auto manifest = boost::json::parse(members.at(std::string(kManifest))).as_object();
  EXPECT_EQ(std::string_view(manifest.at("format").as_string()), kFormatName);
  EXPECT_EQ(manifest.at("version").as_int64(), kFormatVersion);
  const auto& listed = manifest.at("members").as_array();
  EXPECT_EQ(listed.size() + 1, members.size());
  for (const auto& one : listed) {
    const std::string& bytes = members.at(std::string(one.at("name").as_string()));
    EXPECT_EQ(one.at("bytes").to_number<std::size_t>(), bytes.size());
    EXPECT_EQ(std::string(one.at("sha256").as_string()), hex(sha256(bytes)));
  }
}

TEST_F(ExportsTest, hold_no_secret_and_nothing_of_others) {
  const std::int64_t project = house_.project(boris_, "Проект Бориса");
  house_.join(project, anna_);
  house_.account(project, "Канал Бориса", "secret-token-of-boris");
  const media::File his = house_.picture(project, "его.png", "his bytes");
  const media::File hers = house_.picture(project, "её.png", "her bytes");
  house_.publication(project, boris_, "Слова Бориса", {{his.id, "его подпись"}});
  house_.publication(project, anna_, "Слова Анны", {{hers.id, "её подпись"}});
  ASSERT_TRUE(house_.identity.create_token(anna_, "для скрипта", "publications:write", {}));
  house_.database->write([&](storage::Transaction& tx) {
    vault::Ledger::record(tx, {.recipient_host = "boris.example", .user_id = boris_, .project_id = project, .evidence = "connect:b"}, house_.clock.now());
  });
  std::string all;
  for (const auto& [name, bytes] : exported(anna_)) all += name + bytes;
  for (const std::string_view wanted : {"Слова Анны", "её подпись", "её.png", "her bytes", "Проект Бориса", "для скрипта"}) {
    EXPECT_NE(all.find(wanted), std::string::npos) << wanted;
  }
  const std::string hash = *house_.database->read([&](storage::Transaction& tx) { return tx.value<std::string>("select password_hash from person where id=$1", anna_); });
  for (const std::string_view secret : {std::string_view("secret-token"), std::string_view(hash), std::string_view("Слова Бориса"), std::string_view("его подпись"),
                                        std::string_view("его.png"), std::string_view("his bytes"), std::string_view("Канал Бориса"),
                                        std::string_view("boris.example"), std::string_view("Борис Чужой"), std::string_view("boris@example.org")}) {
    EXPECT_EQ(all.find(secret), std::string::npos) << secret;
  }
}

TEST_F(ExportsTest, of_an_owner_hold_what_others_wrote_in_the_project_without_their_numbers) {
  const std::int64_t project = house_.project(anna_, "Общий");
  house_.join(project, boris_);
  house_.publication(project, boris_, "Слова редактора");
  const auto members = exported(anna_);
  const auto publications = rows_of(members, "publications.json", "publication");
  ASSERT_THAT(publications, SizeIs(1));
  EXPECT_TRUE(publications[0].at("author_id").is_null());
  EXPECT_THAT(rows_of(members, "projects.json", "member"), SizeIs(1)) << "one's own part only";
  EXPECT_NE(members.at("publications.json").find("Слова редактора"), std::string::npos);
}

TEST_F(ExportsTest, list_many_rows_once_each) {
  const std::int64_t project = house_.project(anna_, "Много");
  for (int i = 0; i < 450; ++i) house_.publication(project, anna_, "Пост " + std::to_string(i));
  for (int i = 0; i < 410; ++i) {
    house_.database->write([&](storage::Transaction& tx) {
      const auto made = vault::Ledger::record(tx, {.recipient_host = "a.example", .project_id = project, .evidence = "delivery:x"}, house_.clock.now());
      vault::Ledger::record_outcome(tx, made.id(), vault::DisclosureOutcome::kDelivered, house_.clock.now());
    });
  }
  const auto members = exported(anna_);
  EXPECT_THAT(rows_of(members, "publications.json", "publication"), SizeIs(450));
  EXPECT_THAT(rows_of(members, "publications.json", "detail"), SizeIs(450));
  EXPECT_THAT(rows_of(members, "disclosures.json", "disclosure"), SizeIs(410));
  EXPECT_THAT(rows_of(members, "disclosures.json", "disclosure_result"), SizeIs(410));
}

TEST_F(ExportsTest, lie_encrypted_and_are_gone_once_they_were_fetched) {
  const std::int64_t id = exports_.request(anna_).id;
  EXPECT_EQ(exports_.fetch(anna_, id).error().code, "export.not_ready");
  ASSERT_TRUE(exports_.work_once());
  ASSERT_THAT(files(), SizeIs(1));
  std::ifstream in(files()[0], std::ios::binary);
  const std::string lying{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(lying.find("person.json"), std::string::npos);
  EXPECT_EQ(exports_.fetch(boris_, id).error().code, "export.not_found");
  auto source = *exports_.fetch(anna_, id);
  EXPECT_EQ(exports_.fetch(anna_, id).error().code, "export.not_ready") << "one at a time";
  fetched(*source);
  EXPECT_EQ(exports_.fetch(anna_, id).error().code, "export.gone");
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_EQ(state_of(anna_), "fetched");
}

TEST_F(ExportsTest, wait_again_when_the_connection_breaks) {
  const std::int64_t id = exports_.request(anna_).id;
  ASSERT_TRUE(exports_.work_once());
  (*exports_.fetch(anna_, id))->read(100);
  for (int tries = 0; tries < 500 && state_of(anna_) != "ready"; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  auto again = exports_.fetch(anna_, id);
  ASSERT_TRUE(again);
  EXPECT_THAT(unpacked(fetched(**again)), Contains(testing::Key("person.json")));
}

TEST_F(ExportsTest, are_over_after_a_day) {
  const std::int64_t id = exports_.request(anna_).id;
  ASSERT_TRUE(exports_.work_once());
  house_.clock.advance(Duration{kExportLife.us - 1});
  EXPECT_FALSE(exports_.work_once());
  EXPECT_THAT(files(), SizeIs(1));
  house_.clock.advance(microseconds(1));
  EXPECT_EQ(exports_.fetch(anna_, id).error().code, "export.gone") << "before anybody tidied";
  EXPECT_FALSE(exports_.work_once());
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_EQ(state_of(anna_), "over");
}

TEST_F(ExportsTest, lose_their_key_to_retention_even_where_nobody_tidies) {
  exports_.request(anna_);
  ASSERT_TRUE(exports_.work_once());
  const std::atomic<bool> going_on{false};
  house_.clock.advance(hours(25));
  privacy::end_what_is_over(*house_.database, house_.registry, house_.clock.now(), going_on);
  const auto key = house_.database->read([](storage::Transaction& tx) { return tx.value<storage::Blob>("select file_key from person_export"); });
  EXPECT_EQ(key->bytes, "");
}

TEST_F(ExportsTest, are_taken_back_in_any_state_and_replaced_by_a_new_one) {
  const std::int64_t first = exports_.request(anna_).id;
  EXPECT_EQ(exports_.request(anna_).id, first) << "one under way is enough";
  ASSERT_TRUE(exports_.work_once());
  const std::int64_t second = exports_.request(anna_).id;
  EXPECT_NE(second, first);
  EXPECT_THAT(files(), IsEmpty()) << "the finished one went";
  EXPECT_EQ(exports_.remove(boris_, second).error().code, "export.not_found");
  ASSERT_TRUE(exports_.remove(anna_, second));
  EXPECT_FALSE(exports_.work_once());
  EXPECT_EQ(state_of(anna_), "over");
}

TEST_F(ExportsTest, that_a_crash_left_half_made_are_removed_and_begun_again) {
  const std::int64_t id = exports_.request(anna_).id;
  std::ofstream(house_.folder / "exports" / "half") << "half an archive";
  std::ofstream(house_.folder / "exports" / "stray") << "of a commit that was lost";
  house_.database->write([&](storage::Transaction& tx) {
    tx.execute("update person_export set state='making', file='half', file_key=$2, touched_at=$3 where id=$1", id, storage::Blob{"x"}, house_.clock.now());
  });
  Exports next(house_.for_exports());
  next.start();
  for (int tries = 0; tries < 500 && state_of(anna_) != "ready"; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(state_of(anna_), "ready");
  EXPECT_THAT(files(), SizeIs(1)) << "the new one; the half one and the stray are gone";
  EXPECT_THAT(unpacked(fetched(**next.fetch(anna_, id))), Contains(testing::Key("manifest.json")));
}

TEST_F(ExportsTest, of_one_process_are_left_alone_by_another_until_nobody_touches_them) {
  auto with = house_.for_exports();
  with.is_alone = false;
  Exports other(with);
  const std::int64_t id = exports_.request(anna_).id;
  house_.database->write([&](storage::Transaction& tx) {
    tx.execute("update person_export set state='making', file='half', file_key=$2, touched_at=$3 where id=$1", id, storage::Blob{"x"}, house_.clock.now());
  });
  EXPECT_FALSE(other.work_once());
  house_.clock.advance(minutes(3));
  EXPECT_TRUE(other.work_once());
  EXPECT_EQ(state_of(anna_), "ready");
}

}  // namespace
}  // namespace postmypost::cabinet
